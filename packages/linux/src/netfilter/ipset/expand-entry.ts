import { addToIp, familyOf, type Ip, type IpFamily, lastAddress, type Prefix } from '@podpath/net';
import { invalid, type Refusal } from '../refusal.ts';
import type { IpsetEntry, IpsetType } from '../rule.ts';
import { BAD_CIDR, RANGE_UNSUPPORTED, WHOLE_RANGE, WRONG_FAMILY, wrongKind } from './member-set.ts';
import { hasPorts, protocolNumberOf } from './packet-port.ts';

const LAST_PORT = 65_535;

export const wholeLength = (family: IpFamily): number => (family === 4 ? 32 : 128);

/** The addresses of an entry, in a set of addresses. */
export const addressesOf = (
  entry: IpsetEntry,
  family: IpFamily,
  type: IpsetType,
): Iterable<Ip> | Refusal => {
  switch (entry.kind) {
    case 'ip':
      return familyOf(entry.address) === family ? [entry.address] : WRONG_FAMILY;
    case 'net': {
      const { address, length } = entry.prefix;
      if (familyOf(address) !== family) return WRONG_FAMILY;
      if (length === wholeLength(family)) return [address];
      if (family === 6 || length === 0) return BAD_CIDR;
      return addressesBetween(address, lastAddress(entry.prefix));
    }
    case 'range': {
      const refusal = checkRange(entry.first, entry.last, family);
      return refusal ?? addressesBetween(entry.first, entry.last);
    }
    default:
      return wrongKind(type, entry);
  }
};

/** The prefixes of an entry, in a set of prefixes. */
export const prefixesOf = (
  entry: IpsetEntry,
  family: IpFamily,
  type: IpsetType,
): Iterable<Prefix> | Refusal => {
  switch (entry.kind) {
    case 'ip':
      return familyOf(entry.address) === family
        ? [{ address: entry.address, length: wholeLength(family) }]
        : WRONG_FAMILY;
    case 'net':
      return checkPrefix(entry.prefix, family) ?? [entry.prefix];
    case 'range': {
      const { first, last } = entry;
      const refusal = checkRange(first, last, family);
      if (refusal !== undefined) return refusal;
      if (first === 0 && last === 0xffff_ffff) return WHOLE_RANGE;
      return typeof first === 'number' && typeof last === 'number'
        ? prefixesBetween(first, last)
        : RANGE_UNSUPPORTED;
    }
    default:
      return wrongKind(type, entry);
  }
};

/** No set but one of pairs of networks takes all addresses for a network. */
export const checkPrefix = ({ address, length }: Prefix, family: IpFamily): Refusal | undefined => {
  if (familyOf(address) !== family) return WRONG_FAMILY;
  return length === 0 ? BAD_CIDR : undefined;
};

const checkRange = (first: Ip, last: Ip, family: IpFamily): Refusal | undefined => {
  if (familyOf(first) !== family || familyOf(last) !== family) return WRONG_FAMILY;
  if (family === 6) return RANGE_UNSUPPORTED;
  return first <= last ? undefined : invalid('a range must not end before it begins');
};

function* addressesBetween(first: Ip, last: Ip): Iterable<Ip> {
  for (let address = first; ; address = addToIp(address, 1)) {
    yield address;
    if (address >= last) return;
  }
}

/** The fewest prefixes that make up a range (ip_set_range_to_cidr). */
function* prefixesBetween(first: number, last: number): Iterable<Prefix> {
  let from = first;
  while (from <= last) {
    let length = 1;
    while (length < 32 && (from % 2 ** (32 - length) !== 0 || from + 2 ** (32 - length) - 1 > last))
      length++;
    yield { address: from, length };
    from += 2 ** (32 - length);
  }
}

type PortEntry = Extract<IpsetEntry, { readonly protocol: unknown }>;

/** The ports of an entry; protocols without ports have port 0. */
export const portsOf = ({
  protocol,
  port,
  lastPort = port,
}: PortEntry): Iterable<number> | Refusal => {
  const number = protocolNumberOf(protocol);
  if (!Number.isInteger(number) || number < 1 || number > 255) {
    return { code: 'IPSET_ERR_INVALID_PROTO', why: 'invalid protocol specified' };
  }
  if (number === 1 || number === 58) return ICMP_MEMBER;
  if (!hasPorts(number)) {
    return port === 0 && lastPort === 0
      ? [0]
      : invalid(`protocol ${number} can be used with pseudo port value 0 only`);
  }
  return isPort(port) && isPort(lastPort) && port <= lastPort
    ? numbersBetween(port, lastPort)
    : invalid('invalid port or port range');
};

export const isPort = (port: number): boolean =>
  Number.isInteger(port) && port >= 0 && port <= LAST_PORT;

export function* numbersBetween(first: number, last: number): Iterable<number> {
  for (let number = first; number <= last; number++) yield number;
}

const ICMP_MEMBER: Refusal = {
  code: 'EOPNOTSUPP',
  why: 'podpath does not emulate members with types of ICMP',
};
