import { get8, get16, get32, put16, put32 } from './bytes.ts';
import { crc32c } from './crc32c.ts';
import { DecodeError, needBytes } from './decode-error.ts';
import type { SctpChunk, SctpPacket } from './packet.ts';

/** SCTP's common header and the chunks after it (RFC 9260). */
const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
const MOST_VALUE_BYTES = 0xffff - CHUNK_HEADER_BYTES;
const AT = { srcPort: 0, dstPort: 2, verificationTag: 4, checksum: 8 } as const;
const CHUNK_AT = { type: 0, flags: 1, length: 2, value: 4 } as const;

export const sctpLength = ({ chunks }: SctpPacket): number =>
  chunks.reduce((sum, { value }) => sum + padded(CHUNK_HEADER_BYTES + value.length), HEADER_BYTES);

/** Throws `DecodeError`. */
export const readSctp = (bytes: Uint8Array): SctpPacket => {
  needBytes('sctp', bytes, HEADER_BYTES);
  const packet: SctpPacket = {
    kind: 'sctp',
    srcPort: get16(bytes, AT.srcPort),
    dstPort: get16(bytes, AT.dstPort),
    verificationTag: get32(bytes, AT.verificationTag),
    chunks: readChunks(bytes.subarray(HEADER_BYTES)),
  };
  const checksum = get32(bytes, AT.checksum);
  if (checksum !== checksumField(bytes)) packet.checksum = checksum;
  return packet;
};

/** Fills `out`. Throws RangeError for a chunk longer than its header can say. */
export const writeSctp = (packet: SctpPacket, out: Uint8Array): void => {
  put16(out, AT.srcPort, packet.srcPort);
  put16(out, AT.dstPort, packet.dstPort);
  put32(out, AT.verificationTag, packet.verificationTag);
  let at = HEADER_BYTES;
  for (const { type, flags, value } of packet.chunks) {
    if (value.length > MOST_VALUE_BYTES) {
      throw new RangeError(`an SCTP chunk has at most 65531 bytes, not ${value.length}`);
    }
    out[at + CHUNK_AT.type] = type;
    out[at + CHUNK_AT.flags] = flags;
    put16(out, at + CHUNK_AT.length, CHUNK_HEADER_BYTES + value.length);
    out.set(value, at + CHUNK_AT.value);
    at += padded(CHUNK_HEADER_BYTES + value.length);
  }
  put32(out, AT.checksum, packet.checksum ?? checksumField(out));
};

/** The last chunk may lack its padding. */
const readChunks = (bytes: Uint8Array): SctpChunk[] => {
  const chunks: SctpChunk[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    needBytes('sctp chunk', rest, CHUNK_HEADER_BYTES);
    const length = get16(rest, CHUNK_AT.length);
    if (length < CHUNK_HEADER_BYTES || length > rest.length) {
      throw new DecodeError('sctp chunk', `has length ${length} with ${rest.length} bytes at hand`);
    }
    chunks.push({
      type: get8(rest, CHUNK_AT.type),
      flags: get8(rest, CHUNK_AT.flags),
      value: rest.subarray(CHUNK_AT.value, length),
    });
    rest = rest.subarray(padded(length));
  }
  return chunks;
};

/** The CRC32c over the packet with the field at 0, as it reads in the field: least significant byte first. */
const checksumField = (bytes: Uint8Array): number => {
  const cleared = bytes.slice();
  put32(cleared, AT.checksum, 0);
  const crc = crc32c(cleared);
  return ((crc << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | (crc >>> 24)) >>> 0;
};

const padded = (length: number): number => (length + 3) & ~3;
