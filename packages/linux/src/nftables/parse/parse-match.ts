import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { type NftLookupKey, type NftOperand, operandsOf } from '../model/operand.ts';
import type { NftMatch, NftOperator, NftVerdictMap } from '../model/statement.ts';
import type { Cursor } from './cursor.ts';
import { parseConstant } from './parse-constant.ts';
import { parseBraced, parseKey, parseVerdict, typesOf } from './parse-key.ts';
import { parseValue } from './parse-scalar.ts';

const OPERATORS: ReadonlyMap<string, NftOperator> = new Map([
  ['==', '=='],
  ['eq', '=='],
  ['!=', '!='],
  ['ne', '!='],
  ['neq', '!='],
  ['<', '<'],
  ['lt', '<'],
  ['>', '>'],
  ['gt', '>'],
  ['<=', '<='],
  ['le', '<='],
  ['lte', '<='],
  ['>=', '>='],
  ['ge', '>='],
  ['gte', '>='],
]);

/** What follows a key that has been read: a comparison, or `vmap` with its map. */
export const parseRelation = (cursor: Cursor, left: NftLookupKey): NftMatch | NftVerdictMap => {
  if (cursor.accept('vmap')) return parseVerdictMap(cursor, left);
  const operator = OPERATORS.get(cursor.keyword);
  if (operator !== undefined) cursor.next();
  if (cursor.accept('@')) {
    return match(left, operator, { set: cursor.word('the name of a set') });
  }
  const types = typesOf(left);
  if (cursor.keyword === '{') {
    return match(left, operator, { elements: parseBraced(cursor, () => parseKey(cursor, types)) });
  }
  const [operand, ...others] = operandsOf(left);
  const [type] = types;
  if (operand === undefined || type === undefined || others.length > 0) {
    return cursor.fail(`unexpected ${cursor.found}`, 'a set, as several fields are compared');
  }
  return datatypeInfo(type).isBitmask === true
    ? parseBits(cursor, operand, type, operator)
    : match(operand, operator, parseCompared(cursor, type));
};

const match = (
  left: NftLookupKey,
  op: NftOperator | undefined,
  right: NftMatch['right'],
): NftMatch => ({ kind: 'match', left, ...(op === undefined ? {} : { op }), right });

const parseCompared = (cursor: Cursor, type: NftDatatype): NftMatch['right'] => {
  const { text } = cursor.ahead(1);
  return cursor.keyword === '(' || ['|', '&', '^', 'or', 'and', 'xor'].includes(text)
    ? parseConstant(cursor, type)
    : parseValue(cursor, type);
};

/**
 * Bit masks: `established,related` (any of them), `! new` (none), `== syn` (no others), `syn / syn,ack` (of these,
 * just those).
 */
const parseBits = (
  cursor: Cursor,
  operand: NftOperand,
  type: NftDatatype,
  operator: NftOperator | undefined,
): NftMatch => {
  if (operator === undefined && cursor.accept('!')) {
    const mask = parseList(cursor, type);
    return match(masked(cursor, operand, mask), '==', 0);
  }
  const value = parseList(cursor, type);
  if (!cursor.accept('/')) {
    const isMasked = typeof operand === 'object';
    return match(operand, operator ?? (isMasked ? '==' : undefined), value);
  }
  return match(masked(cursor, operand, parseList(cursor, type)), operator ?? '==', value);
};

const masked = (cursor: Cursor, operand: NftOperand, mask: number): NftOperand =>
  typeof operand === 'string'
    ? { kind: 'bitwise', of: operand, mask }
    : cursor.fail('two masks', 'one mask');

/** `a,b` or `a | b`. */
const parseList = (cursor: Cursor, type: NftDatatype): number => {
  const first = parseConstant(cursor, type);
  let bits = Number(first);
  while (cursor.accept(',')) bits = (bits | Number(parseConstant(cursor, type))) >>> 0;
  return bits;
};

const parseVerdictMap = (cursor: Cursor, key: NftLookupKey): NftVerdictMap => {
  if (cursor.accept('@')) {
    return { kind: 'vmap', key, map: { set: cursor.word('the name of a map') } };
  }
  const types = typesOf(key);
  const elements = parseBraced(cursor, () => {
    const element = parseKey(cursor, types);
    cursor.expect(':');
    return { key: element, data: parseVerdict(cursor) };
  });
  return { kind: 'vmap', key, map: { elements } };
};
