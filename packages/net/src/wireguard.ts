import { get32, put32 } from './bytes.ts';

/** A data message of WireGuard (its white paper, 5.4.6): header, what is sealed, and its tag. */
const HEADER_BYTES = 16;
const TAG_BYTES = 16;
const AT = { type: 0, receiver: 4, counter: 8 } as const;
const DATA = 4;

/** Header and tag: what a message has besides its packet and the padding of that. */
export const WIREGUARD_OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES;

export interface WireguardData {
  /** Of the receiver's session, 32 bits. */
  readonly receiver: number;
  /** Of the sender's messages in this session, 64 bits. */
  readonly counter: bigint;
  /** The packet and its padding. podpath knows no ciphers: it stands in the message as it is, before a tag of zeros. */
  readonly sealed: Uint8Array;
}

/** The payload of the UDP datagram, of the very length that it would have. */
export const encodeWireguardData = ({ receiver, counter, sealed }: WireguardData): Uint8Array => {
  const out = new Uint8Array(WIREGUARD_OVERHEAD_BYTES + sealed.length);
  out[AT.type] = DATA;
  putLittle32(out, AT.receiver, receiver);
  putLittle32(out, AT.counter, Number(counter & 0xffff_ffffn));
  putLittle32(out, AT.counter + 4, Number((counter >> 32n) & 0xffff_ffffn));
  out.set(sealed, HEADER_BYTES);
  return out;
};

/** Undefined for handshake messages and for what is no message of WireGuard. Never throws. */
export const decodeWireguardData = (bytes: Uint8Array): WireguardData | undefined => {
  if (bytes.length < WIREGUARD_OVERHEAD_BYTES || get32(bytes, AT.type) !== DATA * 2 ** 24) {
    return undefined;
  }
  const high = BigInt(getLittle32(bytes, AT.counter + 4));
  return {
    receiver: getLittle32(bytes, AT.receiver),
    counter: (high << 32n) | BigInt(getLittle32(bytes, AT.counter)),
    sealed: bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES),
  };
};

const reversed = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

const putLittle32 = (out: Uint8Array, at: number, value: number): void => {
  put32(out, at, reversed(value));
};

const getLittle32 = (bytes: Uint8Array, at: number): number => reversed(get32(bytes, at));
