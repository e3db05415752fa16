import type {
  Cluster,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '@podpath/cluster';
import type { NamespaceMatch, Peer, Policy, PolicyModel, PortMatch, Rule } from './model.ts';
import { type Direction, type PolicyRef, refOf } from './verdict.ts';

/**
 * The cluster's NetworkPolicies as one tier that denies what no rule allows.
 * Policies are sorted by namespace and name, so that explanations do not depend on the input's order.
 * Source: Kubernetes API reference, NetworkPolicy networking.k8s.io/v1.
 */
export const translateNetworkPolicies = (cluster: Cluster): PolicyModel => ({
  tiers: [
    {
      name: 'NetworkPolicy',
      unmatched: 'deny',
      policies: cluster.networkPolicies.toSorted(byNamespaceAndName).map(translatePolicy),
    },
  ],
});

const byNamespaceAndName = (a: NetworkPolicy, b: NetworkPolicy): number =>
  compare(a.namespace, b.namespace) || compare(a.name, b.name);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const translatePolicy = (policy: NetworkPolicy): Policy => {
  const ref = refOf(policy);
  const rulesOf = (direction: Direction) =>
    policy[direction].map((rule, index) => translateRule(policy, ref, direction, rule, index));
  return {
    ref,
    subject: {
      namespaces: { kind: 'named', name: policy.namespace },
      pods: policy.podSelector,
    },
    // Rules of a direction that is not among the types are inert.
    ...(policy.policyTypes.includes('Ingress') ? { ingress: rulesOf('ingress') } : {}),
    ...(policy.policyTypes.includes('Egress') ? { egress: rulesOf('egress') } : {}),
  };
};

const translateRule = (
  policy: NetworkPolicy,
  ref: PolicyRef,
  direction: Direction,
  rule: NetworkPolicyRule,
  index: number,
): Rule => ({
  ref: {
    policy: ref,
    direction,
    index,
    ...(rule.source === undefined ? {} : { source: rule.source }),
  },
  action: 'allow',
  peers: rule.peers.length === 0 ? 'anyone' : rule.peers.map((peer) => translatePeer(policy, peer)),
  ports: rule.ports.length === 0 ? 'any' : rule.ports.map(translatePort),
});

const translatePeer = (policy: NetworkPolicy, peer: NetworkPolicyPeer): Peer => {
  if (peer.ipBlock !== undefined) {
    return { kind: 'addresses', cidr: peer.ipBlock.cidr, except: peer.ipBlock.except };
  }
  const namespaces: NamespaceMatch =
    peer.namespaceSelector === undefined
      ? { kind: 'named', name: policy.namespace }
      : { kind: 'selected', selector: peer.namespaceSelector };
  return {
    kind: 'pods',
    namespaces,
    ...(peer.podSelector === undefined ? {} : { pods: peer.podSelector }),
  };
};

const translatePort = ({ protocol, port, endPort }: NetworkPolicyPort): PortMatch => {
  if (port === undefined) return { kind: 'protocol', protocol };
  if (typeof port === 'string') return { kind: 'named', name: port, protocol };
  return { kind: 'range', protocol, first: port, last: endPort ?? port };
};
