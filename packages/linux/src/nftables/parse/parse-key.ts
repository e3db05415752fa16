import type { NftDatatype } from '../model/datatype.ts';
import { type NftLookupKey, operandDatatype, operandsOf } from '../model/operand.ts';
import type { NftVerdict } from '../model/statement.ts';
import type { NftKey } from '../model/value.ts';
import type { Cursor } from './cursor.ts';
import { parseConstant } from './parse-constant.ts';
import { parseValue } from './parse-scalar.ts';

export const typesOf = (key: NftLookupKey): readonly NftDatatype[] =>
  operandsOf(key).map(operandDatatype);

/** The key of a set's element: as many values as the set's key has places, with `.` between them. */
export const parseKey = (cursor: Cursor, types: readonly NftDatatype[]): NftKey => {
  const [only, ...others] = types;
  if (only !== undefined && others.length === 0) return parsePlace(cursor, only);
  return types.map((type, index) => {
    if (index > 0) cursor.expect('.');
    return parsePlace(cursor, type);
  });
};

const parsePlace = (cursor: Cursor, type: NftDatatype): ReturnType<typeof parseValue> => {
  const { text } = cursor.ahead(1);
  // Several bits of a mask are one value.
  return cursor.keyword === '(' || text === '|'
    ? parseConstant(cursor, type)
    : parseValue(cursor, type);
};

/** What stands between `{` and `}` with commas between. */
export const parseBraced = <T>(cursor: Cursor, parse: () => T): readonly T[] => {
  cursor.expect('{');
  const items: T[] = [];
  for (;;) {
    cursor.skipNewlines();
    if (items.length > 0 && cursor.accept('}')) return items;
    items.push(parse());
    cursor.skipNewlines();
    if (cursor.accept('}')) return items;
    cursor.expect(',');
  }
};

const VERDICTS = ['accept', 'drop', 'continue', 'return', 'jump', 'goto'] as const;

export const isVerdictWord = (word: string): word is NftVerdict['kind'] =>
  VERDICTS.some((each) => each === word);

export const parseVerdict = (cursor: Cursor): NftVerdict => {
  if (cursor.keyword === 'queue') return cursor.refuse('queue');
  const kind = cursor.oneOf(VERDICTS, 'a verdict');
  return kind === 'jump' || kind === 'goto'
    ? { kind, chain: cursor.word('the name of a chain') }
    : { kind };
};
