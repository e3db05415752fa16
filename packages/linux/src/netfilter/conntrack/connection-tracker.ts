import { IpProtocol } from '@podpath/net';
import type { HookVerdict, NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import { ANSWERS_UNTRACKED, INVALID, UNTRACKED } from './attachment.ts';
import { trackGeneric, trackGre, trackIcmp, trackUdp } from './datagrams.ts';
import { Attachment, ConntrackEntry } from './entry.ts';
import { readQuoted } from './quoted-packet.ts';
import { redirectedPacket } from './redirected-packet.ts';
import { trackSctp } from './sctp.ts';
import { Status } from './status.ts';
import { trackTcp } from './tcp.ts';
import { GRE, Tuple } from './tuple.ts';
import type { TupleTable } from './tuple-table.ts';
import type { TrackVerdict } from './verdict.ts';
import { DEFAULT_ZONE, type Zone } from './zone.ts';

/** Types that report an error about a quoted packet. */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** Below this, ICMPv6 types are errors. */
const FIRST_ICMPV6_QUERY = 128;
const ICMPV6_REDIRECT = 137;
/** Multicast listener reports and neighbour discovery: never tracked. */
const ICMPV6_UNTRACKED: ReadonlySet<number> = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

const TABLE_FULL: HookVerdict = {
  kind: 'drop',
  reason: 'nf_conntrack: table full, dropping packet',
};
const DEFAULT_MAX = 262_144;
const DEFAULT_BUCKETS = 262_144;

/**
 * The connections of a namespace (net/netfilter/nf_conntrack_core.c). A packet gets its connection at
 * PREROUTING or OUTPUT; a new connection enters the table when its first packet leaves the namespace's
 * hooks unharmed.
 */
export class ConnectionTracker {
  readonly table: TupleTable;
  readonly #env: NetfilterEnvironment;
  readonly #wanted = new Tuple();
  readonly #quoted = new Tuple();
  #collectedMs: number | undefined;

  constructor(env: NetfilterEnvironment, table: TupleTable) {
    this.#env = env;
    this.table = table;
  }

  /** Attaches the packet to its connection, unless it already was: looped back, or exempt. */
  track(view: PacketView): HookVerdict | undefined {
    const { context } = view;
    const attached = context.conntrack;
    let zone = DEFAULT_ZONE;
    if (attached !== undefined && attached !== INVALID && attached !== ANSWERS_UNTRACKED) {
      if (!(attached instanceof Attachment) || attached.zone === undefined) return undefined;
      zone = attached.zone(context);
    }
    const attachment = this.#classify(view, zone);
    if (attachment === undefined) {
      context.conntrack = undefined;
      return TABLE_FULL;
    }
    if (attached === ANSWERS_UNTRACKED && attachment === INVALID) return undefined;
    context.conntrack = attachment;
    context.record?.({ kind: 'conntrack', state: attachment.state }, undefined);
    return undefined;
  }

  /** Enters a new connection in the table; false when another has taken its tuples meanwhile. */
  confirm(view: PacketView): boolean {
    const attached = view.context.conntrack;
    if (!(attached instanceof Attachment)) return true;
    const { entry, isReply } = attached;
    if (entry === undefined || isReply || entry.isConfirmed) return true;
    const nowMs = this.#env.nowMs();
    if (
      this.table.find(entry.original, nowMs, entry.zone) !== undefined ||
      this.table.find(entry.reply, nowMs, entry.zone) !== undefined
    ) {
      return false;
    }
    entry.status |= Status.CONFIRMED;
    entry.expiresAtMs = nowMs + entry.timeoutMs;
    this.table.insert(entry, nowMs);
    return true;
  }

  /** `undefined` when the packet would open a connection and there are too many. */
  #classify(view: PacketView, zone: Zone): Attachment | undefined {
    if (this.#hasWrongChecksum(view)) return INVALID;
    if (view.protocol === IpProtocol.ICMP && ICMP_ERRORS.has(view.icmpType)) {
      return this.#relatedTo(view, zone);
    }
    if (view.protocol === IpProtocol.ICMPV6 && view.icmpType >= 0) {
      if (ICMPV6_UNTRACKED.has(view.icmpType)) return UNTRACKED;
      if (view.icmpType < FIRST_ICMPV6_QUERY) return this.#relatedTo(view, zone);
      if (view.icmpType === ICMPV6_REDIRECT) return this.#relatedToRedirect(view, zone);
    }
    if (!this.#wanted.read(view)) return INVALID;
    const found = this.#findOrOpen(zone);
    if (found instanceof Attachment || found === undefined) return found;
    const verdict = this.#takeIn(view, found);
    if (verdict !== 'repeat') return this.#attach(view, found, verdict);
    // The old connection is over. Only the attempt to open it anew can have said so.
    if (found.owner !== undefined) this.table.remove(found.owner);
    const opened = this.#findOrOpen(zone);
    if (opened instanceof Attachment || opened === undefined) return opened;
    return this.#attach(view, opened, this.#takeIn(view, opened));
  }

  #attach(view: PacketView, tuple: Tuple<ConntrackEntry>, verdict: TrackVerdict): Attachment {
    const { owner: entry, isReply } = tuple;
    if (entry === undefined || verdict === 'invalid' || verdict === 'repeat') return INVALID;
    const attachment = entry.attachment(isReply);
    if (isReply) entry.status |= Status.SEEN_REPLY;
    entry.counters?.count(isReply, view.lengthBytes);
    if (verdict === 'kill') this.table.remove(entry);
    return attachment;
  }

  /** The tuple that is wanted, as the connection has it; INVALID for one that nothing answers. */
  #findOrOpen(zone: Zone): Tuple<ConntrackEntry> | Attachment | undefined {
    const found = this.#find(zone);
    if (found !== undefined) return found;
    const entry = new ConntrackEntry();
    const { original, reply } = entry;
    original.copy(this.#wanted);
    if (!reply.invertOf(original)) return INVALID;
    if (!this.#hasRoomFor(original)) return undefined;
    if (zone !== DEFAULT_ZONE) entry.enter(zone);
    if ((this.#env.sysctl('net.netfilter.nf_conntrack_acct') ?? 0) !== 0) entry.startCounting();
    return original;
  }

  /** Looks for the wanted tuple, in either direction. */
  #find(zone: Zone): Tuple<ConntrackEntry> | undefined {
    const wanted = this.#wanted;
    const nowMs = this.#env.nowMs();
    if (zone === DEFAULT_ZONE) return this.table.find(wanted, nowMs);
    wanted.zone = zone.original;
    wanted.rehash();
    const found = this.table.find(wanted, nowMs);
    if (zone.original === zone.reply || found?.isReply === false) return found;
    wanted.zone = zone.reply;
    wanted.rehash();
    const answer = this.table.find(wanted, nowMs);
    return answer?.isReply === true ? answer : undefined;
  }

  /** Whether there may be one connection more, those that had to go for it being gone. */
  #hasRoomFor(tuple: Tuple): boolean {
    const most = this.#env.sysctl('net.netfilter.nf_conntrack_max') ?? DEFAULT_MAX;
    if (most === 0 || this.table.size < most) return true;
    this.#collectExpired();
    if (this.table.size < most) return true;
    const buckets = this.#env.sysctl('net.netfilter.nf_conntrack_buckets') ?? DEFAULT_BUCKETS;
    return this.table.evictNear(tuple, buckets, this.#env.nowMs());
  }

  /** The kernel goes over its table all the time: an entry whose time is up does not count for long. */
  #collectExpired(): void {
    const nowMs = this.#env.nowMs();
    if (this.#collectedMs === nowMs) return;
    this.#collectedMs = nowMs;
    this.table.removeWhere(({ expiresAtMs }) => expiresAtMs <= nowMs);
  }

  #takeIn(view: PacketView, { owner: entry, isReply }: Tuple<ConntrackEntry>): TrackVerdict {
    if (entry === undefined) return 'invalid';
    const payload = view.context.packet.payload;
    switch (payload.kind) {
      case 'tcp':
        return trackTcp(entry, payload, isReply, this.#env);
      case 'udp':
        return trackUdp(entry, this.#env);
      case 'sctp':
        return trackSctp(entry, payload, isReply, this.#env);
      case 'icmp':
      case 'icmpv6':
        return trackIcmp(entry, view.protocol, payload.type, this.#env);
      case 'ipip':
      case 'raw':
        return view.protocol === GRE ? trackGre(entry, this.#env) : trackGeneric(entry, this.#env);
    }
  }

  /**
   * An ICMP error belongs to the connection of the packet that it quotes, and must be addressed to
   * the one that sent that packet.
   */
  #relatedTo(view: PacketView, zone: Zone): Attachment {
    const payload = view.context.packet.payload;
    if (payload.kind !== 'icmp' && payload.kind !== 'icmpv6') return INVALID;
    if (!(payload.data instanceof Uint8Array)) return INVALID;
    return this.#relatedToQuote(payload.data, view, zone);
  }

  #relatedToRedirect(view: PacketView, zone: Zone): Attachment {
    const { packet } = view.context;
    const quote = packet.kind === 'ipv6' ? redirectedPacket(packet) : undefined;
    return quote === undefined ? INVALID : this.#relatedToQuote(quote, view, zone);
  }

  #relatedToQuote(quote: Uint8Array, view: PacketView, zone: Zone): Attachment {
    if (!readQuoted(quote, this.#quoted)) return INVALID;
    if (!this.#wanted.invertOf(this.#quoted)) return INVALID;
    const found = this.#find(zone);
    if (found?.owner === undefined || found.dst !== view.dst) return INVALID;
    return found.owner.related(found.isReply);
  }

  /** Packets carry a checksum only when it is wrong, or when it says "none", as UDP does over IPv4; over IPv6 conntrack lets it pass, too. */
  #hasWrongChecksum(view: PacketView): boolean {
    const { payload } = view.context.packet;
    if (view.hook !== 'PREROUTING' || payload.kind === 'ipip' || payload.kind === 'raw') {
      return false;
    }
    if (payload.checksum === undefined) return false;
    if (payload.kind === 'udp' && payload.checksum === 0) return false;
    return (this.#env.sysctl('net.netfilter.nf_conntrack_checksum') ?? 1) !== 0;
  }
}
