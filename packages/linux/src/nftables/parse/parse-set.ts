import { isDeclarable, type NftDatatype } from '../model/datatype.ts';
import type { NftElement, NftSetSpec, NftSetTypes } from '../model/ruleset.ts';
import type { Cursor } from './cursor.ts';
import { parseBraced, parseKey, parseVerdict, typesOf } from './parse-key.ts';
import { parseLookupKey } from './parse-operand.ts';
import { parseCounts, parseTime } from './parse-statement.ts';

export interface ParsedSet {
  readonly spec: NftSetSpec;
  readonly elements: readonly NftElement[];
}

/** What stands between a set's braces, the opening one read. Throws ParseError. */
export const parseSetBody = (cursor: Cursor, what: 'set' | 'map'): ParsedSet => {
  const start = cursor.token;
  let spec: Partial<NftSetSpec> = {};
  let elements: readonly NftElement[] = [];
  for (;;) {
    cursor.skipSeparators();
    if (cursor.accept('}')) break;
    const { key } = spec;
    if (cursor.keyword === 'elements') {
      if (key === undefined) return cursor.fail('elements before the type', 'type first');
      elements = parseElementsLine(cursor, { ...spec, key });
    } else {
      spec = { ...spec, ...parseProperty(cursor) };
    }
    if (!cursor.isAtEnd) cursor.fail(`unexpected ${cursor.found}`, 'the end of the line');
  }
  const { key, data } = spec;
  if (key === undefined) return cursor.fail(`a ${what} without a type`, 'type', start);
  if ((data !== undefined) !== (what === 'map')) {
    return cursor.fail(
      `a ${what} of the type of a ${what === 'map' ? 'set' : 'map'}`,
      what === 'map' ? 'type KEY : VALUE' : 'type KEY',
      start,
    );
  }
  return { spec: { ...spec, key }, elements };
};

const parseProperty = (cursor: Cursor): Partial<NftSetSpec> => {
  const { token, keyword } = cursor;
  cursor.next();
  switch (keyword) {
    case 'type':
      return parseTypes(cursor);
    case 'flags':
      return parseFlags(cursor);
    case 'timeout':
      return { timeoutMs: parseTime(cursor) };
    case 'gc-interval':
      return { gcIntervalMs: parseTime(cursor) };
    case 'size':
      return { size: cursor.number('a size') };
    case 'policy':
      return { policy: cursor.oneOf(['performance', 'memory'], 'a policy') };
    case 'comment':
      return { comment: cursor.string('a comment') };
    case 'typeof':
      return parseTypeOf(cursor);
    case 'auto-merge':
      return { autoMerge: true };
    case 'counter':
      return { counter: parseCounts(cursor) };
    case 'limit':
    case 'quota':
      return cursor.refuse(`${keyword} in a set`, token);
    default:
      return cursor.fail(`unexpected ${token.text}`, 'a property of a set', token);
  }
};

/** `typeof ip saddr . tcp dport`. */
const parseTypeOf = (cursor: Cursor): Partial<NftSetSpec> => {
  const typeOf = parseLookupKey(cursor);
  const key = typesOf(typeOf);
  if (!cursor.accept(':')) return { key, typeOf: { key: typeOf } };
  if (cursor.accept('verdict')) return { key, data: 'verdict', typeOf: { key: typeOf } };
  const data = parseLookupKey(cursor);
  return { key, data: typesOf(data), typeOf: { key: typeOf, data } };
};

const parseTypes = (cursor: Cursor): NftSetTypes => {
  const key = parseTypeList(cursor);
  if (!cursor.accept(':')) return { key };
  if (cursor.accept('verdict')) return { key, data: 'verdict' };
  return { key, data: parseTypeList(cursor) };
};

const parseTypeList = (cursor: Cursor): readonly NftDatatype[] => {
  const types = [parseType(cursor)];
  while (cursor.accept('.')) types.push(parseType(cursor));
  return types;
};

const parseType = (cursor: Cursor): NftDatatype => {
  const { token } = cursor;
  const name = cursor.word('a datatype');
  return isDeclarable(name) ? name : cursor.refuse(`the datatype ${name}`, token);
};

const FLAGS = ['constant', 'interval', 'timeout', 'dynamic'] as const;

const parseFlags = (cursor: Cursor): Partial<NftSetSpec> => {
  let flags: Partial<NftSetSpec> = {};
  do flags = { ...flags, [cursor.oneOf(FLAGS, 'a flag')]: true };
  while (cursor.accept(','));
  return flags;
};

const parseElementsLine = (cursor: Cursor, types: NftSetTypes): readonly NftElement[] => {
  cursor.expect('elements');
  cursor.expect('=');
  return parseElements(cursor, types);
};

/** `{ key counter packets 0 bytes 0 timeout 1h comment "…" : value, … }`. */
export const parseElements = (cursor: Cursor, types: NftSetTypes): readonly NftElement[] =>
  parseBraced(cursor, () => parseElement(cursor, types));

const parseElement = (cursor: Cursor, { key: types, data }: NftSetTypes): NftElement => {
  let element: NftElement = { key: parseKey(cursor, types) };
  if (cursor.accept('counter')) element = { ...element, counter: parseCounts(cursor) };
  for (;;) {
    if (cursor.accept('timeout')) element = { ...element, timeoutMs: parseTime(cursor) };
    else if (cursor.accept('expires')) element = { ...element, expiresMs: parseTime(cursor) };
    else if (cursor.accept('comment'))
      element = { ...element, comment: cursor.string('a comment') };
    else if (['counter', 'limit', 'quota'].includes(cursor.keyword)) {
      return cursor.refuse(`${cursor.keyword} of an element`);
    } else break;
  }
  if (!cursor.accept(':')) return element;
  if (data === undefined) return cursor.fail('a value in a set', 'a key alone, as it is no map');
  return {
    ...element,
    data: data === 'verdict' ? parseVerdict(cursor) : parseKey(cursor, data),
  };
};
