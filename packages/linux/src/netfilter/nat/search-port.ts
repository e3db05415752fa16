import { IpProtocol } from '@podpath/net';
import type { Tuple } from '../conntrack/tuple.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { Manipulation, NatRange } from './nat-range.ts';

/** Tries in one go, halved with every new start until too few are left. */
const MOST_ATTEMPTS = 128;
const LEAST_ATTEMPTS = 16;

/** Whether a tuple cannot be had, when so many tries are left before a new start. */
export type IsTaken = (tuple: Tuple, attemptsLeft: number) => boolean;

/** Sets the first free port found, or the last one tried (nf_nat_l4proto_unique_tuple). */
export const searchPort = (
  tuple: Tuple,
  range: NatRange,
  manipulation: Manipulation,
  isTaken: IsTaken,
  env: NetfilterEnvironment,
): void => {
  if (!isIcmp(tuple) && !hasPorts(tuple)) return;
  const isSource = isIcmp(tuple) || manipulation === 'source';
  // A destination port is never changed unless a rule says so.
  if (range.ports === undefined && !isSource) return;
  const { first, last } = range.ports ?? portClass(tuple);
  const size = last - first + 1;
  const draw = (): number => env.random32() & 0xffff;
  let offset = firstOffset(tuple, range, isSource, draw);
  let attempts = Math.min(size, MOST_ATTEMPTS);
  for (;;) {
    for (let i = 0; i < attempts; i++) {
      const port = first + (offset % size);
      offset = (offset + 1) & 0xffff;
      if (isSource) tuple.srcPort = port;
      else tuple.dstPort = port;
      tuple.rehash();
      if (!isTaken(tuple, attempts - i)) return;
    }
    if (attempts >= size || attempts < LEAST_ATTEMPTS) return;
    attempts = Math.floor(attempts / 2);
    offset = draw();
  }
};

const firstOffset = (
  tuple: Tuple,
  { basePort, random }: NatRange,
  isSource: boolean,
  draw: () => number,
): number => {
  if (basePort !== undefined) {
    return ((isSource ? tuple.srcPort : tuple.dstPort) - basePort) & 0xffff;
  }
  return random || isSource ? draw() : 0;
};

/** A port is replaced by one that means as much to old services: below 512, below 1024, or above. */
const portClass = (tuple: Tuple): { readonly first: number; readonly last: number } => {
  if (isIcmp(tuple)) return { first: 0, last: 65_535 };
  if (tuple.srcPort < 512) return { first: 1, last: 511 };
  if (tuple.srcPort < 1024) return { first: 600, last: 1023 };
  return { first: 1024, last: 65_535 };
};

/** Whether the tuple has its identifier where others have a port. */
export const isIcmp = ({ protocol }: Tuple): boolean =>
  protocol === IpProtocol.ICMP || protocol === IpProtocol.ICMPV6;

const hasPorts = ({ protocol }: Tuple): boolean =>
  protocol === IpProtocol.TCP || protocol === IpProtocol.UDP || protocol === IpProtocol.SCTP;
