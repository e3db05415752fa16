import type {
  CalicoPolicy,
  Cluster,
  NetworkPolicy,
  StagedKubernetesPolicy,
} from '@podpath/cluster';

/**
 * The cluster as it would be if its staged policies were enforced: what is to be set stands in the place of the enforced
 * policy of its name, what is to be deleted is gone.
 */
export const enforceStaged = (cluster: Cluster): Cluster => {
  const { stagedPolicies } = cluster.calico;
  let policies = cluster.calico.policies;
  let networkPolicies = cluster.networkPolicies;
  for (const staged of stagedPolicies) {
    if (staged.stagedAction !== 'Set' && staged.stagedAction !== 'Delete') continue;
    const sets = staged.stagedAction === 'Set';
    if (staged.kind === 'StagedKubernetesNetworkPolicy') {
      networkPolicies = put(networkPolicies, staged.policy, sets, sameName);
    } else {
      policies = put(policies, staged.policy, sets, sameKindAndName);
    }
  }
  return { ...cluster, networkPolicies, calico: { ...cluster.calico, policies } };
};

const put = <Item>(
  items: readonly Item[],
  item: Item,
  sets: boolean,
  same: (a: Item, b: Item) => boolean,
): readonly Item[] => [...items.filter((each) => !same(each, item)), ...(sets ? [item] : [])];

const sameName = (
  a: NetworkPolicy | StagedKubernetesPolicy,
  b: NetworkPolicy | StagedKubernetesPolicy,
): boolean => a.namespace === b.namespace && a.name === b.name;

const sameKindAndName = (a: CalicoPolicy, b: CalicoPolicy): boolean =>
  a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
