import type { NftOperation } from '../model/command.ts';
import type { Cursor } from './cursor.ts';
import { type InChain, type InSet, type InTable, parseObject, parseTableName } from './names.ts';
import { parseChainBody } from './parse-chain.ts';
import { parseSetBody } from './parse-set.ts';
import type { SetTypes } from './set-types.ts';

/**
 * A table from its name on, maybe with all that is in it. Its chains come first and its rules last, so that
 * maps find chains, and rules find both.
 */
export const parseTable = (
  cursor: Cursor,
  op: 'add-table' | 'create-table',
  types: SetTypes,
): readonly NftOperation[] => {
  const place = parseTableName(cursor);
  let comment: string | undefined;
  let dormant = false;
  const chains: NftOperation[] = [];
  const sets: NftOperation[] = [];
  const rules: NftOperation[] = [];
  const isOpen = cursor.accept('{');
  while (isOpen) {
    cursor.skipSeparators();
    if (cursor.accept('}')) break;
    if (cursor.accept('comment')) {
      comment = cursor.string('a comment');
    } else if (cursor.accept('flags')) {
      cursor.oneOf(['dormant'], 'a flag');
      dormant = true;
    } else {
      const object = parseObject(cursor, ['set', 'map', 'chain']);
      if (object === 'chain') {
        const [chain, ...others] = parseChainIn(cursor, place);
        if (chain !== undefined) chains.push(chain);
        rules.push(...others);
      } else {
        const set = { ...place, set: cursor.word(`the name of a ${object}`) };
        sets.push(...parseSet(cursor, { op: 'add-set', what: object, set }, types));
      }
    }
    if (!cursor.isAtEnd) cursor.fail(`unexpected ${cursor.found}`, 'the end of the line');
  }
  const table: NftOperation = {
    op,
    ...place,
    ...(comment === undefined ? {} : { comment }),
    ...(dormant ? { dormant } : {}),
  };
  return [table, ...chains, ...sets, ...rules];
};

const parseChainIn = (cursor: Cursor, place: InTable): readonly NftOperation[] => {
  const chain = { ...place, chain: cursor.word('the name of a chain') };
  if (cursor.keyword !== '{') cursor.fail(`unexpected ${cursor.found}`, '"{"');
  return parseChain(cursor, 'add-chain', chain);
};

/** A chain after its name: the braces, if any, and what is in them. */
export const parseChain = (
  cursor: Cursor,
  op: 'add-chain' | 'create-chain',
  place: InChain,
): readonly NftOperation[] => {
  if (!cursor.accept('{')) return [{ op, ...place }];
  const { rules, ...body } = parseChainBody(cursor, place.family);
  return [
    { op, ...place, ...body },
    ...rules.map((rule): NftOperation => ({ op: 'add-rule', ...place, rule })),
  ];
};

/** A set or map after its name, with its elements. */
export const parseSet = (
  cursor: Cursor,
  {
    op,
    what,
    set,
  }: {
    readonly op: 'add-set' | 'create-set';
    readonly what: 'set' | 'map';
    readonly set: InSet;
  },
  types: SetTypes,
): readonly NftOperation[] => {
  cursor.expect('{');
  const { spec, elements } = parseSetBody(cursor, what);
  types.declare(set, spec);
  const added: NftOperation = { op, ...set, spec };
  if (elements.length === 0) return [added];
  return [added, { op: 'add-elements', ...set, ...types.of(set, cursor), elements }];
};
