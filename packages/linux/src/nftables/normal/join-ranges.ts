import type { NftMatch, NftStatement } from '../model/statement.ts';

/** `field >= a` and `field <= b` in a row are `field a-b`. */
export const joinRanges = (statements: readonly NftStatement[]): readonly NftStatement[] => {
  const joined: NftStatement[] = [];
  for (const statement of statements) {
    const range = rangeFrom(joined.at(-1), statement);
    if (range === undefined) joined.push(statement);
    else joined[joined.length - 1] = range;
  }
  return joined;
};

const rangeFrom = (first: NftStatement | undefined, last: NftStatement): NftMatch | undefined => {
  if (first?.kind !== 'match' || last.kind !== 'match' || first.left !== last.left)
    return undefined;
  if (first.op !== '>=' || last.op !== '<=') return undefined;
  const { right: low } = first;
  const { right: high } = last;
  if (typeof low === 'object' || typeof high === 'object' || low > high) return undefined;
  return { kind: 'match', left: last.left, right: { first: low, last: high } };
};
