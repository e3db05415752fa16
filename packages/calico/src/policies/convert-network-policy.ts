import {
  type CalicoPort,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type NetworkPolicyRule,
  parseCalicoPort,
} from '@podpath/cluster';
import type { PolicyDirection } from '../names/chain-names.ts';
import type { CalicoPolicy, CalicoRule, EntityRule } from './calico-policy.ts';
import { namespaceSelectorText, podSelectorText } from './label-selector-text.ts';
import { simplifyPorts } from './policy-port.ts';

/** Where every Kubernetes NetworkPolicy goes, after policies with a lower order. */
const TIER = 'default';
const ORDER = 1000;

export interface ConvertedPolicy {
  readonly policy: CalicoPolicy;
  /** Rules left out because a port of theirs is neither a number nor a name. */
  readonly dropped: readonly { readonly direction: PolicyDirection; readonly index: number }[];
}

/**
 * A NetworkPolicy as Calico reads it: each rule becomes one Calico rule per protocol and peer.
 * Without policyTypes it polices ingress only: defaulting is the API server's business.
 * Follows libcalico-go/lib/backend/k8s/conversion.
 */
export const convertNetworkPolicy = (policy: NetworkPolicy): ConvertedPolicy => {
  const dropped: { direction: PolicyDirection; index: number }[] = [];
  const convert = (direction: PolicyDirection): readonly CalicoRule[] =>
    policy[direction].flatMap((rule, index) => {
      const rules = convertRule(rule, direction);
      if (rules === undefined) dropped.push({ direction, index });
      return rules ?? [];
    });
  return {
    policy: {
      id: {
        kind: 'KubernetesNetworkPolicy',
        namespace: policy.namespace,
        name: policy.name,
      },
      tier: TIER,
      order: ORDER,
      selector: podSelectorText(policy.podSelector),
      types: directionsOf(policy),
      ingress: convert('ingress'),
      egress: convert('egress'),
      ...(policy.source === undefined ? {} : { source: policy.source }),
    },
    dropped,
  };
};

const directionsOf = ({ policyTypes }: NetworkPolicy): readonly PolicyDirection[] => {
  const egress = policyTypes.includes('Egress');
  return [
    ...(policyTypes.includes('Ingress') || !egress ? (['ingress'] as const) : []),
    ...(egress ? (['egress'] as const) : []),
  ];
};

const convertRule = (
  rule: NetworkPolicyRule,
  direction: PolicyDirection,
): readonly CalicoRule[] | undefined => {
  const protocols = portsByProtocol(rule.ports);
  if (protocols === undefined) return undefined;
  const peers = rule.peers.length === 0 ? [{}] : rule.peers.map(convertPeer);
  return protocols.flatMap(([protocol, ports]) =>
    peers.map((peer): CalicoRule => {
      const to: EntityRule = ports.length === 0 ? {} : { ports };
      return {
        action: 'Allow',
        ...(protocol === undefined ? {} : { protocol }),
        source: direction === 'ingress' ? peer : {},
        destination: direction === 'ingress' ? to : { ...peer, ...to },
      };
    }),
  );
};

/** Sorted by protocol. No ports at all: every protocol. An empty list: every port of the protocol. */
const portsByProtocol = (
  ports: readonly NetworkPolicyPort[],
): readonly (readonly [string | undefined, readonly CalicoPort[]])[] | undefined => {
  if (ports.length === 0) return [[undefined, []]];
  const byProtocol = new Map<string, CalicoPort[] | 'all'>();
  for (const entry of ports) {
    const known = byProtocol.get(entry.protocol) ?? [];
    if (entry.port === undefined || known === 'all') {
      byProtocol.set(entry.protocol, 'all');
      continue;
    }
    const port = convertPort(entry.port, entry.endPort);
    if (port === undefined) return undefined;
    byProtocol.set(entry.protocol, [...known, port]);
  }
  return [...byProtocol]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([protocol, list]) => [protocol, list === 'all' ? [] : simplifyPorts(list)]);
};

const convertPort = (port: number | string, endPort: number | undefined): CalicoPort | undefined =>
  typeof port === 'string' ? parseCalicoPort(port) : { first: port, last: endPort ?? port };

const convertPeer = (peer: NetworkPolicyPeer): EntityRule => {
  if (peer.ipBlock !== undefined) {
    const { cidr, except } = peer.ipBlock;
    return { nets: [cidr], ...(except.length === 0 ? {} : { notNets: except }) };
  }
  return {
    selector: podSelectorText(peer.podSelector),
    ...(peer.namespaceSelector === undefined
      ? {}
      : { namespaceSelector: namespaceSelectorText(peer.namespaceSelector) }),
  };
};
