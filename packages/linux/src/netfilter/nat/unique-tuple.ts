import { IpProtocol } from '@podpath/net';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { Tuple } from '../conntrack/tuple.ts';
import type { TupleTable } from '../conntrack/tuple-table.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { Manipulation, NatRange } from './nat-range.ts';
import type { SourceMappings } from './source-mappings.ts';

/** Tries in one go, halved with every new start until too few are left. */
const MOST_ATTEMPTS = 128;
const LEAST_ATTEMPTS = 16;

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
  const isTaken = (tuple: Tuple): boolean => isReplyTaken(tuple, entry, choice);
  const isSource = manipulation === 'source';
  if (isSource && !range.random) {
    if (inRange(current, range)) {
      if (!isTaken(current)) return current;
    } else {
      const mapped = choice.mappings.find(current, (candidate) => inRange(candidate, range));
      if (mapped !== undefined && !isTaken(mapped)) return mapped;
    }
  }
  const tuple = new Tuple();
  tuple.copy(current);
  if (isSource) tuple.src = range.address;
  else tuple.dst = range.address;
  tuple.rehash();
  if (!range.random) {
    const { ports } = range;
    if (ports === undefined) {
      if (!isTaken(tuple)) return tuple;
    } else if (
      portInRange(tuple, manipulation, ports) &&
      (ports.first === ports.last || !isTaken(tuple))
    ) {
      return tuple;
    }
  }
  searchPort(tuple, range, manipulation, isTaken, choice.env);
  return tuple;
};

const isReplyTaken = (
  tuple: Tuple,
  entry: ConntrackEntry,
  { env, table }: TupleChoice,
): boolean => {
  const reply = new Tuple();
  if (!reply.invertOf(tuple)) return false;
  const found = table.find(reply, env.nowMs());
  return found !== undefined && found.owner !== entry;
};

const inRange = (tuple: Tuple, { address, ports }: NatRange): boolean =>
  tuple.src === address && (ports === undefined || portInRange(tuple, 'source', ports));

const portInRange = (
  tuple: Tuple,
  manipulation: Manipulation,
  { first, last }: { readonly first: number; readonly last: number },
): boolean => {
  const port = isIcmp(tuple) || manipulation === 'source' ? tuple.srcPort : tuple.dstPort;
  return port >= first && port <= last;
};

/** Sets the first free port found, or the last one tried (nf_nat_l4proto_unique_tuple). */
const searchPort = (
  tuple: Tuple,
  range: NatRange,
  manipulation: Manipulation,
  isTaken: (tuple: Tuple) => boolean,
  env: NetfilterEnvironment,
): void => {
  if (!isIcmp(tuple) && !hasPorts(tuple)) return;
  const isSource = isIcmp(tuple) || manipulation === 'source';
  // A destination port is never changed unless a rule says so.
  if (range.ports === undefined && !isSource) return;
  const { first, last } = range.ports ?? portClass(tuple);
  const size = last - first + 1;
  const draw = (): number => env.random32() & 0xffff;
  let offset = range.random || isSource ? draw() : 0;
  let attempts = Math.min(size, MOST_ATTEMPTS);
  for (;;) {
    for (let i = 0; i < attempts; i++, offset++) {
      const port = first + (offset % size);
      if (isSource) tuple.srcPort = port;
      else tuple.dstPort = port;
      tuple.rehash();
      if (!isTaken(tuple)) return;
    }
    if (attempts >= size || attempts < LEAST_ATTEMPTS) return;
    attempts = Math.floor(attempts / 2);
    offset = draw();
  }
};

/** A port is replaced by one that means as much to old services: below 512, below 1024, or above. */
const portClass = (tuple: Tuple): { readonly first: number; readonly last: number } => {
  if (isIcmp(tuple)) return { first: 0, last: 65_535 };
  if (tuple.srcPort < 512) return { first: 1, last: 511 };
  if (tuple.srcPort < 1024) return { first: 600, last: 1023 };
  return { first: 1024, last: 65_535 };
};

const isIcmp = ({ protocol }: Tuple): boolean =>
  protocol === IpProtocol.ICMP || protocol === IpProtocol.ICMPV6;

const hasPorts = ({ protocol }: Tuple): boolean =>
  protocol === IpProtocol.TCP || protocol === IpProtocol.UDP || protocol === IpProtocol.SCTP;
