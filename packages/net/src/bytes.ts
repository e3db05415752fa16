import type { Ipv6 } from './address.ts';
import { ipv6FromWords, ipv6Words } from './ipv6-words.ts';
import type { Mac } from './mac.ts';

// Network byte order. Readers take missing bytes for 0: callers check lengths once, per header.

export const get8 = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

export const get16 = (bytes: Uint8Array, at: number): number =>
  (get8(bytes, at) << 8) | get8(bytes, at + 1);

/** Unsigned. */
export const get32 = (bytes: Uint8Array, at: number): number =>
  ((get16(bytes, at) << 16) | get16(bytes, at + 2)) >>> 0;

export const getMac = (bytes: Uint8Array, at: number): Mac =>
  get16(bytes, at) * 0x1_0000_0000 + get32(bytes, at + 2);

export const getIpv6 = (bytes: Uint8Array, at: number): Ipv6 =>
  ipv6FromWords(
    get32(bytes, at),
    get32(bytes, at + 4),
    get32(bytes, at + 8),
    get32(bytes, at + 12),
  );

export const put16 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
};

export const put32 = (bytes: Uint8Array, at: number, value: number): void => {
  put16(bytes, at, value >>> 16);
  put16(bytes, at + 2, value);
};

export const putMac = (bytes: Uint8Array, at: number, mac: Mac): void => {
  put16(bytes, at, Math.floor(mac / 0x1_0000_0000));
  put32(bytes, at + 2, mac % 0x1_0000_0000);
};

export const putIpv6 = (bytes: Uint8Array, at: number, address: Ipv6): void => {
  for (const [index, word] of ipv6Words(address).entries()) put32(bytes, at + 4 * index, word);
};
