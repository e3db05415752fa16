import { get8, get16, get32, put16, put32 } from './bytes.ts';
import { isCorrect, putChecksum, sumOfWords } from './checksum.ts';
import { DecodeError, needBytes } from './decode-error.ts';
import { IpProtocol, type TcpSegment } from './packet.ts';

/** The TCP header (RFC 9293). */
const FIXED_BYTES = 20;
const MOST_OPTION_BYTES = 40;
const AT = {
  srcPort: 0,
  dstPort: 2,
  sequence: 4,
  acknowledgement: 8,
  offsetAndFlags: 12,
  window: 14,
  checksum: 16,
  urgentPointer: 18,
  options: 20,
} as const;

export const tcpLength = (segment: TcpSegment): number =>
  FIXED_BYTES + (segment.options?.length ?? 0) + segment.data.length;

/** `addressSum` is the pseudo header's. Throws `DecodeError`. */
export const readTcp = (bytes: Uint8Array, addressSum: number): TcpSegment => {
  needBytes('tcp', bytes, FIXED_BYTES);
  const headerBytes = (get8(bytes, AT.offsetAndFlags) >>> 4) * 4;
  if (headerBytes < FIXED_BYTES || headerBytes > bytes.length) {
    throw new DecodeError(
      'tcp',
      `has a header of ${headerBytes} bytes with ${bytes.length} bytes at hand`,
    );
  }
  const segment: TcpSegment = {
    kind: 'tcp',
    srcPort: get16(bytes, AT.srcPort),
    dstPort: get16(bytes, AT.dstPort),
    sequence: get32(bytes, AT.sequence),
    acknowledgement: get32(bytes, AT.acknowledgement),
    flags: get16(bytes, AT.offsetAndFlags) & 0xfff,
    window: get16(bytes, AT.window),
    data: bytes.subarray(headerBytes),
  };
  const urgentPointer = get16(bytes, AT.urgentPointer);
  if (urgentPointer !== 0) segment.urgentPointer = urgentPointer;
  if (headerBytes > FIXED_BYTES) segment.options = bytes.subarray(AT.options, headerBytes);
  if (!isCorrect(sumOfWords(bytes, addressSum + IpProtocol.TCP + bytes.length))) {
    segment.checksum = get16(bytes, AT.checksum);
  }
  return segment;
};

/** Fills `out`. Throws RangeError for options of a length that the header cannot say. */
export const writeTcp = (segment: TcpSegment, addressSum: number, out: Uint8Array): void => {
  const { options, data } = segment;
  const optionBytes = options?.length ?? 0;
  if (optionBytes % 4 !== 0 || optionBytes > MOST_OPTION_BYTES) {
    throw new RangeError(`TCP options take a multiple of 4 bytes up to 40, not ${optionBytes}`);
  }
  const headerBytes = FIXED_BYTES + optionBytes;
  put16(out, AT.srcPort, segment.srcPort);
  put16(out, AT.dstPort, segment.dstPort);
  put32(out, AT.sequence, segment.sequence);
  put32(out, AT.acknowledgement, segment.acknowledgement);
  put16(out, AT.offsetAndFlags, ((headerBytes / 4) << 12) | (segment.flags & 0xfff));
  put16(out, AT.window, segment.window);
  put16(out, AT.urgentPointer, segment.urgentPointer ?? 0);
  if (options !== undefined) out.set(options, AT.options);
  out.set(data, headerBytes);
  putChecksum(out, AT.checksum, segment.checksum, addressSum + IpProtocol.TCP + out.length);
};
