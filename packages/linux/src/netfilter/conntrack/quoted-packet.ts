import { type Ip, IpProtocol, ipv6FromWords, ipv6Words } from '@podpath/net';
import type { Tuple } from './tuple.ts';

/**
 * The packet that an ICMP error quotes, as bytes: its headers and at least 8 bytes of what follows,
 * rarely all of it.
 */
const IPV4 = { headerBytes: 20, fragment: 6, protocol: 9, checksum: 10, src: 12, dst: 16 } as const;
const IPV6 = { headerBytes: 40, nextHeader: 6, src: 8, dst: 24 } as const;
/** Extension headers that say their own length in units of 8 bytes. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT = 44;
const PORTS_BYTES = 4;
/** Where a transport header keeps its checksum. */
const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [IpProtocol.TCP, 16],
  [IpProtocol.UDP, 6],
  [IpProtocol.ICMP, 2],
  [IpProtocol.ICMPV6, 2],
]);
const ICMP_ID_AT = 4;

interface QuotedLayout {
  readonly version: 4 | 6;
  readonly protocol: number;
  /** Where the transport header starts; a later fragment has none. */
  readonly transportAt: number | undefined;
}

/** Reads the tuple of the quoted packet; false when the quote is too short or has no ports. */
export const readQuoted = (bytes: Uint8Array, into: Tuple): boolean => {
  const layout = layoutOf(bytes);
  if (layout === undefined) return false;
  const { version, protocol, transportAt: at } = layout;
  if (at === undefined) return false;
  const src = version === 4 ? get32(bytes, IPV4.src) : getIpv6(bytes, IPV6.src);
  const dst = version === 4 ? get32(bytes, IPV4.dst) : getIpv6(bytes, IPV6.dst);
  let srcPort = 0;
  let dstPort = 0;
  if (protocol === IpProtocol.ICMP || protocol === IpProtocol.ICMPV6) {
    if (bytes.length < at + ICMP_ID_AT + 2) return false;
    srcPort = get16(bytes, at + ICMP_ID_AT);
    dstPort = get16(bytes, at);
  } else if (hasPorts(protocol)) {
    if (bytes.length < at + PORTS_BYTES) return false;
    srcPort = get16(bytes, at);
    dstPort = get16(bytes, at + 2);
  }
  into.set(src, dst, srcPort, dstPort, protocol);
  return true;
};

/**
 * The quote with one side's address and port taken from `target`, its checksums put right as far as
 * they are in it. The bytes given are left alone.
 */
export const rewriteQuoted = (
  bytes: Uint8Array,
  side: 'source' | 'destination',
  target: Tuple,
): Uint8Array => {
  const layout = layoutOf(bytes);
  if (layout === undefined) return bytes;
  const { version, protocol, transportAt: at } = layout;
  const copy = bytes.slice();
  const isSource = side === 'source';
  const address = isSource ? target.src : target.dst;
  const fields = version === 4 ? IPV4 : IPV6;
  const addressDelta = putAddress(copy, isSource ? fields.src : fields.dst, address);
  if (version === 4) adjust(copy, IPV4.checksum, addressDelta);
  if (at === undefined) return copy;
  let delta = protocol === IpProtocol.ICMP ? 0 : addressDelta;
  if (protocol === IpProtocol.ICMP || protocol === IpProtocol.ICMPV6) {
    delta += put16(copy, at + ICMP_ID_AT, target.srcPort);
  } else if (hasPorts(protocol)) {
    delta += put16(copy, isSource ? at : at + 2, isSource ? target.srcPort : target.dstPort);
  }
  const checksum = CHECKSUM_AT.get(protocol);
  if (checksum === undefined || copy.length < at + checksum + 2) return copy;
  // UDP without a checksum stays without.
  if (protocol === IpProtocol.UDP && get16(copy, at + checksum) === 0) return copy;
  adjust(copy, at + checksum, delta);
  return copy;
};

const layoutOf = (bytes: Uint8Array): QuotedLayout | undefined => {
  const version = (bytes[0] ?? 0) >>> 4;
  if (version === 4) {
    const headerBytes = ((bytes[0] ?? 0) & 15) * 4;
    if (headerBytes < IPV4.headerBytes || bytes.length < headerBytes) return undefined;
    if ((get16(bytes, IPV4.fragment) & 0x1fff) !== 0) return undefined;
    return { version, protocol: bytes[IPV4.protocol] ?? 0, transportAt: headerBytes };
  }
  if (version !== 6 || bytes.length < IPV6.headerBytes) return undefined;
  let protocol = bytes[IPV6.nextHeader] ?? 0;
  let at: number = IPV6.headerBytes;
  while (EXTENSIONS.has(protocol) || protocol === FRAGMENT) {
    if (bytes.length < at + 8) return undefined;
    if (protocol === FRAGMENT && (get16(bytes, at + 2) & 0xfff8) !== 0) {
      return { version, protocol: bytes[at] ?? 0, transportAt: undefined };
    }
    const length = protocol === FRAGMENT ? 8 : 8 * ((bytes[at + 1] ?? 0) + 1);
    protocol = bytes[at] ?? 0;
    at += length;
  }
  return { version, protocol, transportAt: at };
};

const hasPorts = (protocol: number): boolean =>
  protocol === IpProtocol.TCP || protocol === IpProtocol.UDP || protocol === IpProtocol.SCTP;

const get16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const get32 = (bytes: Uint8Array, at: number): number =>
  ((get16(bytes, at) << 16) | get16(bytes, at + 2)) >>> 0;

const getIpv6 = (bytes: Uint8Array, at: number): bigint =>
  ipv6FromWords(
    get32(bytes, at),
    get32(bytes, at + 4),
    get32(bytes, at + 8),
    get32(bytes, at + 12),
  );

/** Writes a word, and says by how much a sum over it grew in one's complement (RFC 1624). */
const put16 = (bytes: Uint8Array, at: number, value: number): number => {
  const old = get16(bytes, at);
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 0xff;
  return (~old & 0xffff) + value;
};

const putAddress = (bytes: Uint8Array, at: number, address: Ip): number => {
  const words = typeof address === 'number' ? [address] : ipv6Words(address);
  let delta = 0;
  for (const [index, word] of words.entries()) {
    delta += put16(bytes, at + 4 * index, word >>> 16);
    delta += put16(bytes, at + 4 * index + 2, word & 0xffff);
  }
  return delta;
};

const adjust = (bytes: Uint8Array, at: number, delta: number): void => {
  let sum = (~get16(bytes, at) & 0xffff) + delta;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  put16(bytes, at, ~sum & 0xffff);
};
