import { Netmask } from 'netmask';
import type { Ip, Ipv4, Ipv6 } from './address.ts';
import { AddressError, show } from './address-error.ts';
import { compareIps } from './address-maths.ts';
import { formatIp, parseIp } from './address-text.ts';

/** A block of addresses. `address` has no bits set beyond `length`. */
export interface Prefix<A extends Ip = Ip> {
  readonly address: A;
  /** Prefix length in bits: 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;
}

export type Ipv4Prefix = Prefix<Ipv4>;
export type Ipv6Prefix = Prefix<Ipv6>;

/** An address on a device together with the prefix it is configured with (host bits kept). */
export interface InterfaceAddress<A extends Ip = Ip> {
  readonly address: A;
  readonly length: number;
}

/** Narrows a prefix to its family. */
export const isIpv4Prefix = (prefix: Prefix): prefix is Ipv4Prefix =>
  typeof prefix.address === 'number';

/** Narrows a prefix to its family. */
export const isIpv6Prefix = (prefix: Prefix): prefix is Ipv6Prefix =>
  typeof prefix.address === 'bigint';

/** Reads `ADDRESS/LENGTH` of either family. Throws `AddressError`, also for host bits, naming the network that is meant. */
export const parsePrefix = (text: string): Prefix => {
  const { address, length } = parseInterfaceAddress(text);
  const prefix = networkOf(address, length);
  if (prefix.address !== address) {
    const network = formatPrefix(prefix);
    throw new AddressError(text, 'has host bits set', network, `the network is ${network}`);
  }
  return prefix;
};

/** As `parsePrefix`, but clears host bits instead of refusing them. Throws `AddressError`. */
export const parsePrefixLoose = (text: string): Prefix => {
  const { address, length } = parseInterfaceAddress(text);
  return networkOf(address, length);
};

/** Reads `ADDRESS/LENGTH` as configured on a device, host bits kept. Throws `AddressError`. */
export const parseInterfaceAddress = (text: string): InterfaceAddress => {
  const slash = text.indexOf('/');
  if (slash < 0) {
    const address = parseIp(text);
    throw new AddressError(text, 'has no prefix length', `${text}/${bitsOf(address)} or shorter`);
  }
  const address = addressBefore(text, slash);
  const digits = text.slice(slash + 1);
  const bits = bitsOf(address);
  if (!/^(0|[1-9][0-9]{0,2})$/.test(digits) || Number(digits) > bits) {
    const reason = `has the prefix length ${show(digits)}`;
    throw new AddressError(text, reason, `a prefix length from 0 to ${bits}`);
  }
  return { address, length: Number(digits) };
};

/** `ADDRESS/LENGTH`. */
export const formatPrefix = (prefix: InterfaceAddress): string =>
  `${formatIp(prefix.address)}/${prefix.length}`;

/** The prefix of this length that the address lies in. Throws RangeError for a length its family does not have. */
export function prefixOf(address: Ipv4, length: number): Ipv4Prefix;
export function prefixOf(address: Ipv6, length: number): Ipv6Prefix;
export function prefixOf(address: Ip, length: number): Prefix;
export function prefixOf(address: Ip, length: number): Prefix {
  checkLength(address, length);
  return { address: masked(address, length), length };
}

/** Whether the address lies in the prefix; false across families. Never throws. */
export const prefixContains = (prefix: Prefix, address: Ip): boolean =>
  typeof prefix.address === typeof address && masked(address, prefix.length) === prefix.address;

/** Whether every address of `inner` lies in `outer`; false across families. Never throws. */
export const prefixCovers = (outer: Prefix, inner: Prefix): boolean =>
  outer.length <= inner.length && prefixContains(outer, inner.address);

/** The highest address of the prefix (an IPv4 subnet's broadcast address). */
export function lastAddress(prefix: Ipv4Prefix): Ipv4;
export function lastAddress(prefix: Ipv6Prefix): Ipv6;
export function lastAddress(prefix: Prefix): Ip;
export function lastAddress({ address, length }: Prefix): Ip {
  return typeof address === 'number'
    ? (address | ~maskOf(length)) >>> 0
    : address | ((1n << BigInt(128 - length)) - 1n);
}

/** The IPv4 netmask of a prefix length from 0 to 32, as an unsigned number. Not checked. */
export const maskOf = (length: number): Ipv4 =>
  length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0;

/**
 * The subnets of one length inside a prefix, lowest first, made one at a time.
 * Throws RangeError when `length` is shorter than the prefix or too long for its family.
 */
export function subnetsOf(prefix: Ipv4Prefix, length: number): IterableIterator<Ipv4Prefix>;
export function subnetsOf(prefix: Ipv6Prefix, length: number): IterableIterator<Ipv6Prefix>;
export function subnetsOf(prefix: Prefix, length: number): IterableIterator<Prefix>;
export function subnetsOf(prefix: Prefix, length: number): IterableIterator<Prefix> {
  checkLength(prefix.address, length);
  if (length < prefix.length) {
    throw new RangeError(`${formatPrefix(prefix)} has no subnets of the shorter length ${length}`);
  }
  return iterateSubnets(prefix, length);
}

/** Sorts IPv4 before IPv6, then by address, then shorter prefixes first: a prefix before all it covers. */
export const comparePrefixes = (a: Prefix, b: Prefix): number =>
  compareIps(a.address, b.address) || a.length - b.length;

function* iterateSubnets(prefix: Prefix, length: number): IterableIterator<Prefix> {
  const last = lastAddress(prefix);
  if (typeof prefix.address === 'number') {
    const step = 2 ** (32 - length);
    for (let address = prefix.address; address <= last; address += step) yield { address, length };
  } else {
    const step = 1n << BigInt(128 - length);
    for (let address = prefix.address; address <= last; address += step) yield { address, length };
  }
}

/**
 * IPv4 blocks go through netmask. It takes more texts than we do, so the text it gets is ours; as one
 * string, because it takes a length of 0 as a second argument for none.
 */
const networkOf = (address: Ip, length: number): Prefix => {
  if (typeof address === 'bigint') return { address: masked(address, length), length };
  const block = new Netmask(`${formatIp(address)}/${length}`);
  return { address: block.netLong >>> 0, length: block.bitmask };
};

const masked = (address: Ip, length: number): Ip => {
  if (typeof address === 'number') return (address & maskOf(length)) >>> 0;
  const hostBits = BigInt(128 - length);
  return (address >> hostBits) << hostBits;
};

const bitsOf = (address: Ip): number => (typeof address === 'number' ? 32 : 128);

const checkLength = (address: Ip, length: number): void => {
  const bits = bitsOf(address);
  if (!Number.isInteger(length) || length < 0 || length > bits) {
    throw new RangeError(`${length} is no prefix length from 0 to ${bits}`);
  }
};

/** Reads the address in front of the slash; an error names the whole text, which is what the user wrote. */
const addressBefore = (text: string, slash: number): Ip => {
  try {
    return parseIp(text.slice(0, slash));
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new AddressError(text, error.reason, 'a prefix such as 10.0.0.0/8 or fd00:10::/64');
  }
};
