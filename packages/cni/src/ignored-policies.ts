import type { Cluster } from '@podpath/cluster';

/** What to say of policies of other APIs than NetworkPolicy, under a plugin that takes no notice of them. */
export const ignoredPolicyNotes = (title: string, cluster: Cluster): readonly string[] => {
  const { clusterNetworkPolicies, calico } = cluster;
  const note = (what: string, count: number) =>
    count === 0 ? [] : [`${title} enforces no ${what}: the ${count} in the input have no effect.`];
  return [
    ...note('cluster-scoped policy', clusterNetworkPolicies.length),
    ...note('policy of projectcalico.org', calico.policies.length),
  ];
};
