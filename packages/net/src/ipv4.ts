import { get8, get16, get32, put16, put32 } from './bytes.ts';
import { isCorrect, putChecksum, sumOfWords } from './checksum.ts';
import { DecodeError, needBytes } from './decode-error.ts';
import type { Ipv4Packet } from './packet.ts';

/** The IPv4 header (RFC 791). */
const FIXED_BYTES = 20;
const MOST_OPTION_BYTES = 40;
const MOST_PACKET_BYTES = 0xffff;
const AT = {
  versionAndLength: 0,
  tos: 1,
  totalLength: 2,
  id: 4,
  flagsAndOffset: 6,
  ttl: 8,
  protocol: 9,
  checksum: 10,
  src: 12,
  dst: 16,
} as const;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;

type Ipv4Header = Omit<Ipv4Packet, 'payload'>;

export const ipv4HeaderBytes = (header: Pick<Ipv4Packet, 'options'>): number =>
  FIXED_BYTES + (header.options?.length ?? 0);

/** `length` is the whole packet's; bytes after it (padding) are left out. Throws `DecodeError`. */
export const readIpv4Header = (
  bytes: Uint8Array,
): { header: Ipv4Header; protocol: number; payload: Uint8Array; length: number } => {
  needBytes('ipv4', bytes, FIXED_BYTES);
  const first = get8(bytes, AT.versionAndLength);
  if (first >>> 4 !== 4) throw new DecodeError('ipv4', `has version ${first >>> 4}`);
  const headerBytes = (first & 15) * 4;
  if (headerBytes < FIXED_BYTES) {
    throw new DecodeError('ipv4', `has a header of ${headerBytes} bytes, less than ${FIXED_BYTES}`);
  }
  needBytes('ipv4', bytes, headerBytes);
  const length = get16(bytes, AT.totalLength);
  if (length < headerBytes || length > bytes.length) {
    throw new DecodeError(
      'ipv4',
      `has total length ${length} with a header of ${headerBytes} and ${bytes.length} bytes at hand`,
    );
  }
  return {
    header: readFields(bytes, headerBytes),
    protocol: get8(bytes, AT.protocol),
    payload: bytes.subarray(headerBytes, length),
    length,
  };
};

/** Writes the header of a packet that fills `out`. Throws RangeError for lengths that no header can say. */
export const writeIpv4Header = (header: Ipv4Header, protocol: number, out: Uint8Array): void => {
  const { options, fragmentOffset } = header;
  const headerBytes = ipv4HeaderBytes(header);
  checkLengths(header, out.length);
  out[AT.versionAndLength] = 0x40 | (headerBytes / 4);
  out[AT.tos] = header.tos;
  put16(out, AT.totalLength, out.length);
  put16(out, AT.id, header.id);
  const flags =
    (header.dontFragment ? DONT_FRAGMENT : 0) | (header.moreFragments ? MORE_FRAGMENTS : 0);
  put16(out, AT.flagsAndOffset, flags | (fragmentOffset / 8));
  out[AT.ttl] = header.ttl;
  out[AT.protocol] = protocol;
  put32(out, AT.src, header.src);
  put32(out, AT.dst, header.dst);
  if (options !== undefined) out.set(options, FIXED_BYTES);
  putChecksum(out.subarray(0, headerBytes), AT.checksum, header.checksum);
};

const readFields = (bytes: Uint8Array, headerBytes: number): Ipv4Header => {
  const flagsAndOffset = get16(bytes, AT.flagsAndOffset);
  const header: Ipv4Header = {
    kind: 'ipv4',
    tos: get8(bytes, AT.tos),
    id: get16(bytes, AT.id),
    dontFragment: (flagsAndOffset & DONT_FRAGMENT) !== 0,
    moreFragments: (flagsAndOffset & MORE_FRAGMENTS) !== 0,
    fragmentOffset: (flagsAndOffset & 0x1fff) * 8,
    ttl: get8(bytes, AT.ttl),
    src: get32(bytes, AT.src),
    dst: get32(bytes, AT.dst),
  };
  if (headerBytes > FIXED_BYTES) header.options = bytes.subarray(FIXED_BYTES, headerBytes);
  if (!isCorrect(sumOfWords(bytes.subarray(0, headerBytes)))) {
    header.checksum = get16(bytes, AT.checksum);
  }
  return header;
};

const checkLengths = ({ options, fragmentOffset }: Ipv4Header, packetBytes: number): void => {
  const optionBytes = options?.length ?? 0;
  if (optionBytes % 4 !== 0 || optionBytes > MOST_OPTION_BYTES) {
    throw new RangeError(`IPv4 options take a multiple of 4 bytes up to 40, not ${optionBytes}`);
  }
  if (fragmentOffset % 8 !== 0 || fragmentOffset > 0x1fff * 8) {
    throw new RangeError(
      `an IPv4 fragment starts at a multiple of 8 up to 65528, not ${fragmentOffset}`,
    );
  }
  if (packetBytes > MOST_PACKET_BYTES) {
    throw new RangeError(`an IPv4 packet has at most 65535 bytes, not ${packetBytes}`);
  }
};
