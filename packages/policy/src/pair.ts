import { familyOf, type IpFamily } from '@podpath/net';
import { isExempt } from './judge.ts';
import type { Party } from './parties.ts';

/** Two ends of a connection, each with the address that is used. */
export interface Pair {
  readonly from: Party;
  readonly to: Party;
}

/** A pod, a node or an address, as each of its addresses. */
export type Member = readonly Party[];

/**
 * A connection of a family from a member of one list to another member of the other. Where it can be, one that policies are
 * asked about: not between a pod and its own node. Absent where there is none.
 */
export const pairOf = (
  sources: readonly Member[],
  destinations: readonly Member[],
  family: IpFamily,
): Pair | undefined => {
  let exempt: Pair | undefined;
  for (const source of sources) {
    const from = inFamily(source, family);
    if (from === undefined) return undefined;
    for (const destination of destinations) {
      if (source === destination) continue;
      const to = inFamily(destination, family);
      if (to === undefined) return undefined;
      if (!isExempt(from, to)) return { from, to };
      exempt ??= { from, to };
    }
  }
  return exempt;
};

/** Members of a list have the same families. */
export const inFamily = (member: Member, family: IpFamily): Party | undefined =>
  member.find(({ address }) => familyOf(address) === family);
