import { IpProtocol } from '@podpath/net';
import type { Attachment, ConntrackEntry } from '../conntrack/entry.ts';
import { Status } from '../conntrack/status.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { PacketView } from '../packet-view.ts';
import type { Manipulation, NatRange } from './nat-range.ts';
import { formatEnd, rewrite, rewriteError } from './translate.ts';
import { type TupleChoice, uniqueTuple } from './unique-tuple.ts';

const NAT = Status.SRC_NAT | Status.DST_NAT;

/**
 * Address translation (net/netfilter/nf_nat_core.c): the first packet of a connection decides once for
 * each end, and everything after is rewritten from what was decided.
 */
export class Nat {
  readonly #choice: TupleChoice;
  readonly #current = new Tuple();
  readonly #target = new Tuple();

  constructor(choice: TupleChoice) {
    this.#choice = choice;
  }

  /** Whether this packet is the one whose walk through the nat chains decides. */
  isUndecided(attached: Attachment, manipulation: Manipulation): boolean {
    const { entry, state } = attached;
    const done = manipulation === 'source' ? Status.SRC_NAT_DONE : Status.DST_NAT_DONE;
    return entry !== undefined && (state === 'NEW' || state === 'RELATED') && !entry.has(done);
  }

  /** Decides for one end of a connection. Too late for one that is confirmed: then nothing changes. */
  bind(entry: ConntrackEntry, range: NatRange, manipulation: Manipulation): void {
    if (entry.isConfirmed) return;
    const isSource = manipulation === 'source';
    this.#current.invertOf(entry.reply);
    const chosen = uniqueTuple(this.#current, range, manipulation, entry, this.#choice);
    if (!chosen.equals(this.#current)) {
      entry.reply.invertOf(chosen);
      entry.status |= isSource ? Status.SRC_NAT : Status.DST_NAT;
    }
    entry.status |= isSource ? Status.SRC_NAT_DONE : Status.DST_NAT_DONE;
  }

  /** No rule spoke: keep the address, but still see to it that answers find the way back. */
  bindNothing(entry: ConntrackEntry, manipulation: Manipulation): void {
    const address = manipulation === 'source' ? entry.reply.dst : entry.reply.src;
    this.bind(entry, { address, ports: undefined, random: false }, manipulation);
  }

  /** Rewrites the packet as its connection was bound; with a nat step recorded when that changed it. */
  translate(view: PacketView, attached: Attachment, side: Manipulation): void {
    const { entry, isReply } = attached;
    if (entry === undefined || !entry.has(statusOf(side, isReply))) return;
    const { packet, record } = view.context;
    const before = record === undefined ? '' : formatEnd(packet, side);
    const opposite = entry.tuple(!isReply);
    this.#target.invertOf(opposite);
    if (isIcmpError(view, attached)) rewriteError(packet, side, this.#target, opposite);
    else rewrite(packet, side, this.#target);
    view.reload();
    if (record === undefined) return;
    const after = formatEnd(packet, side);
    if (after !== before) {
      record({ kind: 'nat', manipulation: side, from: before, to: after }, packet);
    }
  }
}

/** Whether rewriting this end, in this direction, is due. */
const statusOf = (side: Manipulation, isReply: boolean): number => {
  const status = side === 'source' ? Status.SRC_NAT : Status.DST_NAT;
  return isReply ? status ^ NAT : status;
};

/** ICMP errors follow what their connection decided; they decide nothing themselves. */
export const isIcmpError = (view: PacketView, { state }: Attachment): boolean =>
  state === 'RELATED' && (view.protocol === IpProtocol.ICMP || view.protocol === IpProtocol.ICMPV6);
