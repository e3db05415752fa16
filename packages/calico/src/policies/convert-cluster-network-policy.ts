import type {
  CalicoPort,
  ClusterNetworkPolicy,
  ClusterNetworkPolicyPeer,
  ClusterNetworkPolicyPort,
  ClusterNetworkPolicyRule,
} from '@podpath/cluster';
import type { PolicyDirection } from '../names/chain-names.ts';
import type { CalicoPolicy, CalicoRule, EntityRule } from './calico-policy.ts';
import { narrowedSelectorText } from './entity-selector.ts';
import { namespaceSelectorText, podSelectorText } from './label-selector-text.ts';
import { simplifyPorts } from './policy-port.ts';

const TIERS = { Admin: 'kube-admin', Baseline: 'kube-baseline' } as const;

/**
 * A cluster-scoped policy of Kubernetes as Calico reads it: each rule becomes one Calico rule per protocol and peer. A rule
 * with a named port, or with nodes or domain names among its peers, cannot be converted: if it allows, it is left out,
 * otherwise everything of its direction is denied there.
 * Follows libcalico-go/lib/backend/k8s/conversion/clusternetworkpolicy.go.
 */
export const convertClusterNetworkPolicy = (policy: ClusterNetworkPolicy): CalicoPolicy => {
  const convert = (direction: PolicyDirection): readonly CalicoRule[] =>
    policy[direction].flatMap((rule) => convertRule(rule, direction));
  const ingress = convert('ingress');
  const egress = convert('egress');
  const { namespaces, pods } = policy.subject;
  return {
    id: { kind: 'KubernetesClusterNetworkPolicy', namespace: '', name: policy.name },
    tier: TIERS[policy.tier],
    order: policy.priority,
    selector: narrowedSelectorText(podSelectorText(pods), {
      namespaces: namespaceSelectorText(namespaces),
    }),
    types: [
      ...(ingress.length > 0 ? (['ingress'] as const) : []),
      ...(egress.length > 0 ? (['egress'] as const) : []),
    ],
    ingress,
    egress,
    ...(policy.source === undefined ? {} : { source: policy.source }),
  };
};

const convertRule = (
  { action, peers: given, ports }: ClusterNetworkPolicyRule,
  direction: PolicyDirection,
): readonly CalicoRule[] => {
  const peers = given.map(convertPeer);
  const protocols = portsByProtocol(ports);
  if (protocols === undefined || peers.includes(undefined)) {
    return action === 'Allow' ? [] : [{ action: 'Deny', source: {}, destination: {} }];
  }
  return protocols.flatMap(([protocol, list]) =>
    peers.map((peer = {}): CalicoRule => {
      const to: EntityRule = list.length === 0 ? {} : { ports: simplifyPorts(list) };
      return {
        action,
        ...(protocol === undefined ? {} : { protocol }),
        source: direction === 'ingress' ? peer : {},
        destination: direction === 'ingress' ? to : { ...peer, ...to },
      };
    }),
  );
};

const convertPeer = (peer: ClusterNetworkPolicyPeer): EntityRule | undefined => {
  switch (peer.kind) {
    case 'pods':
      return {
        ...(peer.pods === undefined ? {} : { selector: podSelectorText(peer.pods) }),
        namespaceSelector: namespaceSelectorText(peer.namespaces),
      };
    case 'networks':
      return { nets: peer.cidrs };
    default:
      return undefined;
  }
};

/** Sorted by protocol; `undefined` when a port is given by name. */
const portsByProtocol = (
  ports: readonly ClusterNetworkPolicyPort[],
): readonly (readonly [string | undefined, readonly CalicoPort[]])[] | undefined => {
  if (ports.length === 0) return [[undefined, []]];
  const byProtocol = new Map<string, CalicoPort[] | 'all'>();
  for (const port of ports) {
    if ('name' in port) return undefined;
    const { protocol, first, last } = port;
    const known = byProtocol.get(protocol) ?? [];
    if (first === undefined || last === undefined || known === 'all') {
      byProtocol.set(protocol, 'all');
    } else {
      byProtocol.set(protocol, [...known, { first, last }]);
    }
  }
  return [...byProtocol]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([protocol, list]) => [protocol, list === 'all' ? [] : list]);
};
