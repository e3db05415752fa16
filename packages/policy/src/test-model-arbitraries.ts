import type {
  ClusterNetworkPolicy,
  ClusterNetworkPolicyPeer,
  ClusterNetworkPolicyPort,
  ClusterNetworkPolicyRule,
} from '@podpath/cluster';
import { parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { selector } from './test-arbitraries.ts';

// Random cluster-scoped policies over the same small world as the NetworkPolicies.

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const pods = fc.record(
  { kind: fc.constant('pods' as const), namespaces: selector, pods: selector },
  { requiredKeys: ['kind', 'namespaces'] },
);

const peer = (direction: 'ingress' | 'egress'): fc.Arbitrary<ClusterNetworkPolicyPeer> =>
  direction === 'ingress'
    ? pods
    : fc.oneof(
        pods,
        pods,
        fc
          .subarray(['0.0.0.0/0', '10.0.0.0/16', '8.8.0.0/16', '192.168.0.0/30', 'fd00::/64'], {
            minLength: 1,
          })
          .map((cidrs) => ({ kind: 'networks' as const, cidrs: cidrs.map(parsePrefix) })),
        fc.constant({
          kind: 'nodes' as const,
          selector: { matchLabels: {}, matchExpressions: [] },
        }),
      );

const port: fc.Arbitrary<ClusterNetworkPolicyPort> = pick<ClusterNetworkPolicyPort>(
  { protocol: 'TCP', first: 80, last: 80 },
  { protocol: 'TCP', first: 50, last: 81 },
  { protocol: 'UDP', first: 53, last: 80 },
  { protocol: 'SCTP' },
  { name: 'http' },
  { name: 'dns' },
);

export const clusterRule = (
  direction: 'ingress' | 'egress',
): fc.Arbitrary<ClusterNetworkPolicyRule> =>
  fc.record({
    action: pick<ClusterNetworkPolicyRule['action']>('Allow', 'Deny', 'Pass'),
    peers: fc.array(peer(direction), { minLength: 1, maxLength: 2 }),
    ports: fc.array(port, { maxLength: 2 }),
  });

const clusterPolicy = (
  name: string,
  tier: ClusterNetworkPolicy['tier'],
  priority: number,
): fc.Arbitrary<ClusterNetworkPolicy> =>
  fc.record({
    kind: fc.constant('ClusterNetworkPolicy' as const),
    name: fc.constant(name),
    tier: fc.constant(tier),
    priority: fc.constant(priority),
    subject: fc.record({ namespaces: selector, pods: selector }),
    ingress: fc.array(clusterRule('ingress'), { maxLength: 2 }),
    egress: fc.array(clusterRule('egress'), { maxLength: 2 }),
  });

/** Two of each tier, with priorities of their own: the order of equals is nobody's business. */
export const clusterPolicies = fc.tuple(
  clusterPolicy('a', 'Admin', 1),
  clusterPolicy('b', 'Admin', 2),
  clusterPolicy('c', 'Baseline', 1),
  clusterPolicy('d', 'Baseline', 2),
);
