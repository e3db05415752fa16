import type { NftCommand, NftOperation } from '../model/command.ts';
import { NFT_FAMILIES } from '../model/ruleset.ts';
import { Cursor } from './cursor.ts';
import { parseChainName, parseHandle, parseObject, parseSetName, parseTableName } from './names.ts';
import { parseChain, parseSet, parseTable } from './parse-block.ts';
import { parseElements } from './parse-set.ts';
import { parseRule } from './parse-statement.ts';
import { type KnownSets, SetTypes } from './set-types.ts';

/**
 * Reads what `nft -f` reads and `nft list ruleset` prints, as one transaction. What podpath does not emulate is
 * refused by name, and nothing is left out. Throws ParseError.
 *
 * `file` is what messages call the text. Elements of sets that the text does not declare need `known`.
 */
export const parseNft = (
  text: string,
  file: string,
  known: KnownSets = () => undefined,
): NftCommand => {
  const cursor = new Cursor(text, file);
  const types = new SetTypes(known);
  const operations: NftOperation[] = [];
  for (;;) {
    cursor.skipSeparators();
    if (cursor.token.kind === 'end') return { kind: 'nft', operations };
    operations.push(...parseCommand(cursor, types));
    if (!cursor.isAtEnd || cursor.keyword === '}') {
      cursor.fail(`unexpected ${cursor.found}`, 'the end of the line');
    }
  }
};

const COMMANDS = ['add', 'create', 'insert', 'replace', 'delete', 'flush', 'table'] as const;
/** What else nft can be told. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'define',
  'describe',
  'destroy',
  'export',
  'get',
  'import',
  'include',
  'list',
  'monitor',
  'redefine',
  'rename',
  'reset',
  'undefine',
  '$',
]);

const parseCommand = (cursor: Cursor, types: SetTypes): readonly NftOperation[] => {
  if (UNSUPPORTED.has(cursor.keyword)) cursor.refuse(cursor.keyword);
  const command = cursor.oneOf(COMMANDS, 'a command');
  switch (command) {
    case 'table':
      return parseTable(cursor, 'add-table', types);
    case 'add':
    case 'create':
      return parseAdd(cursor, command, types);
    case 'insert':
      cursor.expect('rule');
      return [parseRuleAt(cursor, 'insert-rule')];
    case 'replace': {
      cursor.expect('rule');
      const place = parseChainName(cursor);
      const handle = parseHandle(cursor);
      const rule = parseRule(cursor, place.family);
      return [{ op: 'replace-rule', ...place, handle, rule }];
    }
    case 'delete':
      return [parseDelete(cursor, types)];
    case 'flush':
      return [parseFlush(cursor)];
  }
};

const parseAdd = (
  cursor: Cursor,
  command: 'add' | 'create',
  types: SetTypes,
): readonly NftOperation[] => {
  const object = parseObject(cursor, ['table', 'chain', 'rule', 'set', 'map', 'element']);
  switch (object) {
    case 'table':
      return parseTable(cursor, `${command}-table`, types);
    case 'chain':
      return parseChain(cursor, `${command}-chain`, parseChainName(cursor));
    case 'rule':
      return [parseRuleAt(cursor, 'add-rule')];
    case 'set':
    case 'map': {
      const set = parseSetName(cursor);
      return parseSet(cursor, { op: `${command}-set`, what: object, set }, types);
    }
    case 'element':
      return [parseElementsOf(cursor, `${command}-elements`, types)];
  }
};

/** A rule, maybe beside another: `handle 5`, or `index 0`. */
const parseRuleAt = (cursor: Cursor, op: 'add-rule' | 'insert-rule'): NftOperation => {
  const place = parseChainName(cursor);
  const most = Number.MAX_SAFE_INTEGER;
  const beside =
    cursor.accept('handle') || cursor.accept('position')
      ? { handle: cursor.number('a handle', most) }
      : cursor.accept('index')
        ? { index: cursor.number('an index') }
        : {};
  return { op, ...place, ...beside, rule: parseRule(cursor, place.family) };
};

const parseElementsOf = (
  cursor: Cursor,
  op: 'add-elements' | 'create-elements' | 'delete-elements',
  types: SetTypes,
): NftOperation => {
  const set = parseSetName(cursor);
  const made = types.of(set, cursor);
  return { op, ...set, ...made, elements: parseElements(cursor, made) };
};

const parseDelete = (cursor: Cursor, types: SetTypes): NftOperation => {
  switch (parseObject(cursor, ['table', 'chain', 'rule', 'set', 'map', 'element'])) {
    case 'table':
      return { op: 'delete-table', ...parseTableName(cursor) };
    case 'chain':
      return { op: 'delete-chain', ...parseChainName(cursor) };
    case 'rule': {
      const place = parseChainName(cursor);
      return { op: 'delete-rule', ...place, handle: parseHandle(cursor) };
    }
    case 'set':
    case 'map':
      return { op: 'delete-set', ...parseSetName(cursor) };
    case 'element':
      return parseElementsOf(cursor, 'delete-elements', types);
  }
};

const parseFlush = (cursor: Cursor): NftOperation => {
  switch (parseObject(cursor, ['ruleset', 'table', 'chain', 'set', 'map'])) {
    case 'ruleset': {
      const family = cursor.isAtEnd ? undefined : cursor.oneOf(NFT_FAMILIES, 'a family');
      return { op: 'flush-ruleset', ...(family === undefined ? {} : { family }) };
    }
    case 'table':
      return { op: 'flush-table', ...parseTableName(cursor) };
    case 'chain':
      return { op: 'flush-chain', ...parseChainName(cursor) };
    case 'set':
      return { op: 'flush-set', ...parseSetName(cursor) };
    case 'map':
      return { op: 'flush-map', ...parseSetName(cursor) };
  }
};
