import type { Ipv4 } from './address.ts';
import { type Problem, show } from './address-error.ts';

const EXPECTED = 'an IPv4 address such as 10.0.0.1';

/**
 * Reads exactly four decimal octets. Leading zeros, short forms and hexadecimal are refused, because
 * readers disagree about them (inet_aton takes `010` for 8, Kubernetes for an error).
 */
export const readIpv4 = (text: string): Ipv4 | Problem => {
  const octets = text.split('.');
  let address = 0;
  for (const octet of octets) {
    const problem = octetProblem(octet);
    if (problem !== undefined) return { reason: problem, expected: withoutLeadingZeros(octets) };
    address = address * 256 + Number(octet);
  }
  if (octets.length !== 4) return { reason: countProblem(octets.length), expected: EXPECTED };
  return address;
};

export const writeIpv4 = (address: Ipv4): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

const octetProblem = (octet: string): string | undefined => {
  if (octet === '') return 'has an empty octet';
  if (!/^[0-9]+$/.test(octet)) return `has the octet ${show(octet)}, which is no decimal number`;
  if (octet.length > 1 && octet.startsWith('0')) return `has a leading zero in the octet ${octet}`;
  if (Number(octet) > 255) return `has the octet ${show(octet)}, which is above 255`;
  return undefined;
};

const countProblem = (count: number): string =>
  `has ${count} octet${count === 1 ? '' : 's'} instead of 4`;

/** The decimal reading, which is nearly always meant, when only leading zeros stand in its way. */
const withoutLeadingZeros = (octets: readonly string[]): string => {
  const plain = octets.map((octet) => octet.replace(/^0+(?=[0-9])/, ''));
  const fixed = plain.length === 4 && plain.every((octet) => octetProblem(octet) === undefined);
  return fixed ? plain.join('.') : EXPECTED;
};
