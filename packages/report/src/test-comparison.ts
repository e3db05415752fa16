import type { ComparedFlow, Comparison, NodeCost } from '@podpath/cni';
import type { BenchmarkResults } from './results/results.ts';

const cost: NodeCost = {
  routes: 7,
  rules: 120,
  chains: 31,
  sets: 4,
  setMembers: 1234,
  neighbours: 2,
  fdbEntries: 2,
};

const flow = (to: string, allowed: boolean): ComparedFlow => ({
  from: 'shop/front',
  to,
  protocol: 'TCP',
  port: 8080,
  sameNode: false,
  verdict: {
    allowed,
    egress: { allowed: true, reason: 'not-isolated' },
    ingress: allowed
      ? { allowed: true, reason: 'not-isolated' }
      : {
          allowed: false,
          reason: 'denied-by-isolation',
          tier: 'NetworkPolicy',
          isolatedBy: [{ kind: 'NetworkPolicy', namespace: 'data', name: 'default-deny' }],
        },
  },
  walks: [
    {
      outcome: allowed ? 'delivered' : 'dropped',
      reason: '',
      passed: allowed,
      hops: 4,
      rulesMatched: 9,
      encapsulations: 1,
    },
    { outcome: 'delivered', reason: '', passed: true, hops: 4, rulesMatched: 2, encapsulations: 1 },
  ],
});

/** Two plugins on a cluster with one connection that they treat differently. */
export const comparison: Comparison = {
  cluster: {
    nodes: 3,
    pods: 9,
    workloads: 4,
    services: 2,
    networkPolicies: 1,
    notes: ['3 nodes were made up.'],
    ignoredKinds: { 'v1 ConfigMap': 2 },
  },
  plugins: [
    {
      name: 'calico',
      title: 'Calico',
      features: {
        families: [4, 6],
        encapsulation: ['vxlan'],
        enforcesPolicy: true,
        policyDeviations: [],
      },
      notes: [],
      overlay: { encapsulationBytes: 50, podMtuBytes: 1450 },
      costs: [{ node: 'node-1', cost }],
      open: 1,
    },
    {
      name: 'flannel',
      title: 'Flannel',
      features: {
        families: [4],
        encapsulation: ['vxlan'],
        enforcesPolicy: false,
        policyDeviations: [],
      },
      notes: ['policies have no effect'],
      overlay: { encapsulationBytes: 50, podMtuBytes: 1450 },
      costs: [{ node: 'node-1', cost }],
      open: 2,
    },
  ],
  flows: [flow('data/db', false), flow('shop/cart', true)],
};

/** One suite, one workload, a plugin and a peer, and a peer that was left out. */
export const benchmarks: BenchmarkResults = {
  schema: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  quick: false,
  machine: {
    cpu: 'A <fast> CPU',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    platform: 'linux x64',
    kernel: '6.1',
  },
  node: 'v24.0.0',
  packages: { tinybench: '6.2.3' },
  suites: [
    {
      name: 'route-lookup',
      title: 'Route lookup',
      about: 'The emulator’s speed.',
      unit: 'lookups',
      workloads: [
        {
          name: '10 nodes',
          description: 'ten nodes',
          nodes: 10,
          pods: 200,
          policies: 20,
          seed: 1,
          measurements: [
            {
              subject: 'calico',
              role: 'plugin',
              perSecond: 2e6,
              runs: [1.9e6, 2e6, 2.1e6],
              p50Ns: 500,
              p99Ns: 900,
              checked: 1024,
              holds: { routes: 12 },
            },
            {
              subject: 'linear scan',
              role: 'peer',
              perSecond: 5e5,
              runs: [5e5],
              p50Ns: 2000,
              p99Ns: 2500,
              checked: 1024,
              holds: { routes: 12 },
            },
          ],
          skipped: [{ subject: 'netmask', reason: 'too slow to wait for' }],
        },
      ],
    },
  ],
};
