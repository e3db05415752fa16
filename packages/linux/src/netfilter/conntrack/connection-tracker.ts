import { IpProtocol } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import { INVALID, UNTRACKED } from './attachment.ts';
import { trackGeneric, trackIcmp, trackUdp } from './datagrams.ts';
import { Attachment, ConntrackEntry } from './entry.ts';
import { readQuoted } from './quoted-packet.ts';
import { trackSctp } from './sctp.ts';
import { Status } from './status.ts';
import { trackTcp } from './tcp.ts';
import { Tuple } from './tuple.ts';
import type { TupleTable } from './tuple-table.ts';
import type { TrackVerdict } from './verdict.ts';

/** Types that report an error about a quoted packet. */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** Below this, ICMPv6 types are errors. */
const FIRST_ICMPV6_QUERY = 128;
/** Multicast listener reports and neighbour discovery: never tracked. */
const ICMPV6_UNTRACKED: ReadonlySet<number> = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

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

  constructor(env: NetfilterEnvironment, table: TupleTable) {
    this.#env = env;
    this.table = table;
  }

  /** Attaches the packet to its connection, unless it already was: looped back, or exempt. */
  track(view: PacketView): void {
    const { context } = view;
    const attached = context.conntrack;
    if (attached !== undefined && attached !== INVALID) return;
    const attachment = this.#classify(view);
    context.conntrack = attachment;
    context.record?.({ kind: 'conntrack', state: attachment.state }, undefined);
  }

  /** Enters a new connection in the table; false when another has taken its tuples meanwhile. */
  confirm(view: PacketView): boolean {
    const attached = view.context.conntrack;
    if (!(attached instanceof Attachment)) return true;
    const { entry, isReply } = attached;
    if (entry === undefined || isReply || entry.isConfirmed) return true;
    const nowMs = this.#env.nowMs();
    if (
      this.table.find(entry.original, nowMs) !== undefined ||
      this.table.find(entry.reply, nowMs) !== undefined
    ) {
      return false;
    }
    entry.status |= Status.CONFIRMED;
    entry.expiresAtMs = nowMs + entry.timeoutMs;
    this.table.insert(entry, nowMs);
    return true;
  }

  #classify(view: PacketView): Attachment {
    if (this.#hasWrongChecksum(view)) return INVALID;
    if (view.protocol === IpProtocol.ICMP && ICMP_ERRORS.has(view.icmpType)) {
      return this.#relatedTo(view);
    }
    if (view.protocol === IpProtocol.ICMPV6 && view.icmpType >= 0) {
      if (ICMPV6_UNTRACKED.has(view.icmpType)) return UNTRACKED;
      if (view.icmpType < FIRST_ICMPV6_QUERY) return this.#relatedTo(view);
    }
    if (!this.#wanted.read(view)) return INVALID;
    const found = this.#findOrOpen();
    if (found === undefined) return INVALID;
    const verdict = this.#takeIn(view, found);
    if (verdict !== 'repeat') return this.#attach(found, verdict);
    // The old connection is over. Only the attempt to open it anew can have said so.
    if (found.owner !== undefined) this.table.remove(found.owner);
    const opened = this.#findOrOpen();
    return opened === undefined ? INVALID : this.#attach(opened, this.#takeIn(view, opened));
  }

  #attach(tuple: Tuple<ConntrackEntry>, verdict: TrackVerdict): Attachment {
    const { owner: entry, isReply } = tuple;
    if (entry === undefined || verdict === 'invalid' || verdict === 'repeat') return INVALID;
    const attachment = entry.attachment(isReply);
    if (isReply) entry.status |= Status.SEEN_REPLY;
    if (verdict === 'kill') this.table.remove(entry);
    return attachment;
  }

  #findOrOpen(): Tuple<ConntrackEntry> | undefined {
    const found = this.table.find(this.#wanted, this.#env.nowMs());
    if (found !== undefined) return found;
    const entry = new ConntrackEntry();
    entry.original.copy(this.#wanted);
    return entry.reply.invertOf(entry.original) ? entry.original : undefined;
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
        return trackGeneric(entry, this.#env);
    }
  }

  /**
   * An ICMP error belongs to the connection of the packet that it quotes, and must be addressed to
   * the one that sent that packet.
   */
  #relatedTo(view: PacketView): Attachment {
    const payload = view.context.packet.payload;
    if (payload.kind !== 'icmp' && payload.kind !== 'icmpv6') return INVALID;
    if (!(payload.data instanceof Uint8Array) || !readQuoted(payload.data, this.#quoted)) {
      return INVALID;
    }
    if (!this.#wanted.invertOf(this.#quoted)) return INVALID;
    const found = this.table.find(this.#wanted, this.#env.nowMs());
    if (found?.owner === undefined || found.dst !== view.dst) return INVALID;
    return found.owner.related(found.isReply);
  }

  /** Packets carry a checksum only when it is wrong, or when it says "none" (UDP over IPv4). */
  #hasWrongChecksum(view: PacketView): boolean {
    const { payload } = view.context.packet;
    if (view.hook !== 'PREROUTING' || payload.kind === 'ipip' || payload.kind === 'raw') {
      return false;
    }
    if (payload.checksum === undefined) return false;
    if (payload.kind === 'udp' && payload.checksum === 0 && view.family === 4) return false;
    return (this.#env.sysctl('net.netfilter.nf_conntrack_checksum') ?? 1) !== 0;
  }
}
