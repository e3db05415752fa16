import type { Ip, Ipv4, Ipv6 } from './address.ts';
import { AddressError, type Problem } from './address-error.ts';
import { readIpv4, writeIpv4 } from './ipv4-text.ts';
import { readIpv6, writeIpv6 } from './ipv6-text.ts';

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

const EXPECTED = 'an IP address such as 10.0.0.1 or fd00:10::1';

const readIp = (text: string): Ip | Problem => {
  if (text.includes(':')) return readIpv6(text);
  const read = readIpv4(text);
  if (typeof read === 'number' || /^[0-9.]+$/.test(text)) return read;
  return { reason: 'is no IP address', expected: EXPECTED };
};
