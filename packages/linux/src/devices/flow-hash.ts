import { type EthernetFrame, type Ip, protocolOf, writeIpv6Words } from '@podpath/net';
import type { Kernel } from '../namespace.ts';

/** `net.ipv4.ip_local_port_range` */
const LOCAL_PORTS = { first: 32_768, last: 60_999 } as const;

/** Both ends of the flow at hand: the words of an address, and a port. */
const MOST_WORDS = 5;
const source = new Uint32Array(MOST_WORDS);
const destination = new Uint32Array(MOST_WORDS);

/**
 * The UDP source port of a tunnelled frame (`udp_flow_src_port`): drawn from the inner flow, so that a flow
 * keeps to one path, and the same both ways, because the kernel sorts the ends before it hashes them.
 */
export const flowSourcePort = (frame: EthernetFrame, seed: number): number =>
  portFrom(flowHash(frame, seed), LOCAL_PORTS);

/** A port of a range, the last one left out, as the kernel does; of those of sockets where it has none. */
export function portFrom(
  hash: number,
  { first, last }: { readonly first: number; readonly last: number } = LOCAL_PORTS,
): number {
  return first < last
    ? first + Math.floor((hash / 0x1_0000_0000) * (last - first))
    : portFrom(hash, LOCAL_PORTS);
}

/** 32 bits. */
export function flowHash(frame: EthernetFrame, seed: number): number {
  const size = readFrame(frame);
  const { payload } = frame;
  const isIp = payload.kind === 'ipv4' || payload.kind === 'ipv6';
  // A TCP socket draws a hash of its own, and so each end another (`sk_set_txhash`).
  const isTcp = isIp && payload.payload.kind === 'tcp';
  const start = seed ^ (isIp ? protocolOf(payload.payload) : 0);
  return finish(isTcp ? mixBoth(source, destination, size, start) : mixEnds(size, start));
}

/** What stands in for it where a connected socket has drawn one for all that it sends. */
export const socketHash = (hash: number, seed: number): number => finish(mix([hash], 1, seed));

/** The same, unless whoever made the network knows better. */
export const tunnelSourcePort = (
  kernel: Pick<Kernel, 'tunnelSourcePort' | 'flowHashSeed'>,
  inner: EthernetFrame,
): number => kernel.tunnelSourcePort?.(inner) ?? flowSourcePort(inner, kernel.flowHashSeed);

/** Whether ports, too, tell the frame's flow from others. */
export const hasPorts = ({ payload }: EthernetFrame): boolean =>
  (payload.kind === 'ipv4' || payload.kind === 'ipv6') && 'srcPort' in payload.payload;

/** What a flow's path is drawn from: 31 bits, the same both ways (`fib_multipath_hash`). */
export function flowPathHash(
  src: Ip,
  dst: Ip,
  srcPort: number,
  dstPort: number,
  rest: readonly number[],
  seed: number,
): number {
  const size = readEnds(src, dst, srcPort, dstPort);
  return finish(mix(rest, rest.length, mixEnds(size, seed))) >>> 1;
}

/**
 * Addresses and, for whole TCP, UDP and SCTP packets, ports; MAC addresses of what is not IP. Returns the number of
 * words of each end.
 */
function readFrame({ src, dst, payload }: EthernetFrame): number {
  if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') {
    source[0] = src % 0x1_0000_0000;
    destination[0] = dst % 0x1_0000_0000;
    return 1;
  }
  const segment = payload.payload;
  return 'srcPort' in segment
    ? readEnds(payload.src, payload.dst, segment.srcPort, segment.dstPort)
    : readEnds(payload.src, payload.dst, 0, 0);
}

function readEnds(src: Ip, dst: Ip, srcPort: number, dstPort: number): number {
  const size = writeAddress(src, source);
  writeAddress(dst, destination);
  source[size] = srcPort;
  destination[size] = dstPort;
  return size + 1;
}

function writeAddress(address: Ip, into: Uint32Array): number {
  if (typeof address === 'bigint') {
    writeIpv6Words(address, into, 0);
    return 4;
  }
  into[0] = address;
  return 1;
}

/** The lower end first, whichever way the packet goes. */
function mixEnds(size: number, seed: number): number {
  const inOrder = isBefore(source, destination, size);
  return inOrder
    ? mixBoth(source, destination, size, seed)
    : mixBoth(destination, source, size, seed);
}

const mixBoth = (first: Uint32Array, second: Uint32Array, size: number, seed: number): number =>
  mix(second, size, mix(first, size, seed >>> 0));

function isBefore(a: Uint32Array, b: Uint32Array, size: number): boolean {
  for (let index = 0; index < size; index++) {
    const word = a[index] ?? 0;
    const other = b[index] ?? 0;
    if (word !== other) return word < other;
  }
  return true;
}

function mix(words: ArrayLike<number>, size: number, seed: number): number {
  let hash = seed;
  for (let index = 0; index < size; index++) {
    hash = Math.imul(hash ^ (words[index] ?? 0), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function finish(mixed: number): number {
  const hash = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
