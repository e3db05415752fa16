import type { Cluster } from '@podpath/cluster';

export interface ActiveTier {
  readonly name: string;
  readonly defaultAction: 'deny' | 'pass';
}

type OrderedTier = ActiveTier & { readonly order: number };

/** Tiers that Calico makes itself: those of cluster-scoped policies around that of NetworkPolicies. */
const BUILT_IN: readonly OrderedTier[] = [
  { name: 'kube-admin', order: 1000, defaultAction: 'pass' },
  { name: 'default', order: 1_000_000, defaultAction: 'deny' },
  { name: 'kube-baseline', order: 10_000_000, defaultAction: 'pass' },
];

/** In the order in which they are asked: by order, those without one last, equals by name. */
export const tiersInOrder = ({ calico }: Cluster): readonly ActiveTier[] => {
  const own = calico.tiers
    .filter(({ name }) => !BUILT_IN.some((tier) => tier.name === name))
    .map(
      ({ name, order = Number.POSITIVE_INFINITY, defaultAction }): OrderedTier => ({
        name,
        order,
        defaultAction: defaultAction === 'Deny' ? 'deny' : 'pass',
      }),
    );
  return [...BUILT_IN, ...own].toSorted((a, b) => {
    if (a.order !== b.order) return a.order - b.order;
    return a.name < b.name ? -1 : 1;
  });
};
