import { IpProtocol } from '@podpath/net';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { isAfter } from '../conntrack/sequence.ts';
import { Status } from '../conntrack/status.ts';
import { TcpState } from '../conntrack/tcp-state.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { TupleTable } from '../conntrack/tuple-table.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { Manipulation, NatRange } from './nat-range.ts';
import { isIcmp, searchPort } from './search-port.ts';
import type { SourceMappings } from './source-mappings.ts';
import { spreadAddress } from './spread-address.ts';

/** With no more tries than this left, ports of connections that are over are taken from them. */
const LAST_ATTEMPTS = 32;

/** What the choice of a tuple looks at. */
export interface TupleChoice {
  readonly env: NetfilterEnvironment;
  readonly table: TupleTable;
  readonly mappings: SourceMappings;
}

/**
 * The tuple that a connection's first packet gets: within the range, and such that no other
 * connection expects the same answers (get_unique_tuple in net/netfilter/nf_nat_core.c). When there is
 * none, one that is taken: confirmation then refuses the packet.
 */
export const uniqueTuple = (
  current: Tuple,
  range: NatRange,
  manipulation: Manipulation,
  entry: ConntrackEntry,
  choice: TupleChoice,
): Tuple => {
  const isTaken = (tuple: Tuple): boolean => holderOf(tuple, entry, choice) !== undefined;
  const isSource = manipulation === 'source';
  if (isSource && !range.random) {
    if (inRange(current, range)) {
      if (!isTaken(current)) return current;
    } else {
      const mapped = choice.mappings.find(current, entry.original.zone, (candidate) =>
        inRange(candidate, range),
      );
      if (mapped !== undefined && !isTaken(mapped)) return mapped;
    }
  }
  const tuple = new Tuple();
  tuple.copy(current);
  const address = spreadAddress(tuple, range, manipulation);
  if (isSource) tuple.src = address;
  else tuple.dst = address;
  tuple.rehash();
  if (!range.random) {
    const { ports, basePort } = range;
    if (ports === undefined) {
      if (!isTaken(tuple) || isOtherWayRound(tuple, entry, choice)) return tuple;
    } else if (
      basePort === undefined &&
      portInRange(tuple, manipulation, ports) &&
      (ports.first === ports.last || !isTaken(tuple))
    ) {
      return tuple;
    }
  }
  searchPort(
    tuple,
    range,
    manipulation,
    (candidate, left) =>
      left > LAST_ATTEMPTS ? isTaken(candidate) : !mayTake(candidate, entry, choice),
    choice.env,
  );
  return tuple;
};

/** The tuple of another connection that equals the answers to this one. */
const holderOf = (
  tuple: Tuple,
  entry: ConntrackEntry,
  { env, table }: TupleChoice,
): Tuple<ConntrackEntry> | undefined => {
  const reply = new Tuple();
  if (!reply.invertOf(tuple)) return undefined;
  reply.zone = entry.zone.reply;
  reply.rehash();
  const found = table.find(reply, env.nowMs(), entry.zone);
  return found?.owner === entry ? undefined : found;
};

/**
 * Whether what is in the way is the same flow seen from its other end, and not translated: then another port would help
 * nobody (`nf_nat_used_tuple_new`).
 */
function isOtherWayRound(tuple: Tuple, entry: ConntrackEntry, choice: TupleChoice): boolean {
  const holder = holderOf(tuple, entry, choice)?.owner;
  if (holder === undefined || holder.has(Status.SRC_NAT) || holder.has(Status.DST_NAT))
    return false;
  return hasSameEnds(holder.original, entry.reply) && hasSameEnds(holder.reply, entry.original);
}

/** Whatever the zones. */
const hasSameEnds = (a: Tuple, b: Tuple): boolean =>
  a.src === b.src &&
  a.dst === b.dst &&
  a.srcPort === b.srcPort &&
  a.dstPort === b.dstPort &&
  a.protocol === b.protocol;

/**
 * Whether a new TCP connection may have the tuple, be it that one that is over, was translated, and had lower sequence
 * numbers loses it (nf_nat_used_tuple_harder).
 */
const mayTake = (tuple: Tuple, entry: ConntrackEntry, choice: TupleChoice): boolean => {
  const found = holderOf(tuple, entry, choice);
  if (found === undefined) return true;
  const holder = found.owner;
  if (tuple.protocol !== IpProtocol.TCP || entry.tcp?.state !== TcpState.SYN_SENT) return false;
  if (!found.isReply || holder?.tcp === undefined) return false;
  if (holder.tcp.state < TcpState.TIME_WAIT || !holder.has(Status.SRC_NAT)) return false;
  if (!isAfter(entry.tcp.sides[0].end, holder.tcp.sides[0].end)) return false;
  choice.table.remove(holder);
  return true;
};

const inRange = (tuple: Tuple, { address, lastAddress = address, ports }: NatRange): boolean =>
  tuple.src >= address &&
  tuple.src <= lastAddress &&
  (ports === undefined || portInRange(tuple, 'source', ports));

const portInRange = (
  tuple: Tuple,
  manipulation: Manipulation,
  { first, last }: { readonly first: number; readonly last: number },
): boolean => {
  const port = isIcmp(tuple) || manipulation === 'source' ? tuple.srcPort : tuple.dstPort;
  return port >= first && port <= last;
};
