import type { ConntrackAttachment } from '../conntrack.ts';
import type { SctpTracking } from './sctp-state.ts';
import { Status } from './status.ts';
import type { TcpTracking } from './tcp-tracking.ts';
import { Tuple } from './tuple.ts';

/** What a packet carries of its connection: the entry, the direction it goes, and the state for rules. */
export class Attachment implements ConntrackAttachment {
  readonly state: ConntrackAttachment['state'];
  readonly entry: ConntrackEntry | undefined;
  readonly isReply: boolean;

  constructor(state: ConntrackAttachment['state'], entry?: ConntrackEntry, isReply = false) {
    this.state = state;
    this.entry = entry;
    this.isReply = isReply;
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
  /** Device whose address MASQUERADE gave it. */
  masqueradeDevice: string | undefined;

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
