import type { Cluster } from '@podpath/cluster';
import type { ConnectionSet } from '../connection-set.ts';
import { getOrAdd } from '../get-or-add.ts';
import { type Reachability, type ReachabilityOptions, reachability } from '../reachability.ts';
import { type ByFamily, narrowing, type TrafficFilter } from './by-family.ts';
import { type End, endOf } from './end.ts';
import type { EndPattern } from './end-pattern.ts';
import { QuestionError } from './question-error.ts';

export interface MatrixQuestion extends Omit<ReachabilityOptions, 'namespaces'> {
  /** Only connections from ends that one of them matches; absent: from all. */
  readonly from?: readonly EndPattern[];
  /** Only connections to ends that one of them matches; absent: to all. */
  readonly to?: readonly EndPattern[];
  readonly traffic?: TrafficFilter;
}

/** Who may connect to whom, all pairs. */
export interface Matrix {
  /** Workloads sorted by namespace, name and kind, then nodes, then what is outside. */
  readonly ends: readonly End[];
  /** Rows and columns, as indexes of `ends`, ascending. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Row by row, worked out while one goes through them and not kept: a large cluster's matrix need not fit in memory. */
  rows(): Iterable<MatrixRow>;
  /** How many pods are meant by the nodes that they run on. */
  readonly hostNetworkPods: number;
}

export interface MatrixRow {
  readonly from: number;
  /** Each answer once, with who it is for. Ends that there is nothing to connect to are in none. */
  readonly cells: readonly MatrixCell[];
}

export interface MatrixCell {
  /** First and last indexes of ends in a row, both included. */
  readonly to: readonly (readonly [first: number, last: number])[];
  /** Equal answers are the same object in all of a matrix. */
  readonly connections: ByFamily;
}

/** Throws `QuestionError` for a pattern that matches nothing. */
export const matrix = (cluster: Cluster, question: MatrixQuestion = {}): Matrix => {
  const { from, to, traffic, ...options } = question;
  const namespaces = namespacesOf(from, to);
  const known = reachability(cluster, { ...options, ...(namespaces && { namespaces }) });
  const rows = indexesOf(known, from);
  const columns = indexesOf(known, to);
  const answers = createAnswers(known, narrowing(traffic));
  return {
    ends: known.ends.map(endOf),
    from: rows,
    to: columns,
    *rows() {
      for (const row of rows) yield rowOf(row, columns, answers);
    },
    hostNetworkPods: known.hostNetworkPods,
  };
};

/** The namespaces that both sides are limited to; absent when one of them is not. */
const namespacesOf = (
  ...sides: readonly (readonly EndPattern[] | undefined)[]
): ReadonlySet<string> | undefined => {
  const names = new Set<string>();
  for (const side of sides) {
    if (side === undefined) return undefined;
    for (const { namespace } of side) if (namespace !== undefined) names.add(namespace);
  }
  // Nodes and addresses alone have nobody to tell the families by.
  return names.size === 0 ? undefined : names;
};

const indexesOf = (
  { ends }: Reachability,
  patterns: readonly EndPattern[] | undefined,
): readonly number[] => {
  if (patterns === undefined) return [...ends.keys()];
  const found = new Set<number>();
  for (const { text, matches } of patterns) {
    const matching = [...ends.keys()].filter((index) => {
      const end = ends[index];
      return end !== undefined && matches(end);
    });
    if (matching.length === 0) {
      throw new QuestionError('unknown-end', `'${text}' is nobody here; ${PATTERN_FORMS}`);
    }
    for (const index of matching) found.add(index);
  }
  return [...found].toSorted((a, b) => a - b);
};

const PATTERN_FORMS =
  'expected NAMESPACE, NAMESPACE/WORKLOAD, nodes, node:NAME, outside or outside:ADDRESS';

type Answers = (from: number, to: number) => ByFamily | undefined;

const createAnswers = (
  { families, connections }: Reachability,
  narrow: (set: ConnectionSet) => ConnectionSet,
): Answers => {
  const known = new Map<ConnectionSet | null, Map<ConnectionSet | null, ByFamily>>();
  return (from, to) => {
    const [four, six] = ([4, 6] as const).map((family) => {
      const set = families.includes(family) ? connections(from, to, family) : undefined;
      return set === undefined ? null : narrow(set);
    });
    if (four === undefined || six === undefined || (four === null && six === null))
      return undefined;
    const withFour = getOrAdd(known, four, () => new Map<ConnectionSet | null, ByFamily>());
    return getOrAdd(withFour, six, () => ({
      ...(four === null ? {} : { ipv4: four }),
      ...(six === null ? {} : { ipv6: six }),
    }));
  };
};

const rowOf = (from: number, columns: readonly number[], answers: Answers): MatrixRow => {
  const cells = new Map<ByFamily, [number, number][]>();
  for (const to of columns) {
    const connections = answers(from, to);
    if (connections === undefined) continue;
    const ranges = getOrAdd(cells, connections, () => []);
    const last = ranges.at(-1);
    if (last?.[1] === to - 1) last[1] = to;
    else ranges.push([to, to]);
  }
  return { from, cells: [...cells].map(([connections, to]) => ({ to, connections })) };
};
