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

/** A rate with a plugin, a peer, and a peer that was left out; a duration; bytes. */
export const benchmarks: BenchmarkResults = {
  schema: 2,
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
      quantity: 'rate',
      measure: 'lookups a second',
      workloadTitle: 'Cluster',
      workloads: [
        {
          name: '10 nodes',
          description: 'ten nodes',
          size: { nodes: 10, pods: 200, policies: 20 },
          seed: 1,
          measurements: [
            {
              subject: 'calico',
              role: 'plugin',
              value: 2e6,
              runs: [1.9e6, 2e6, 2.1e6],
              latency: { p50Ns: 500, p99Ns: 900 },
              checked: 1024,
              holds: { routes: 12 },
            },
            {
              subject: 'linear scan',
              role: 'peer',
              value: 5e5,
              runs: [5e5],
              latency: { p50Ns: 2000, p99Ns: 2500 },
              checked: 1024,
              holds: { routes: 12 },
            },
          ],
          skipped: [{ subject: 'netmask', reason: 'too slow to wait for' }],
        },
      ],
    },
    {
      name: 'installing',
      title: 'Installing',
      about: 'How long it takes.',
      quantity: 'duration',
      measure: 'time to the first answer',
      workloadTitle: 'Cluster',
      workloads: [
        {
          name: '1,000 nodes',
          description: 'a thousand nodes',
          size: { nodes: 1000 },
          seed: 1,
          measurements: [
            {
              subject: 'calico',
              role: 'plugin',
              value: 4e8,
              runs: [3.9e8, 4e8, 4.1e8],
              latency: { p50Ns: 4e8, p99Ns: 5e8 },
              checked: 1,
              holds: {},
            },
            {
              subject: 'by hand',
              role: 'peer',
              value: 8e8,
              runs: [8e8],
              latency: { p50Ns: 8e8, p99Ns: 9e8 },
              checked: 1,
              holds: {},
            },
          ],
          skipped: [],
        },
      ],
    },
    {
      name: 'memory',
      title: 'Memory',
      about: 'How much it takes up.',
      quantity: 'memory',
      measure: 'bytes of heap',
      workloadTitle: 'What',
      workloads: [
        {
          name: 'pod',
          description: 'a pod',
          size: { pods: 110 },
          seed: 1,
          measurements: [
            {
              subject: 'flannel',
              role: 'plugin',
              value: 12_345,
              runs: [12_000, 12_345, 12_400],
              checked: 110,
              holds: { namespaces: 1 },
            },
          ],
          skipped: [],
        },
      ],
    },
  ],
};
