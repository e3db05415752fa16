import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '@podpath/cluster';
import { IpProtocol } from '@podpath/net';
import { all, labelIs, ofSelector } from './label-expression.ts';
import type { EndMatch, Policy, Rule, TrafficMatch } from './model.ts';
import { NAMESPACE, ORCHESTRATOR, ofNamespace, own } from './scoped-labels.ts';
import type { Direction, PolicyRef } from './verdict.ts';

/** What a NetworkPolicy has, staged ones too. */
type NetworkPolicyParts = Omit<NetworkPolicy, 'source'>;

/**
 * A NetworkPolicy: rules that only allow, for pods of its namespace.
 * Source: Kubernetes API reference, NetworkPolicy networking.k8s.io/v1.
 */
export const translateNetworkPolicy = (policy: NetworkPolicyParts, ref: PolicyRef): Policy => {
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
const inNamespace = ({ namespace }: NetworkPolicyParts) =>
  all(labelIs(ORCHESTRATOR, 'k8s'), labelIs(NAMESPACE, namespace));

const translateRule = (
  policy: NetworkPolicyParts,
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

const translatePeer = (policy: NetworkPolicyParts, peer: NetworkPolicyPeer): EndMatch => {
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
