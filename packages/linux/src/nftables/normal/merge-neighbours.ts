import type { NftField } from '../model/field.ts';
import { isValue, type NftMatch, type NftStatement } from '../model/statement.ts';

/** Fields that lie side by side in a header, the first before the second. */
const NEIGHBOURS: ReadonlyMap<NftField, NftField> = new Map([
  ['tcp sport', 'tcp dport'],
  ['udp sport', 'udp dport'],
  ['sctp sport', 'sctp dport'],
  ['icmp type', 'icmp code'],
  ['icmpv6 type', 'icmpv6 code'],
  ['ether daddr', 'ether saddr'],
  ['ip ttl', 'ip protocol'],
  ['ip6 nexthdr', 'ip6 hoplimit'],
]);

/** A comparison of one field with one value. */
type Exact = NftMatch & { readonly left: NftField; readonly right: number };

/**
 * nft compares neighbouring fields of a header at once, where both are to be equal to something or both are
 * not (payload_do_merge in nft's src/payload.c). Here they are put side by side, in the order of the
 * header, where nft puts them: at the first field's place, but never away from where the protocol is asked for.
 *
 * Two `!=` that are merged ask for something else than two that are not: see `isMergedPair`.
 */
export const mergeNeighbours = (statements: readonly NftStatement[]): readonly NftStatement[] => {
  const ordered = [...statements];
  for (const statement of statements) {
    if (!isExact(statement)) continue;
    const second = partnerOf(statement, ordered);
    if (second === undefined) continue;
    const stays = second.left === 'ip protocol' ? second : statement;
    const moves = stays === second ? statement : second;
    ordered.splice(ordered.indexOf(moves), 1);
    const at = ordered.indexOf(stays);
    ordered.splice(at, 1, statement, second);
  }
  return ordered;
};

/** The comparison of the field after this one's, with nothing but comparisons between. */
const partnerOf = (first: Exact, statements: readonly NftStatement[]): Exact | undefined => {
  const at = statements.indexOf(first);
  for (const direction of [1, -1]) {
    for (let index = at + direction; ; index += direction) {
      const other = statements[index];
      if (other?.kind !== 'match') break;
      if (isExact(other) && isMergedPair(first, other)) return other;
    }
  }
  return undefined;
};

/**
 * Whether two comparisons are made at once. With `!=` they then ask that the two fields together are not
 * the two values, and not that neither of them is.
 */
export const isMergedPair = (first: NftStatement, second: NftStatement): boolean =>
  isExact(first) &&
  isExact(second) &&
  NEIGHBOURS.get(first.left) === second.left &&
  isDifferent(first) === isDifferent(second);

const isDifferent = ({ op }: NftMatch): boolean => op === '!=';

const isExact = (statement: NftStatement): statement is Exact =>
  statement.kind === 'match' &&
  typeof statement.left === 'string' &&
  (statement.op === undefined || statement.op === '!=') &&
  isValue(statement.right) &&
  typeof statement.right === 'number';
