import type {
  ClusterNetworkPolicy,
  ClusterNetworkPolicyPeer,
  ClusterNetworkPolicyPort,
  ClusterNetworkPolicyRule,
  NamespacedPods,
} from '@podpath/cluster';
import { IpProtocol } from '@podpath/net';
import { all, type LabelExpression, labelIs, ofSelector } from './label-expression.ts';
import type { EndMatch, Policy, Rule, TrafficMatch } from './model.ts';
import { ORCHESTRATOR, ofNamespace, own } from './scoped-labels.ts';
import type { Direction, PolicyRef } from './verdict.ts';

const ACTIONS = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

/**
 * A ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy. Without rules in a direction, it says
 * nothing about it.
 * Source: API reference of network-policy-api, policy.networking.k8s.io/v1alpha1 and v1alpha2.
 */
export const translateClusterNetworkPolicy = (
  policy: ClusterNetworkPolicy,
  ref: PolicyRef,
): Policy => {
  const rulesOf = (direction: Direction) =>
    policy[direction].map((rule, index) => translateRule(rule, { policy: ref, direction, index }));
  return {
    ref,
    subject: podsIn(policy.subject),
    ...(policy.ingress.length === 0 ? {} : { ingress: rulesOf('ingress') }),
    ...(policy.egress.length === 0 ? {} : { egress: rulesOf('egress') }),
  };
};

/** Pods of the pod network: host-network pods are in no selection. */
const podsIn = ({ namespaces, pods }: NamespacedPods): LabelExpression =>
  all(
    labelIs(ORCHESTRATOR, 'k8s'),
    ofSelector(namespaces, ofNamespace),
    pods === undefined ? undefined : ofSelector(pods, own),
  );

const translateRule = (
  { name, action, peers: given, ports, source }: ClusterNetworkPolicyRule,
  ref: Rule['ref'],
): Rule => {
  const peers = given.map(translatePeer);
  return {
    ref: {
      ...ref,
      ...(name === undefined ? {} : { name }),
      ...(source === undefined ? {} : { source }),
    },
    action: ACTIONS[action],
    from: ref.direction === 'ingress' ? peers : 'anyone',
    to: ref.direction === 'egress' ? peers : 'anyone',
    traffic: ports.length === 0 ? 'any' : ports.map(translatePort),
  };
};

const translatePeer = (peer: ClusterNetworkPolicyPeer): EndMatch => {
  switch (peer.kind) {
    case 'pods':
      return { labels: podsIn(peer) };
    case 'nodes':
      return { nodes: ofSelector(peer.selector, own) };
    case 'networks':
      return { nets: peer.cidrs };
    case 'domains':
      return { domains: peer.names };
  }
};

const translatePort = (port: ClusterNetworkPolicyPort): TrafficMatch => {
  if ('name' in port) return { ports: [port] };
  const { first, last } = port;
  const protocol = IpProtocol[port.protocol];
  return first === undefined || last === undefined
    ? { protocol }
    : { protocol, ports: [{ first, last }] };
};
