import { type Ip, ipv6FromWords, ipv6Words } from '@podpath/net';
import type { Tuple } from '../conntrack/tuple.ts';
import { jenkinsHash, scaleTo, swapped } from '../jenkins-hash.ts';
import type { Manipulation, NatRange } from './nat-range.ts';

/**
 * The address of a range that a flow gets: one that follows from its source and, unless persistent, its destination
 * (find_best_ips_proto in net/netfilter/nf_nat_core.c).
 */
export const spreadAddress = (
  tuple: Tuple,
  { address, lastAddress = address, persistent = false }: NatRange,
  manipulation: Manipulation,
): Ip => {
  if (lastAddress === address) return address;
  const source = wordsOf(tuple.src);
  const destination = wordsOf(tuple.dst);
  const least = wordsOf(address);
  const most = wordsOf(lastAddress);
  const chosen = manipulation === 'source' ? source : destination;
  const words = typeof address === 'number' ? 1 : 4;
  const seed = persistent ? 0 : swapped(destination[words - 1] ?? 0) ^ tuple.zone;
  let hash = jenkinsHash(source.map(swapped), 4, seed);
  let anyValue = false;
  for (let at = 0; at < words; at++) {
    // Once a word is below the largest, the words after it may be anything.
    const first = anyValue ? 0 : (least[at] ?? 0);
    const size = anyValue ? 0xffff_ffff : ((most[at] ?? 0) - first + 1) >>> 0;
    chosen[at] = first + scaleTo(hash, size);
    if (chosen[at] !== most[at]) anyValue = true;
    if (!persistent) hash = (hash ^ swapped(destination[at] ?? 0)) >>> 0;
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = chosen;
  return typeof address === 'number' ? first : ipv6FromWords(first, second, third, fourth);
};

/** Four words, of which an IPv4 address is the first. */
const wordsOf = (address: Ip): Uint32Array =>
  typeof address === 'number'
    ? Uint32Array.of(address, 0, 0, 0)
    : Uint32Array.from(ipv6Words(address));
