import { familyOf, type Ip, type Ipv4, type Ipv6 } from './address.ts';
import { formatIp } from './address-text.ts';

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
