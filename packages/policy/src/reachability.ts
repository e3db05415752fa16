import type { Cluster, WorkloadRef } from '@podpath/cluster';
import { addToIp, familyOf, type Ip, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import { type AddressClass, type AddressRange, addressClasses } from './address-classes.ts';
import type { Knowledge } from './address-knowledge.ts';
import type { ConnectionSet } from './connection-set.ts';
import { connectionsBetween } from './connections-between.ts';
import { createJudge } from './judge.ts';
import type { PolicyModel } from './model.ts';
import { partsOf } from './model-parts.ts';
import { createParties, isFinished, type Parties, type Party } from './parties.ts';
import { type PodGroup, podGroups } from './pod-groups.ts';
import { translatePolicies } from './translate-policies.ts';

/** A row and a column of the matrix: things that policies treat alike. */
export type ReachabilityEnd =
  | {
      readonly kind: 'workload';
      readonly namespace: string;
      readonly owner: WorkloadRef;
      /** Names of its pods that are meant; all of them unless policies tell some apart. */
      readonly pods: readonly string[];
      /** How many pods the workload has in all its rows. */
      readonly workloadSize: number;
    }
  | {
      readonly kind: 'outside';
      readonly family: IpFamily;
      /** Addresses there that are no pod's and no node's. */
      readonly ranges: readonly AddressRange[];
      /** Whether some rule's block matches it; otherwise it is everywhere else. */
      readonly named: boolean;
    };

/** Who may reach whom in a cluster. */
export interface Reachability {
  /** Workloads sorted by namespace, name and kind, then what is outside. */
  readonly ends: readonly ReachabilityEnd[];
  /**
   * What one end may open to another, both as indexes of `ends`. Found when asked and kept, once for all ends that
   * policies cannot tell apart. Absent where there is nothing to connect: outside to outside, a single pod
   * to itself, no address family in common. Throws `RangeError` for an index that is none.
   */
  connections(from: number, to: number): ConnectionSet | undefined;
  /** Pods that have no row, because policy counts them as their nodes. */
  readonly hostNetworkPods: number;
}

export interface ReachabilityOptions {
  /** Only workloads of these namespaces. */
  readonly namespaces?: ReadonlySet<string>;
  /** Absent: the cluster's NetworkPolicies. */
  readonly model?: PolicyModel;
  readonly knowledge?: Knowledge;
}

export const reachability = (cluster: Cluster, options: ReachabilityOptions = {}): Reachability => {
  const { namespaces, model = translatePolicies(cluster), knowledge = {} } = options;
  const judge = createJudge(model);
  const parts = partsOf(model);
  const parties = createParties(cluster, knowledge);
  const sets = [
    ...cluster.calico.networkSets.flatMap(({ nets }) => nets),
    ...cluster.calico.hostEndpoints.flatMap(({ expectedIps }) => expectedIps.map(prefixOfOne)),
  ];
  const included = (pod: { readonly namespace: string }): boolean =>
    namespaces === undefined || namespaces.has(pod.namespace);
  const groups = podGroups(cluster, parties, judge.selection, parts, included);
  const families = familiesOf(groups);
  const outside = outsideEnds(
    cluster,
    parties,
    families.flatMap((family) => addressClasses(parts, family, parties.outside, sets)),
  );
  const ends = [...groups.map(workloadEnd), ...outside];
  const known = new Map<string, ConnectionSet | undefined>();

  return {
    ends: ends.map(({ end }) => end),
    hostNetworkPods: [...cluster.pods.values()].filter(
      (pod) => pod.hostNetwork && !isFinished(pod) && included(pod),
    ).length,
    connections: (fromIndex, toIndex) => {
      const from = at(ends, fromIndex);
      const to = at(ends, toIndex);
      if (from.end.kind === 'outside' && to.end.kind === 'outside') return undefined;
      const pair = pairOf(from.members, to.members, from === to);
      if (pair === undefined) return undefined;
      const key = `${from.classId} ${to.classId}`;
      let connections = known.get(key);
      if (connections === undefined) {
        connections = connectionsBetween(judge, pair.from, pair.to);
        known.set(key, connections);
      }
      return connections;
    },
  };
};

const prefixOfOne = (address: Ip): Prefix =>
  prefixOf(address, typeof address === 'number' ? 32 : 128);

interface End {
  readonly end: ReachabilityEnd;
  /** Members of the end, each as its addresses. One stands for all, and another where it meets itself. */
  readonly members: readonly (readonly Party[])[];
  readonly classId: string;
}

const workloadEnd = ({ namespace, owner, pods, workloadSize, classId }: PodGroup): End => ({
  end: {
    kind: 'workload',
    namespace,
    owner,
    pods: pods.map(([party]) => party?.pod?.name ?? ''),
    workloadSize,
  },
  members: pods,
  classId: `pods ${classId}`,
});

/** Leaves out addresses that are all taken: a block that is one pod's address is no place outside. */
const outsideEnds = (
  cluster: Cluster,
  { outside }: Parties,
  classes: readonly AddressClass[],
): readonly End[] => {
  const taken = new Set<Ip>();
  for (const { ips } of cluster.pods.values()) for (const address of ips) taken.add(address);
  for (const { addresses } of cluster.nodes.values()) {
    for (const address of addresses) taken.add(address);
  }
  return classes.flatMap(({ family, ranges, named }, index) => {
    const address = freeAddress(ranges, taken);
    if (address === undefined) return [];
    const end = { kind: 'outside', family, ranges, named } as const;
    return [{ end, members: [[outside(address)]], classId: `outside ${index}` }];
  });
};

const freeAddress = (ranges: readonly AddressRange[], taken: ReadonlySet<Ip>): Ip | undefined => {
  for (const { first, last } of ranges) {
    for (let address = first; ; address = addToIp(address, 1)) {
      if (!taken.has(address)) return address;
      if (address === last) break;
    }
  }
  return undefined;
};

const familiesOf = (groups: readonly PodGroup[]): readonly IpFamily[] =>
  ([4, 6] as const).filter((family) =>
    groups.some(({ pods: [addresses = []] }) =>
      addresses.some(({ address }) => familyOf(address) === family),
    ),
  );

/** The addresses that would be used, as for a flow that names no family. */
const pairOf = (
  sources: readonly (readonly Party[])[],
  destinations: readonly (readonly Party[])[],
  same: boolean,
): { readonly from: Party; readonly to: Party } | undefined => {
  const [from = []] = sources;
  const to = destinations[same ? 1 : 0] ?? [];
  for (const party of to) {
    const match = from.find(({ address }) => familyOf(address) === familyOf(party.address));
    if (match !== undefined) return { from: match, to: party };
  }
  return undefined;
};

const at = <T>(list: readonly T[], index: number): T => {
  const value = list[index];
  if (value === undefined) throw new RangeError(`there is no end ${index}`);
  return value;
};
