import { comparePrefixes, formatPrefix, type Ipv4Prefix } from '@podpath/net';
import { type AddressRange, mergeAdjacent, prefixesOf } from './address-range.ts';

/** The ipset of what a node owns. External traffic to it keeps its source address. */
export const NO_MASQ_LOCAL = 'weaver-no-masq-local';

/** Members of the set: the fewest prefixes that make up a node's ranges. */
export const noMasqMembers = (owned: Iterable<AddressRange>): Ipv4Prefix[] =>
  mergeAdjacent(owned).flatMap(prefixesOf).sort(comparePrefixes);

/**
 * What has to change in the set when a node's ranges change: additions come first, so that no address
 * that stays owned is ever missing (weave, net/bridge.go).
 */
export const noMasqChanges = (
  before: Iterable<AddressRange>,
  after: Iterable<AddressRange>,
): { readonly add: Ipv4Prefix[]; readonly remove: Ipv4Prefix[] } => {
  const old = noMasqMembers(before);
  const wanted = noMasqMembers(after);
  const without = (members: Ipv4Prefix[], others: Ipv4Prefix[]) => {
    const texts = new Set(others.map(formatPrefix));
    return members.filter((member) => !texts.has(formatPrefix(member)));
  };
  return { add: without(wanted, old), remove: without(old, wanted) };
};
