import { get8, get16, get32, put32 } from './bytes.ts';
import { isCorrect, putChecksum, sumOfWords } from './checksum.ts';
import { needBytes } from './decode-error.ts';
import { ndpLength, readNdp, writeNdp } from './ndp.ts';
import { type IcmpMessage, type Icmpv6Message, IpProtocol } from './packet.ts';

/** ICMP (RFC 792) and ICMPv6 (RFC 4443): one header, four bytes of which depend on the type. */
export const ICMP_HEADER_BYTES = 8;
const AT = { type: 0, code: 1, checksum: 2, rest: 4 } as const;

/** Throws `DecodeError`. */
export const readIcmp = (bytes: Uint8Array): IcmpMessage => {
  needBytes('icmp', bytes, ICMP_HEADER_BYTES);
  const message: IcmpMessage = {
    kind: 'icmp',
    ...readHeader(bytes),
    data: bytes.subarray(ICMP_HEADER_BYTES),
  };
  if (!isCorrect(sumOfWords(bytes))) message.checksum = get16(bytes, AT.checksum);
  return message;
};

export const writeIcmp = (message: IcmpMessage, out: Uint8Array): void => {
  writeHeader(message, out);
  out.set(message.data, ICMP_HEADER_BYTES);
  putChecksum(out, AT.checksum, message.checksum);
};

export const icmpv6Length = ({ data }: Icmpv6Message): number =>
  ICMP_HEADER_BYTES + (data instanceof Uint8Array ? data.length : ndpLength(data));

/** `addressSum` is the pseudo header's. Throws `DecodeError`. */
export const readIcmpv6 = (bytes: Uint8Array, addressSum: number): Icmpv6Message => {
  needBytes('icmpv6', bytes, ICMP_HEADER_BYTES);
  const header = readHeader(bytes);
  const body = bytes.subarray(ICMP_HEADER_BYTES);
  const data = readNdp(header.type, header.code, body) ?? body;
  const message: Icmpv6Message = { kind: 'icmpv6', ...header, data };
  if (!isCorrect(sumOfWords(bytes, pseudoSum(addressSum, bytes)))) {
    message.checksum = get16(bytes, AT.checksum);
  }
  return message;
};

export const writeIcmpv6 = (message: Icmpv6Message, addressSum: number, out: Uint8Array): void => {
  const { data } = message;
  writeHeader(message, out);
  if (data instanceof Uint8Array) out.set(data, ICMP_HEADER_BYTES);
  else writeNdp(data, out.subarray(ICMP_HEADER_BYTES));
  putChecksum(out, AT.checksum, message.checksum, pseudoSum(addressSum, out));
};

const pseudoSum = (addressSum: number, message: Uint8Array): number =>
  addressSum + IpProtocol.ICMPV6 + message.length;

const readHeader = (bytes: Uint8Array) => ({
  type: get8(bytes, AT.type),
  code: get8(bytes, AT.code),
  rest: get32(bytes, AT.rest),
});

const writeHeader = (message: IcmpMessage | Icmpv6Message, out: Uint8Array): void => {
  out[AT.type] = message.type;
  out[AT.code] = message.code;
  put32(out, AT.rest, message.rest);
};
