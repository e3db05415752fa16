import type { ConntrackAttachment } from '../conntrack.ts';
import type { SctpTracking } from './sctp-state.ts';
import { STATE_BIT } from './state-bit.ts';
import { Status } from './status.ts';
import type { TcpTracking } from './tcp-tracking.ts';
import { Tuple } from './tuple.ts';
import { DEFAULT_ZONE, type Zone, type ZoneOf } from './zone.ts';

/** What a packet carries of its connection: the entry, the direction it goes, and the state for rules. */
export class Attachment implements ConntrackAttachment {
  readonly state: ConntrackAttachment['state'];
  /** The state's, of `STATE_BIT`. */
  readonly bit: number;
  readonly entry: ConntrackEntry | undefined;
  readonly isReply: boolean;
  /** Of a template, which the packet has before conntrack takes it in: what the CT target wants. */
  readonly zone: ZoneOf | undefined;

  constructor(
    state: ConntrackAttachment['state'],
    entry?: ConntrackEntry,
    isReply = false,
    zone?: ZoneOf,
  ) {
    this.state = state;
    this.bit = STATE_BIT[state];
    this.entry = entry;
    this.isReply = isReply;
    this.zone = zone;
  }
}

/** Packets and bytes of each direction, whole IP packets. */
export class ConntrackCounters {
  readonly packets: [original: number, reply: number] = [0, 0];
  readonly bytes: [original: number, reply: number] = [0, 0];

  count(isReply: boolean, lengthBytes: number): void {
    const direction = isReply ? 1 : 0;
    this.packets[direction]++;
    this.bytes[direction] += lengthBytes;
  }
}

/** One tracked connection. It is private to its first packet until it is confirmed. */
export class ConntrackEntry {
  readonly original: Tuple<ConntrackEntry>;
  readonly reply: Tuple<ConntrackEntry>;
  status = 0;
  mark = 0;
  /** How long the last packet lets it live; counted from that packet or, at first, from confirmation. */
  timeoutMs = 0;
  expiresAtMs = Number.POSITIVE_INFINITY;
  tcp: TcpTracking | undefined;
  sctp: SctpTracking | undefined;
  /** From then on a UDP flow with answers counts as a stream. */
  udpStreamAtMs = 0;
  /** Connections whose sources have the same hash, in the order in which they came into the table. */
  olderOfSource: ConntrackEntry | undefined;
  newerOfSource: ConntrackEntry | undefined;
  /** Device whose address MASQUERADE gave it. */
  masqueradeDevice: string | undefined;
  zone: Zone = DEFAULT_ZONE;
  /** What it has carried; only when `nf_conntrack_acct` was set as it began. */
  counters: ConntrackCounters | undefined;

  readonly #new: Attachment;
  readonly #established: Attachment;
  readonly #establishedReply: Attachment;
  #related: Attachment | undefined;
  #relatedReply: Attachment | undefined;

  constructor() {
    this.original = new Tuple<ConntrackEntry>(this, false);
    this.reply = new Tuple<ConntrackEntry>(this, true);
    this.#new = new Attachment('NEW', this);
    this.#established = new Attachment('ESTABLISHED', this);
    this.#establishedReply = new Attachment('ESTABLISHED', this, true);
  }

  enter(zone: Zone): void {
    this.zone = zone;
    this.original.zone = zone.original;
    this.original.rehash();
    this.reply.zone = zone.reply;
    this.reply.rehash();
  }

  startCounting(): void {
    this.counters = new ConntrackCounters();
  }

  has(status: number): boolean {
    return (this.status & status) !== 0;
  }

  get isConfirmed(): boolean {
    return this.has(Status.CONFIRMED);
  }

  /** What a packet of this direction gets: answers are always ESTABLISHED, questions once answered. */
  attachment(isReply: boolean): Attachment {
    if (isReply) return this.#establishedReply;
    return this.has(Status.SEEN_REPLY) ? this.#established : this.#new;
  }

  related(isReply: boolean): Attachment {
    if (isReply) {
      this.#relatedReply ??= new Attachment('RELATED', this, true);
      return this.#relatedReply;
    }
    this.#related ??= new Attachment('RELATED', this);
    return this.#related;
  }

  refresh(timeoutMs: number, nowMs: number): void {
    this.timeoutMs = timeoutMs;
    if (this.isConfirmed) this.expiresAtMs = nowMs + timeoutMs;
  }

  tuple(isReply: boolean): Tuple<ConntrackEntry> {
    return isReply ? this.reply : this.original;
  }
}
