import { NFT_FAMILIES, type NftFamily } from '../model/ruleset.ts';
import type { Cursor } from './cursor.ts';

export interface InTable {
  readonly family: NftFamily;
  readonly table: string;
}

export interface InChain extends InTable {
  readonly chain: string;
}

export interface InSet extends InTable {
  readonly set: string;
}

/** A family and the name of a table. Without a family it is `ip`. */
export const parseTableName = (cursor: Cursor): InTable => {
  const family = NFT_FAMILIES.find((each) => each === cursor.keyword);
  if (family !== undefined) cursor.next();
  return { family: family ?? 'ip', table: cursor.word('the name of a table') };
};

export const parseChainName = (cursor: Cursor): InChain => ({
  ...parseTableName(cursor),
  chain: cursor.word('the name of a chain'),
});

export const parseSetName = (cursor: Cursor): InSet => ({
  ...parseTableName(cursor),
  set: cursor.word('the name of a set'),
});

/** Objects of nft that are not emulated. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'counter',
  'ct',
  'flowtable',
  'limit',
  'meter',
  'quota',
  'secmark',
  'synproxy',
  'tunnel',
]);

/** What kind of object a command is about. */
export const parseObject = <const T extends string>(cursor: Cursor, objects: readonly T[]): T => {
  if (UNSUPPORTED.has(cursor.keyword)) cursor.refuse(cursor.keyword);
  return cursor.oneOf(objects, 'an object');
};

/** A handle as `nft -a` prints it. */
export const parseHandle = (cursor: Cursor): number => {
  cursor.expect('handle');
  return cursor.number('a handle', Number.MAX_SAFE_INTEGER);
};
