import type { NftDatatype } from '../model/datatype.ts';
import type { NftLookupKey } from '../model/operand.ts';
import type { NftMapLookup, NftSource } from '../model/statement.ts';
import type { Cursor } from './cursor.ts';
import { parseConstant } from './parse-constant.ts';
import { parseBraced, parseKey, typesOf } from './parse-key.ts';
import { beginsOperand, parseLookupKey } from './parse-operand.ts';

/** What a mark is set to. */
export const parseMarkSource = (cursor: Cursor): NftSource => {
  if (!beginsOperand(cursor) || isGroupedNumber(cursor))
    return Number(parseConstant(cursor, 'mark'));
  const { token } = cursor;
  const key = parseLookupKey(cursor);
  if (cursor.keyword === 'map') return parseMapLookup(cursor, key, ['mark']);
  return isOperandAlone(key) ? key : cursor.fail('several fields', 'a map, or one field', token);
};

const isOperandAlone = (key: NftLookupKey): key is Exclude<NftLookupKey, readonly unknown[]> =>
  !Array.isArray(key);

const isGroupedNumber = (cursor: Cursor): boolean =>
  cursor.keyword === '(' && /^\d/.test(cursor.ahead(1).text);

/** `map @name` or `map { … }` after the key. */
export const parseMapLookup = (
  cursor: Cursor,
  key: NftLookupKey,
  data: readonly NftDatatype[],
): NftMapLookup => {
  cursor.expect('map');
  if (cursor.accept('@')) {
    return { kind: 'map', key, map: { set: cursor.word('the name of a map') } };
  }
  const types = typesOf(key);
  const elements = parseBraced(cursor, () => {
    const element = parseKey(cursor, types);
    cursor.expect(':');
    return { key: element, data: parseData(cursor, data) };
  });
  return { kind: 'map', key, map: { elements } };
};

/** An address may stand without the port that could follow it. */
const parseData = (cursor: Cursor, types: readonly NftDatatype[]): ReturnType<typeof parseKey> => {
  const [first] = types;
  if (first === undefined || types.length === 1) return parseKey(cursor, types);
  const alone = parseKey(cursor, [first]);
  if (!cursor.accept('.')) return alone;
  const rest = parseKey(cursor, types.slice(1));
  return [alone, rest].flat() as ReturnType<typeof parseKey>;
};
