import { type Ip, maskOf } from '@podpath/net';
import { trackedEntry } from '../conntrack/attachment.ts';
import { TcpState } from '../conntrack/tcp-state.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { TupleTable } from '../conntrack/tuple-table.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import type { Match } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';

type Connlimit = Extract<Match, { readonly kind: 'connlimit' }>;

/**
 * `-m connlimit` (net/netfilter/xt_connlimit.c, nf_conncount.c). Each rule keeps count of the connections that it has
 * seen from each address, by their first tuples; those that are over, or never came to be, are left out.
 */
export const matchConnlimit = (
  { compare, limit, maskLength, side }: Connlimit,
  env: NetfilterEnvironment,
  table: TupleTable,
): MatchFunction => {
  /** By zone and address. */
  const seen = new Map<number, Map<Ip, Tuple[]>>();
  const isAbove = compare === 'above';
  const ofPacket = new Tuple();
  return (view) => {
    const address = maskedAddress(view, side, maskLength);
    const tuple = trackedEntry(view.context.conntrack)?.original ?? readTuple(ofPacket, view);
    if (tuple === undefined) return false;
    const tuples = tuplesOf(seen, tuple.zone, address);
    return countConnections(tuples, tuple, table, env.nowMs()) > limit === isAbove;
  };
};

const tuplesOf = (seen: Map<number, Map<Ip, Tuple[]>>, zone: number, address: Ip): Tuple[] => {
  let ofZone = seen.get(zone);
  if (ofZone === undefined) {
    ofZone = new Map();
    seen.set(zone, ofZone);
  }
  let tuples = ofZone.get(address);
  if (tuples === undefined) {
    tuples = [];
    ofZone.set(address, tuples);
  }
  return tuples;
};

/** How many connections there are of those that have been seen, the packet's included (`nf_conncount_add`). */
export const countConnections = (
  tuples: Tuple[],
  tuple: Tuple,
  table: TupleTable,
  nowMs: number,
): number => {
  let kept = 0;
  let known = false;
  for (let at = 0; at < tuples.length; at++) {
    const each = tuples[at];
    if (each === undefined) continue;
    const found = table.find(each, nowMs);
    if (found === undefined) continue;
    if (each.equals(tuple)) known = true;
    else if (isClosed(found)) continue;
    tuples[kept++] = each;
  }
  tuples.length = kept;
  if (known) return kept;
  const copy = new Tuple();
  copy.copy(tuple);
  return tuples.push(copy);
};

const isClosed = ({ owner }: NonNullable<ReturnType<TupleTable['find']>>): boolean =>
  owner?.tcp !== undefined &&
  (owner.tcp.state === TcpState.TIME_WAIT || owner.tcp.state === TcpState.CLOSE);

const readTuple = (into: Tuple, view: PacketView): Tuple | undefined =>
  into.read(view) ? into : undefined;

const maskedAddress = (view: PacketView, side: Connlimit['side'], length: number): Ip => {
  const address = side === 'source' ? view.src : view.dst;
  if (typeof address === 'number') return (address & maskOf(length)) >>> 0;
  return length === 128 ? address : (address >> BigInt(128 - length)) << BigInt(128 - length);
};
