import type { Cluster, ClusterNetworkPolicyRule } from '@podpath/cluster';

/** What Calico makes of policies that their authors may not expect, and what is not programmed. */
export const policyNotes = ({ clusterNetworkPolicies, calico }: Cluster): readonly string[] => [
  ...clusterNetworkPolicies.flatMap(({ kind, name, ingress, egress }) => {
    const count = [...ingress, ...egress].filter(isNotUnderstood).length;
    if (count === 0) return [];
    const rules = count === 1 ? 'a rule' : `${count} rules`;
    return [
      `${kind} ${name}: Calico does not understand ${rules} with named ports, nodes or domain names: what accepts matches nothing, the rest denies everything in its direction`,
    ];
  }),
  ...(calico.hostEndpoints.length === 0
    ? []
    : ['host endpoints are not programmed: what policies say about nodes has no effect']),
];

const isNotUnderstood = ({ peers, ports }: ClusterNetworkPolicyRule): boolean =>
  ports.some((port) => 'name' in port) ||
  peers.some(({ kind }) => kind === 'nodes' || kind === 'domains');
