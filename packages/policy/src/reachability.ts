import type { Cluster, WorkloadRef } from '@podpath/cluster';
import { addToIp, familyOf, type Ip, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import { type AddressClass, type AddressRange, addressClasses } from './address-classes.ts';
import type { Knowledge } from './address-knowledge.ts';
import { type ConnectionSet, EVERYTHING_ALLOWED } from './connection-set.ts';
import { type JudgedTraffic, partTraffic } from './connections-between.ts';
import { connectionsOfClasses } from './connections-of-classes.ts';
import { getOrAdd } from './get-or-add.ts';
import { createJudge, isExempt } from './judge.ts';
import type { PolicyModel } from './model.ts';
import { partsOf } from './model-parts.ts';
import { type NodeGroup, nodeGroups } from './node-groups.ts';
import { inFamily, type Member, type Pair, pairOf } from './pair.ts';
import { createParties, isFinished, type Parties } from './parties.ts';
import { type PodGroup, podGroups } from './pod-groups.ts';
import { translatePolicies } from './translate-policies.ts';
import { createVerdictKeys } from './verdict-key.ts';

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
      readonly kind: 'nodes';
      /** Their names; host-network pods count as their nodes. */
      readonly nodes: readonly string[];
      /** How many nodes there are in all rows. */
      readonly clusterSize: number;
    }
  | {
      readonly kind: 'outside';
      readonly family: IpFamily;
      /** Addresses there that are no pod's and no node's. */
      readonly ranges: readonly AddressRange[];
      /** Whether some rule's block matches it; otherwise it is everywhere else. */
      readonly named: boolean;
    };

/**
 * Who may reach whom in a cluster. Both methods take indexes of `ends`, throw `RangeError` for one that is none, and
 * give nothing where there is nothing to connect: outside to outside, a single pod to itself, a family that one of them has
 * not. Between nodes and pods they mean pods of other nodes, where there are any: a pod and its own node always
 * reach each other.
 */
export interface Reachability {
  /** Workloads sorted by namespace, name and kind, then nodes, then what is outside. */
  readonly ends: readonly ReachabilityEnd[];
  /** Those of the pods. */
  readonly families: readonly IpFamily[];
  /** What one end may open to another. Equal sets are the same object. */
  connections(from: number, to: number, family: IpFamily): ConnectionSet | undefined;
  /** All traffic from one end to another, parted by what policies say of it. */
  verdicts(from: number, to: number, family: IpFamily): readonly JudgedTraffic[];
  /** Equal for ends that no policy can tell apart. */
  classOf(end: number): number;
  /** How many pods have no row of their own, because policy counts them as their nodes. */
  readonly hostNetworkPods: number;
}

export interface ReachabilityOptions {
  /** Only workloads of these namespaces. */
  readonly namespaces?: ReadonlySet<string>;
  /** Absent: the cluster's policies. */
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
  const outside = families.flatMap((family) =>
    addressClasses(parts, family, parties.outside, sets),
  );
  const ends = [
    ...groups.map(workloadEnd),
    ...nodeGroups(cluster, parties, parts).map((group) => nodesEnd(group, cluster.nodes.size)),
    ...outsideEnds(cluster, parties, outside),
  ];
  const { classOf, classes } = classesOf(ends);
  const between = connectionsOfClasses(judge, classes);
  const keyOf = createVerdictKeys();

  const pairAt = (fromIndex: number, toIndex: number, family: IpFamily): Pair | undefined => {
    const from = at(ends, fromIndex);
    const to = at(ends, toIndex);
    return canMeet(from, to, family) ? pairOf(from.members, to.members, family) : undefined;
  };

  return {
    ends: ends.map(({ end }) => end),
    families,
    hostNetworkPods: [...cluster.pods.values()].filter(
      (pod) => pod.hostNetwork && !isFinished(pod) && included(pod),
    ).length,
    classOf: (index) => at(classOf, index),
    connections: (fromIndex, toIndex, family) => {
      const from = at(ends, fromIndex);
      const to = at(ends, toIndex);
      if (!canMeet(from, to, family)) return undefined;
      // Nobody else is ever exempt from policies.
      if (from.end.kind === 'nodes' || to.end.kind === 'nodes') {
        const pair = pairOf(from.members, to.members, family);
        if (pair === undefined || isExempt(pair.from, pair.to)) return EVERYTHING_ALLOWED;
      }
      const [fromClass, toClass] = [at(classOf, fromIndex), at(classOf, toIndex)];
      return between(fromClass, toClass, family, from.members, to.members);
    },
    verdicts: (from, to, family) => {
      const pair = pairAt(from, to, family);
      if (pair === undefined) return [];
      return [...partTraffic(judge, pair.from, pair.to, keyOf).values()];
    },
  };
};

const prefixOfOne = (address: Ip): Prefix =>
  prefixOf(address, typeof address === 'number' ? 32 : 128);

interface End {
  readonly end: ReachabilityEnd;
  readonly has: Readonly<Record<IpFamily, boolean>>;
  /** One stands for all, and another where the end meets itself. */
  readonly members: readonly Member[];
  readonly classKey: string;
}

/** Whether somebody of one end has somebody of the other to connect to. */
const canMeet = (from: End, to: End, family: IpFamily): boolean =>
  from.has[family] &&
  to.has[family] &&
  (from !== to || from.members.length > 1) &&
  (from.end.kind !== 'outside' || to.end.kind !== 'outside');

const familiesHad = ([member = []]: readonly Member[]): End['has'] => ({
  4: inFamily(member, 4) !== undefined,
  6: inFamily(member, 6) !== undefined,
});

const workloadEnd = ({ namespace, owner, pods, workloadSize, classId }: PodGroup): End => ({
  end: {
    kind: 'workload',
    namespace,
    owner,
    pods: pods.map(([party]) => party?.pod?.name ?? ''),
    workloadSize,
  },
  members: pods,
  has: familiesHad(pods),
  classKey: `pods ${classId}`,
});

const nodesEnd = ({ nodes, key }: NodeGroup, clusterSize: number): End => ({
  end: { kind: 'nodes', nodes: nodes.map(([party]) => party?.node ?? ''), clusterSize },
  members: nodes,
  has: familiesHad(nodes),
  classKey: `nodes ${key}`,
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
    const members = [[outside(address)]];
    return [{ end, has: familiesHad(members), members, classKey: `outside ${index}` }];
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

const classesOf = (ends: readonly End[]) => {
  const classes = new Map<string, { readonly id: number; readonly members: Member[] }>();
  const classOf = ends.map(({ classKey, members }) => {
    const known = getOrAdd(classes, classKey, () => ({ id: classes.size, members: [] }));
    for (const member of members) known.members.push(member);
    return known.id;
  });
  return { classOf, classes: [...classes.values()] };
};

const at = <T>(list: readonly T[], index: number): T => {
  const value = list[index];
  if (value === undefined) throw new RangeError(`there is no end ${index}`);
  return value;
};
