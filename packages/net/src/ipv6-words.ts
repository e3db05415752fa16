import type { Ipv6 } from './address.ts';

/** The four 32-bit words of an IPv6 address, unsigned, the highest first. */
export type Ipv6Words = readonly [number, number, number, number];

/** Splits an address into words, the form in which tables and headers take it. Never throws. */
export const ipv6Words = (address: Ipv6): Ipv6Words => [
  Number((address >> 96n) & 0xffff_ffffn),
  Number((address >> 64n) & 0xffff_ffffn),
  Number((address >> 32n) & 0xffff_ffffn),
  Number(address & 0xffff_ffffn),
];

/** Joins unsigned 32-bit words, the highest first. */
export const ipv6FromWords = (w0: number, w1: number, w2: number, w3: number): Ipv6 =>
  (BigInt(w0) << 96n) | (BigInt(w1) << 64n) | (BigInt(w2) << 32n) | BigInt(w3);
