import { AddressError, type Problem } from './address-error.ts';
import { readIpv4, writeIpv4 } from './ipv4-text.ts';
import { readIpv6, writeIpv6 } from './ipv6-text.ts';

/**
 * An IPv4 address: an unsigned 32-bit number, so that hot paths compare and mask it without allocating.
 */
export type Ipv4 = number;

/** An IPv6 address: an unsigned 128-bit bigint. Equality is `===`, and it is a Map key by value. */
export type Ipv6 = bigint;

/** An address of either family; `typeof` tells which. */
export type Ip = Ipv4 | Ipv6;

export type IpFamily = 4 | 6;

/** The family of an address. Never throws. */
export const familyOf = (address: Ip): IpFamily => (typeof address === 'number' ? 4 : 6);

/** Reads four decimal octets, strictly: no leading zeros, no short forms, no blanks. Throws `AddressError`. */
export const parseIpv4 = (text: string): Ipv4 => {
  const read = readIpv4(text);
  if (typeof read === 'object') throw new AddressError(text, read.reason, read.expected);
  return read;
};

/** Reads the text forms of RFC 4291, without a zone. Throws `AddressError`. */
export const parseIpv6 = (text: string): Ipv6 => {
  const read = readIpv6(text);
  if (typeof read === 'object') throw new AddressError(text, read.reason, read.expected);
  return read;
};

/** Reads an address of either family; a colon makes it IPv6. Throws `AddressError`. */
export const parseIp = (text: string): Ip => {
  const read = readIp(text);
  if (typeof read === 'object') throw new AddressError(text, read.reason, read.expected);
  return read;
};

/** Reads an address of either family, or says that it is none. Never throws. */
export const tryParseIp = (text: string): Ip | undefined => {
  const read = readIp(text);
  return typeof read === 'object' ? undefined : read;
};

/** Dotted decimal for IPv4, RFC 5952 for IPv6. */
export const formatIp = (address: Ip): string =>
  typeof address === 'number' ? writeIpv4(address) : writeIpv6(address);

const IPV4_END = 0x1_0000_0000;
const IPV6_END = 1n << 128n;

/** The address `offset` further on (or back, when negative). Throws RangeError beyond the family's ends. */
export function addToIp(address: Ipv4, offset: number): Ipv4;
export function addToIp(address: Ipv6, offset: number | bigint): Ipv6;
export function addToIp(address: Ip, offset: number): Ip;
export function addToIp(address: Ip, offset: number | bigint): Ip {
  const sum = typeof address === 'number' ? address + Number(offset) : address + BigInt(offset);
  const end = typeof sum === 'number' ? IPV4_END : IPV6_END;
  if (sum < 0 || sum >= end || (typeof sum === 'number' && !Number.isInteger(sum))) {
    throw new RangeError(`${formatIp(address)} + ${offset} is no IPv${familyOf(address)} address`);
  }
  return sum;
}

/** Sorts IPv4 before IPv6, then by value. */
export const compareIps = (a: Ip, b: Ip): number => {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

const EXPECTED = 'an IP address such as 10.0.0.1 or fd00:10::1';

const readIp = (text: string): Ip | Problem => {
  if (text.includes(':')) return readIpv6(text);
  const read = readIpv4(text);
  if (typeof read === 'number' || /^[0-9.]+$/.test(text)) return read;
  return { reason: 'is no IP address', expected: EXPECTED };
};
