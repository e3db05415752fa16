import type { Features } from '@podpath/cni';

/** What Weave Net does, and where weave-npc departs from the NetworkPolicy API. */
export const features: Features = {
  families: [4],
  encapsulation: ['vxlan'],
  enforcesPolicy: true,
  policyDeviations: [
    {
      id: 'named-ports-reject-policy',
      text: 'A policy with a port given by name is refused as a whole: the pods that it selects stay as open as they were.',
    },
    {
      id: 'end-port-ignored',
      text: 'Of a range of ports only the first is opened: endPort is not read.',
    },
    {
      id: 'ipv6-unsupported',
      text: 'Only IPv4 is filtered, and a policy with an IPv6 block is given up half way: its pods are isolated, and rules after the block are missing.',
    },
    {
      id: 'node-source-is-tunnel-address',
      text: "A node's own packets to pods on other nodes come from the address of its bridge, so an ipBlock with the node's address does not match them.",
    },
    {
      id: 'unlisted-type-rules-apply',
      text: 'Rules count even in a direction that policyTypes leaves out, and can open what another policy has closed.',
    },
    {
      id: 'selector-name-clash',
      text: 'A namespaceSelector alone and the same namespaceSelector with an empty podSelector get one name for their sets: the policy that comes second is given up half way.',
    },
    {
      id: 'cluster-policies-ignored',
      text: 'AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy have no effect.',
    },
    {
      id: 'calico-policies-ignored',
      text: "Calico's own policies have no effect.",
    },
  ],
};
