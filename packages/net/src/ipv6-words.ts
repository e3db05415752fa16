import type { Ipv6 } from './address.ts';

/** The four 32-bit words of an IPv6 address, unsigned, the highest first. */
export type Ipv6Words = readonly [number, number, number, number];

/** Splits an address into words, the form in which tables and headers take it. Never throws. */
export const ipv6Words = (address: Ipv6): Ipv6Words => {
  splitInHalves(address);
  return [high(1), low(1), high(0), low(0)];
};

/** As `ipv6Words`, into four places of an array from `at` on: without an array of its own. */
export const writeIpv6Words = (address: Ipv6, into: Uint32Array, at: number): void => {
  splitInHalves(address);
  into[at] = high(1);
  into[at + 1] = low(1);
  into[at + 2] = high(0);
  into[at + 3] = low(0);
};

/** Arithmetic makes a new bigint at every step; storing one into 64 bits cuts it off for nothing. */
const halves = new BigUint64Array(2);
const words = new Uint32Array(halves.buffer);
/** Where the machine keeps the lower half of 64 bits. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

const splitInHalves = (address: Ipv6): void => {
  halves[0] = address;
  halves[1] = address >> 64n;
};

const low = (half: 0 | 1): number => words[2 * half + LOW] ?? 0;
const high = (half: 0 | 1): number => words[2 * half + 1 - LOW] ?? 0;

/** Joins unsigned 32-bit words, the highest first. */
export const ipv6FromWords = (w0: number, w1: number, w2: number, w3: number): Ipv6 =>
  (BigInt(w0) << 96n) | (BigInt(w1) << 64n) | (BigInt(w2) << 32n) | BigInt(w3);
