import {
  AddressError,
  type Ip,
  type Prefix,
  parsePrefix,
  parsePrefixLoose,
  prefixOf,
  tryParseIp,
} from '@podpath/net';
import { type Field, show } from './field.ts';

const IPV4_MAPPED = 0xffffn;

/**
 * An address as API servers have always taken it: leading zeros are decimal (010 is 10), and an
 * IPv4-mapped IPv6 address is the IPv4 address.
 */
const parseLenientIp = (text: string): Ip | undefined => {
  const ip = tryParseIp(withoutLeadingZeros(text));
  if (typeof ip !== 'bigint' || ip >> 32n !== IPV4_MAPPED) return ip;
  return Number(ip & 0xffff_ffffn);
};

/** As `parseLenientIp`, for prefixes; host bits are cleared. */
const parseLenientPrefix = (text: string): Prefix => {
  const slash = text.indexOf('/');
  if (slash < 0) return parsePrefixLoose(text);
  const address = text.slice(0, slash);
  const length = text.slice(slash + 1).replace(/^0+(?=[0-9])/, '');
  const ip = parseLenientIp(address);
  const isMapped = typeof ip === 'number' && address.includes(':');
  if (isMapped && Number(length) >= 96 && Number(length) <= 128) {
    return prefixOf(ip, Number(length) - 96);
  }
  return parsePrefixLoose(`${withoutLeadingZeros(address)}/${length}`);
};

const parseStrictPrefix = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (typeof prefix.address === 'bigint' && prefix.address >> 32n === IPV4_MAPPED) {
    throw new AddressError(text, 'is an IPv4-mapped IPv6 prefix', 'the IPv4 prefix');
  }
  return prefix;
};

const withoutLeadingZeros = (text: string): string =>
  text.includes('.') ? text.replace(/(^|[.:])0+(?=[0-9]+(\.|$))/g, '$1') : text;

export const readIp = (field: Field): Ip | undefined => {
  const text = field.text();
  if (text === undefined) return undefined;
  const ip = parseLenientIp(text);
  if (ip === undefined) field.invalid(`${show(text)} is no IP address`, 'an IPv4 or IPv6 address');
  return ip;
};

/** `strict` is StrictIPCIDRValidation of newer API servers: host bits and odd spellings are faults. */
export const readPrefix = (field: Field, strict = false): Prefix | undefined => {
  const text = field.string();
  if (text === undefined) return undefined;
  try {
    return (strict ? parseStrictPrefix : parseLenientPrefix)(text.trim());
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    field.invalid(`${show(text)} ${error.reason}`, `a CIDR: ${error.expected}`);
    return undefined;
  }
};

/** The first of each family, in order. */
export const oneOfEachFamily = <T>(items: readonly T[], addressOf: (item: T) => Ip): readonly T[] =>
  items.filter((item, index) => {
    const family = typeof addressOf(item);
    return items.findIndex((other) => typeof addressOf(other) === family) === index;
  });
