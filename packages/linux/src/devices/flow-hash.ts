import type { EthernetFrame, Ip } from '@podpath/net';

const FIRST_PORT = 32768;
const LAST_PORT = 60999;

/**
 * The UDP source port of a tunnelled frame (`udp_flow_src_port`): drawn from the inner flow, so that a flow
 * keeps to one path, and the same both ways, because the kernel sorts the ends before it hashes them.
 */
export function flowSourcePort(frame: EthernetFrame, seed: number): number {
  const hash = mix(flowOf(frame), seed);
  return FIRST_PORT + Math.floor((hash / 0x1_0000_0000) * (LAST_PORT - FIRST_PORT));
}

/** What a flow's path is drawn from: 31 bits, the same both ways (`fib_multipath_hash`). */
export function flowPathHash(
  src: Ip,
  dst: Ip,
  srcPort: number,
  dstPort: number,
  rest: readonly number[],
  seed: number,
): number {
  const ends = sorted([...wordsOf(src), srcPort], [...wordsOf(dst), dstPort]);
  return mix([...ends, ...rest], seed) >>> 1;
}

/** Addresses and, for whole TCP, UDP and SCTP packets, ports; MAC addresses of what is not IP. */
function flowOf({ src, dst, payload }: EthernetFrame): readonly number[] {
  if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') {
    return sorted([src % 0x1_0000_0000], [dst % 0x1_0000_0000]);
  }
  const segment = payload.payload;
  const ports = 'srcPort' in segment ? [segment.srcPort, segment.dstPort] : [0, 0];
  if (segment.kind === 'tcp') {
    // A TCP socket draws a hash of its own, and so each end another (`sk_set_txhash`).
    return [...wordsOf(payload.src), ports[0] ?? 0, ...wordsOf(payload.dst), ports[1] ?? 0];
  }
  return sorted([...wordsOf(payload.src), ports[0] ?? 0], [...wordsOf(payload.dst), ports[1] ?? 0]);
}

function sorted(a: readonly number[], b: readonly number[]): readonly number[] {
  for (const [index, word] of a.entries()) {
    const other = b[index] ?? 0;
    if (word !== other) return word < other ? [...a, ...b] : [...b, ...a];
  }
  return [...a, ...b];
}

function wordsOf(address: Ip): readonly number[] {
  if (typeof address === 'number') return [address];
  return [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
}

function mix(words: readonly number[], seed: number): number {
  let hash = seed >>> 0;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
