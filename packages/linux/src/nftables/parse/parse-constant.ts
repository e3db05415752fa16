import type { NftDatatype } from '../model/datatype.ts';
import type { NftScalar } from '../model/value.ts';
import type { Cursor } from './cursor.ts';
import { parseScalar } from './parse-scalar.ts';

/** From the loosest to the tightest. */
const LEVELS = [
  ['|', 'or'],
  ['^', 'xor'],
  ['&', 'and'],
] as const;

/**
 * A value made of others: `syn | ack`, `(0x1 ^ 0x3)`. With the operator that it stands on the right of, only what
 * binds tighter belongs to it.
 */
export const parseConstant = (
  cursor: Cursor,
  type: NftDatatype,
  after?: '&' | '|' | '^',
): NftScalar => {
  const level = after === undefined ? 0 : LEVELS.findIndex(([symbol]) => symbol === after) + 1;
  return parseLevel(cursor, type, level);
};

const parseLevel = (cursor: Cursor, type: NftDatatype, level: number): NftScalar => {
  const names = LEVELS[level];
  if (names === undefined) return parsePrimary(cursor, type);
  let value = parseLevel(cursor, type, level + 1);
  while (names.some((name) => name === cursor.keyword)) {
    const { token } = cursor;
    cursor.next();
    const other = parseLevel(cursor, type, level + 1);
    if (typeof value === 'string' || typeof other === 'string') {
      return cursor.fail('bits of a name', 'numbers', token);
    }
    value = apply(names[0], value, other);
  }
  return value;
};

const parsePrimary = (cursor: Cursor, type: NftDatatype): NftScalar => {
  if (!cursor.accept('(')) return parseScalar(cursor, type);
  const value = parseLevel(cursor, type, 0);
  cursor.expect(')');
  return value;
};

const apply = (op: '|' | '^' | '&', a: number | bigint, b: number | bigint): number | bigint => {
  const left = BigInt(a);
  const right = BigInt(b);
  const value = op === '|' ? left | right : op === '^' ? left ^ right : left & right;
  return typeof a === 'bigint' ? value : Number(value);
};
