import type { Flow, LabelSelector, NetworkPolicy, NetworkPolicyRule } from '@podpath/cluster';
import { parsePrefix } from '@podpath/net';
import { compilePolicies, type PolicyFlow } from '@podpath/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calico } from './calico.ts';
import { testCluster } from './testing/test-cluster.ts';

/** Every pod has a port called `web`, at a number of its own. */
const PODS = Object.fromEntries(
  ['a', 'b', 'c', 'd', 'e'].map((name, index) => [
    name,
    {
      node: index % 2 === 0 ? 'n1' : 'n2',
      namespace: index < 3 ? 'prod' : 'dev',
      ips: [`10.244.${index}.7`, `fd00:244::${index}:7`],
      labels: { app: name, half: index < 2 ? 'low' : 'high' },
      ports: [
        { name: 'web', port: 8000 + (index % 2), protocol: 'TCP' as const },
        { name: 'web', port: 9000, protocol: 'UDP' as const },
      ],
    },
  ]),
);
const NODES = { n1: ['172.18.0.2', 'fd00:18::2'], n2: ['172.18.0.3', 'fd00:18::3'] };

const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
  fc.constant({ matchLabels: {}, matchExpressions: [] }),
  fc.constantFrom('a', 'b', 'c', 'd', 'e').map((app) => ({
    matchLabels: { app },
    matchExpressions: [],
  })),
  fc
    .record({
      key: fc.constantFrom('half', 'app', 'none'),
      operator: fc.constantFrom('In', 'NotIn'),
      values: fc.subarray(['low', 'high', 'a'], { minLength: 1 }),
    })
    .map((requirement) => ({ matchLabels: {}, matchExpressions: [requirement] })),
  fc
    .record({
      key: fc.constantFrom('half', 'none'),
      operator: fc.constantFrom('Exists', 'DoesNotExist'),
      values: fc.constant([]),
    })
    .map((requirement) => ({ matchLabels: {}, matchExpressions: [requirement] })),
);
const namespaces = fc.constantFrom('prod', 'dev').map((name) => ({
  matchLabels: { 'kubernetes.io/metadata.name': name },
  matchExpressions: [],
}));
const block = fc.constantFrom(
  { cidr: '0.0.0.0/0', except: ['10.244.0.0/22'] },
  { cidr: '10.244.0.0/16', except: ['10.244.1.0/24', '10.244.3.0/24'] },
  { cidr: '10.244.2.7/32', except: [] },
  { cidr: '::/0', except: ['fd00:244::1:0/112'] },
  { cidr: 'fd00:244::/64', except: [] },
);
const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  fc.oneof(namespaces, selector).map((namespaceSelector) => ({ namespaceSelector })),
  fc.record({ podSelector: selector, namespaceSelector: namespaces }),
  block.map(({ cidr, except }) => ({
    ipBlock: { cidr: parsePrefix(cidr), except: except.map(parsePrefix) },
  })),
);
const port = fc.oneof(
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP'), port: fc.constantFrom('web', 8000, 9000) }),
  fc.constant({ protocol: 'TCP' as const, port: 8000, endPort: 8001 }),
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP', 'SCTP') }),
);
const rule: fc.Arbitrary<NetworkPolicyRule> = fc.record({
  peers: fc.array(peer, { maxLength: 2 }),
  ports: fc.array(port, { maxLength: 3 }),
});
const policy: fc.Arbitrary<Omit<NetworkPolicy, 'name'>> = fc.record({
  namespace: fc.constantFrom('prod', 'dev'),
  podSelector: selector,
  policyTypes: fc.subarray(['Ingress', 'Egress'], { minLength: 1 }),
  ingress: fc.array(rule, { maxLength: 2 }),
  egress: fc.array(rule, { maxLength: 2 }),
});

const flows: readonly (Flow & PolicyFlow)[] = Object.entries(PODS).flatMap(([from, source]) =>
  Object.entries(PODS).flatMap(([to, destination]) =>
    from === to
      ? []
      : ([4, 6] as const).flatMap((family) =>
          (
            [
              ['TCP', 8000],
              ['TCP', 8001],
              ['UDP', 9000],
              ['ICMP', 0],
            ] as const
          ).map(([protocol, number]): Flow & PolicyFlow => ({
            from: { kind: 'pod', namespace: source.namespace, name: from },
            to: { kind: 'pod', namespace: destination.namespace, name: to },
            protocol,
            port: number,
            family,
          })),
        ),
  ),
);

describe('a packet under policy', () => {
  it('ends as the reference evaluator and compiled policies say, whatever the policies', () => {
    fc.assert(
      fc.property(fc.array(policy, { minLength: 1, maxLength: 5 }), (policies) => {
        const cluster = testCluster({
          nodes: NODES,
          pods: PODS,
          podNetworks: ['10.244.0.0/16', 'fd00:244::/64'],
          networkPolicies: policies.map((parts, index) => ({ ...parts, name: `p${index}` })),
        });
        const path = calico.install(cluster, calico.configure(undefined));
        const compiled = compilePolicies(path.cluster);
        for (const flow of flows) {
          const { outcome } = path.send(flow, { trace: false });
          const allowed = outcome === 'delivered' || outcome === 'refused';
          expect({ flow, outcome, allowed }).toEqual({
            flow,
            outcome,
            allowed: path.verdict(flow).allowed,
          });
          expect({ flow, allowed: compiled.verdict(flow) }).toEqual({ flow, allowed });
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});
