import { type ConnectionSet, formatConnections } from './connection-set.ts';
import type { Reachability } from './reachability.ts';

/** Every pair of a matrix, with equal sets of connections folded into one. */
export interface ReachabilityTable {
  /** In the order in which the matrix first has them. */
  readonly sets: readonly ConnectionSet[];
  /** `matrix[from][to]` is an index of `sets`; `null` where there is nothing to connect. */
  readonly matrix: readonly (readonly (number | null)[])[];
}

export const tabulate = ({ ends, connections }: Reachability): ReachabilityTable => {
  const sets: ConnectionSet[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (set: ConnectionSet): number => {
    const key = formatConnections(set);
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, sets.push(set) - 1);
    return sets.length - 1;
  };
  const matrix = ends.map((_, from) =>
    ends.map((__, to) => {
      const set = connections(from, to);
      return set === undefined ? null : indexOf(set);
    }),
  );
  return { sets, matrix };
};
