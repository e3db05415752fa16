import { AddressError, parseIpv4, parseIpv6, parseMac } from '@podpath/net';
import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { valueNamed } from '../model/symbols.ts';
import type { NftScalar, NftValue } from '../model/value.ts';
import type { Cursor } from './cursor.ts';

/** Reads one value: a scalar, a range of two, or a prefix. Throws ParseError. */
export const parseValue = (cursor: Cursor, type: NftDatatype): NftValue => {
  const { token } = cursor;
  if (token.kind === 'string' || type === 'ifname') return parseName(cursor, type);
  const text = cursor.word(`a value of type ${type}`);
  const scalar = scalarOf(type, text);
  if (scalar !== undefined) return scalar;
  if (datatypeInfo(type).hasPrefixes === true && text.includes('/')) {
    const slash = text.lastIndexOf('/');
    const address = scalarOf(type, text.slice(0, slash));
    const length = Number(/^\d{1,3}$/.test(text.slice(slash + 1)) ? text.slice(slash + 1) : -1);
    if (typeof address === 'string' || address === undefined || length < 0) {
      return cursor.fail(`${text} is no prefix`, `a prefix of type ${type}`, token);
    }
    if (length > datatypeInfo(type).bits) {
      const most = datatypeInfo(type).bits;
      return cursor.fail(`${text} is too long a prefix`, `a length from 0 to ${most}`, token);
    }
    return { address, length };
  }
  const dash = text.indexOf('-');
  const first = dash < 0 ? undefined : scalarOf(type, text.slice(0, dash));
  const last = dash < 0 ? undefined : scalarOf(type, text.slice(dash + 1));
  if (first === undefined || last === undefined) {
    return cursor.fail(`${text} is no value of type ${type}`, expectedOf(type), token);
  }
  if (first > last) return cursor.fail(`${text} goes down`, 'the lower end first', token);
  return { first, last };
};

/** As `parseValue`, of what may only be one value. */
export const parseScalar = (cursor: Cursor, type: NftDatatype): NftScalar => {
  const { token } = cursor;
  const value = parseValue(cursor, type);
  return typeof value === 'object'
    ? cursor.fail(`unexpected ${token.text}`, `one value of type ${type}`, token)
    : value;
};

const parseName = (cursor: Cursor, type: NftDatatype): string => {
  const { token } = cursor;
  if (token.kind !== 'string' && token.kind !== 'word') {
    return cursor.fail(`unexpected ${cursor.found}`, `a value of type ${type}`);
  }
  if (type !== 'ifname' && type !== 'iface_index') {
    return cursor.fail(`a string is no value of type ${type}`, expectedOf(type));
  }
  cursor.next();
  if (token.text === '') return cursor.fail('an empty name', 'the name of a device', token);
  return token.text;
};

/** `undefined` when the text is no single value of the type. */
const scalarOf = (type: NftDatatype, text: string): NftScalar | undefined => {
  switch (type) {
    case 'ipv4_addr':
      return address(parseIpv4, text);
    case 'ipv6_addr':
      return address(parseIpv6, text);
    case 'ether_addr':
      return address(parseMac, text);
    case 'iface_index':
      return numberOf(type, text) ?? (/^[A-Za-z]/.test(text) ? text : undefined);
    default:
      return valueNamed(type, text) ?? numberOf(type, text);
  }
};

const address = <A>(parse: (text: string) => A, text: string): A | undefined => {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
};

const numberOf = (type: NftDatatype, text: string): number | undefined => {
  if (!/^(?:\d+|0x[0-9a-fA-F]+)$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 2 ** datatypeInfo(type).bits - 1 ? value : undefined;
};

const expectedOf = (type: NftDatatype): string => `a value of type ${type}`;
