import { formatIp } from '@podpath/net';
import type { ConnectionSet } from './connection-set.ts';
import { formatReachabilityEnd } from './format-reachability.ts';
import type { Reachability } from './reachability.ts';
import { tabulate } from './tabulate.ts';

/** A matrix for programs: plain data, the same text for the same cluster. */
export interface ReachabilityJson {
  readonly ends: readonly (
    | {
        readonly kind: 'workload';
        readonly name: string;
        readonly namespace: string;
        readonly owner: { readonly kind: string; readonly name: string };
        readonly pods: readonly string[];
      }
    | {
        readonly kind: 'outside';
        readonly name: string;
        readonly ranges: readonly { readonly first: string; readonly last: string }[];
      }
  )[];
  /** What may be opened, each set once. */
  readonly connections: readonly ConnectionSet[];
  /** `matrix[from][to]` is an index of `connections`; `null` where there is nothing to connect. */
  readonly matrix: readonly (readonly (number | null)[])[];
  readonly hostNetworkPods: number;
}

export const reachabilityJson = (reachability: Reachability): ReachabilityJson => {
  const { sets, matrix } = tabulate(reachability);
  return {
    ends: reachability.ends.map((end) => {
      const name = formatReachabilityEnd(end);
      if (end.kind === 'workload') {
        const { kind, namespace, owner, pods } = end;
        return { kind, name, namespace, owner: { kind: owner.kind, name: owner.name }, pods };
      }
      const ranges = end.ranges.map(({ first, last }) => ({
        first: formatIp(first),
        last: formatIp(last),
      }));
      return { kind: end.kind, name, ranges };
    }),
    connections: sets,
    matrix,
    hostNetworkPods: reachability.hostNetworkPods,
  };
};
