import type {
  Cluster,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '@podpath/cluster';
import { IpProtocol } from '@podpath/net';
import { all, labelIs, ofSelector } from './label-expression.ts';
import type { EndMatch, Policy, PolicyModel, Rule, TrafficMatch } from './model.ts';
import { NAMESPACE, ORCHESTRATOR, ofNamespace, own } from './scoped-labels.ts';
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
  profiles: new Map(),
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
    subject: all(inNamespace(policy), ofSelector(policy.podSelector, own)),
    // Rules of a direction that is not among the types are inert.
    ...(policy.policyTypes.includes('Ingress') ? { ingress: rulesOf('ingress') } : {}),
    ...(policy.policyTypes.includes('Egress') ? { egress: rulesOf('egress') } : {}),
  };
};

/** Pods of the policy's own namespace. */
const inNamespace = ({ namespace }: NetworkPolicy) =>
  all(labelIs(ORCHESTRATOR, 'k8s'), labelIs(NAMESPACE, namespace));

const translateRule = (
  policy: NetworkPolicy,
  ref: PolicyRef,
  direction: Direction,
  rule: NetworkPolicyRule,
  index: number,
): Rule => {
  const peers =
    rule.peers.length === 0 ? 'anyone' : rule.peers.map((peer) => translatePeer(policy, peer));
  return {
    ref: {
      policy: ref,
      direction,
      index,
      ...(rule.source === undefined ? {} : { source: rule.source }),
    },
    action: 'allow',
    from: direction === 'ingress' ? peers : 'anyone',
    to: direction === 'egress' ? peers : 'anyone',
    traffic: rule.ports.length === 0 ? 'any' : rule.ports.map(translatePort),
  };
};

const translatePeer = (policy: NetworkPolicy, peer: NetworkPolicyPeer): EndMatch => {
  const { ipBlock, podSelector, namespaceSelector } = peer;
  if (ipBlock !== undefined) {
    const { cidr, except } = ipBlock;
    return { nets: [cidr], ...(except.length === 0 ? {} : { notNets: except }) };
  }
  return {
    labels: all(
      namespaceSelector === undefined
        ? inNamespace(policy)
        : all(labelIs(ORCHESTRATOR, 'k8s'), ofSelector(namespaceSelector, ofNamespace)),
      podSelector === undefined ? undefined : ofSelector(podSelector, own),
    ),
  };
};

const translatePort = ({ protocol: name, port, endPort }: NetworkPolicyPort): TrafficMatch => {
  const protocol = IpProtocol[name];
  if (port === undefined) return { protocol };
  if (typeof port === 'string') return { protocol, ports: [{ name: port }] };
  return { protocol, ports: [{ first: port, last: endPort ?? port }] };
};
