import type { CalicoPolicy, Cluster, ClusterNetworkPolicy } from '@podpath/cluster';
import { FAILSAFES } from './failsafes.ts';
import type { Policy, PolicyModel, Tier } from './model.ts';
import { enforceStaged } from './staged-policies.ts';
import { translateCalicoPolicy, translateCalicoProfile } from './translate-calico-policy.ts';
import { translateClusterNetworkPolicy } from './translate-cluster-network-policy.ts';
import { translateNetworkPolicy } from './translate-network-policy.ts';
import { type PolicyRef, refOf } from './verdict.ts';

export interface TranslationOptions {
  /** What Calico's staged policies do: nothing, as in a cluster, or what they would if they were enforced. Default `ignored`. */
  readonly staged?: 'ignored' | 'enforced';
}

/**
 * Every policy of a cluster as one model. Tiers are asked as Calico orders them, of which the Kubernetes APIs' Admin,
 * NetworkPolicy and Baseline are three: `kube-admin`, `default` and `kube-baseline`. In a tier, the lower order comes
 * first; NetworkPolicies have order 1000, policies without one come last, equals go by name, namespace and kind.
 */
export const translatePolicies = (
  given: Cluster,
  { staged = 'ignored' }: TranslationOptions = {},
): PolicyModel => {
  const cluster = staged === 'enforced' ? enforceStaged(given) : given;
  const ranked = [
    ...cluster.networkPolicies.map((policy) => ({
      tier: 'default',
      order: NETWORK_POLICY_ORDER,
      policy: translateNetworkPolicy(policy, refOf(policy)),
    })),
    ...cluster.clusterNetworkPolicies.map(rankClusterNetworkPolicy),
    ...cluster.calico.policies.map(rankCalicoPolicy),
  ].toSorted(byOrder);
  const byTier = Map.groupBy(ranked, ({ tier }) => tier);
  const usesCalico = cluster.calico.policies.length > 0 || cluster.calico.tiers.length > 0;
  return {
    tiers: tiersOf(cluster).map(
      ({ name, unmatched }): Tier => ({
        name: usesCalico ? name : (KUBERNETES_NAMES.get(name) ?? name),
        unmatched,
        policies: (byTier.get(name) ?? []).map(({ policy }) => policy),
      }),
    ),
    profiles: new Map(
      cluster.calico.profiles.map((profile) => [profile.name, translateCalicoProfile(profile)]),
    ),
    failsafes: FAILSAFES,
  };
};

const NETWORK_POLICY_ORDER = 1000;

/** What the tiers that Calico makes itself are called where it is not. */
const KUBERNETES_NAMES = new Map([
  ['kube-admin', 'Admin'],
  ['default', 'NetworkPolicy'],
  ['kube-baseline', 'Baseline'],
]);

interface RankedTier {
  readonly name: string;
  readonly order: number;
  readonly unmatched: Tier['unmatched'];
}

const BUILT_IN_TIERS: readonly RankedTier[] = [
  { name: 'kube-admin', order: 1000, unmatched: 'pass' },
  { name: 'default', order: 1_000_000, unmatched: 'deny' },
  { name: 'kube-baseline', order: 10_000_000, unmatched: 'pass' },
];

const tiersOf = ({ calico }: Cluster): readonly RankedTier[] => {
  const builtIn = new Set(BUILT_IN_TIERS.map(({ name }) => name));
  const own = calico.tiers
    .filter(({ name }) => !builtIn.has(name))
    .map(
      ({ name, order = Number.POSITIVE_INFINITY, defaultAction }): RankedTier => ({
        name,
        order,
        unmatched: defaultAction === 'Deny' ? 'deny' : 'pass',
      }),
    );
  return [...BUILT_IN_TIERS, ...own].toSorted(
    (a, b) => compareOrders(a.order, b.order) || (a.name < b.name ? -1 : 1),
  );
};

interface RankedPolicy {
  readonly tier: string;
  readonly order: number;
  readonly policy: Policy;
}

const rankClusterNetworkPolicy = (policy: ClusterNetworkPolicy): RankedPolicy => {
  const { tier, priority } = policy;
  const ref = refOfClusterPolicy(policy);
  return {
    tier: tier === 'Admin' ? 'kube-admin' : 'kube-baseline',
    order: priority,
    policy: translateClusterNetworkPolicy(policy, ref),
  };
};

const rankCalicoPolicy = (policy: CalicoPolicy): RankedPolicy => {
  const { tier, order = Number.POSITIVE_INFINITY } = policy;
  const ref = refOfCalico(policy);
  return { tier, order, policy: translateCalicoPolicy(policy, ref) };
};

/** The reference to a cluster-scoped policy that verdicts carry. */
export const refOfClusterPolicy = ({ kind, name, source }: ClusterNetworkPolicy): PolicyRef => ({
  kind,
  name,
  ...(source === undefined ? {} : { source }),
});

/** The reference to a policy of Calico's that verdicts carry. */
export const refOfCalico = ({ kind, namespace, name, source }: CalicoPolicy): PolicyRef => ({
  kind,
  apiGroup: 'projectcalico.org',
  ...(namespace === undefined ? {} : { namespace }),
  name,
  ...(source === undefined ? {} : { source }),
});

const byOrder = (a: RankedPolicy, b: RankedPolicy): number => {
  const keyOf = ({ policy: { ref } }: RankedPolicy) =>
    `${ref.name}/${ref.namespace ?? ''}/${ref.apiGroup === undefined ? 'Kubernetes' : ''}${ref.kind}`;
  return compareOrders(a.order, b.order) || (keyOf(a) < keyOf(b) ? -1 : 1);
};

/** Infinities are equal to each other. */
const compareOrders = (a: number, b: number): number => (a === b ? 0 : a - b);
