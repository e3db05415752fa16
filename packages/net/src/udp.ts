import { get16, put16 } from './bytes.ts';
import { isCorrect, putChecksum, sumOfWords } from './checksum.ts';
import { DecodeError, needBytes } from './decode-error.ts';
import { IpProtocol, type UdpDatagram } from './packet.ts';

/** The UDP header (RFC 768). */
export const UDP_HEADER_BYTES = 8;
const AT = { srcPort: 0, dstPort: 2, length: 4, checksum: 6 } as const;

type UdpHeader = Omit<UdpDatagram, 'payload'>;

/**
 * `addressSum` is the pseudo header's. A checksum of 0, "none", is kept as such (IPv6 does not allow it).
 * Throws `DecodeError`.
 */
export const readUdp = (
  bytes: Uint8Array,
  addressSum: number,
): { header: UdpHeader; payload: Uint8Array } => {
  needBytes('udp', bytes, UDP_HEADER_BYTES);
  const length = get16(bytes, AT.length);
  if (length < UDP_HEADER_BYTES || length > bytes.length) {
    throw new DecodeError('udp', `has length ${length} with ${bytes.length} bytes at hand`);
  }
  const header: UdpHeader = {
    kind: 'udp',
    srcPort: get16(bytes, AT.srcPort),
    dstPort: get16(bytes, AT.dstPort),
  };
  const datagram = bytes.subarray(0, length);
  const checksum = get16(bytes, AT.checksum);
  const pseudoSum = addressSum + IpProtocol.UDP + length;
  if (checksum === 0 || !isCorrect(sumOfWords(datagram, pseudoSum))) header.checksum = checksum;
  return { header, payload: datagram.subarray(UDP_HEADER_BYTES) };
};

/** Writes the header of a datagram that fills `out`, its payload already written. */
export const writeUdp = (header: UdpHeader, addressSum: number, out: Uint8Array): void => {
  put16(out, AT.srcPort, header.srcPort);
  put16(out, AT.dstPort, header.dstPort);
  put16(out, AT.length, out.length);
  const pseudoSum = addressSum + IpProtocol.UDP + out.length;
  putChecksum(out, AT.checksum, header.checksum, pseudoSum, false);
};
