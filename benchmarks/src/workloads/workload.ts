import { type Cluster, clusterFromObjects } from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import type { Subject, SuiteWorkload } from '../suites/suite.ts';
import { createRandom } from './random.ts';

/** A cluster of a size, and the seed that made it. */
export interface Workload {
  readonly name: string;
  readonly nodes: number;
  readonly pods: number;
  readonly policies: number;
  readonly seed: number;
  /** Absent: IPv4 alone. */
  readonly families?: readonly IpFamily[];
}

export const CLUSTERS: readonly Workload[] = [
  { name: '10 nodes', nodes: 10, pods: 200, policies: 20, seed: 1 },
  { name: '100 nodes', nodes: 100, pods: 2_000, policies: 200, seed: 2 },
  { name: '1,000 nodes', nodes: 1_000, pods: 20_000, policies: 1_000, seed: 3 },
  { name: '5,000 nodes', nodes: 5_000, pods: 100_000, policies: 2_000, seed: 4 },
];

const MOST_QUICK_NODES = 1_000;

/** A cluster as a suite's workload. */
export const onCluster = (
  workload: Workload,
  description: string,
  subjects: readonly Subject[],
): SuiteWorkload => {
  const { name, nodes, pods, policies, seed } = workload;
  const quick = nodes <= MOST_QUICK_NODES;
  return { name, description, size: { nodes, pods, policies }, seed, quick, subjects };
};

const PODS_PER_NAMESPACE = 50;
const APPS = ['front', 'cart', 'search', 'orders', 'stock', 'mail', 'pay', 'audit'] as const;
const TIERS = ['edge', 'service', 'store'] as const;

const appLabel = (index: number): string => APPS[index % APPS.length] ?? 'front';
const tierLabel = (index: number): string => TIERS[index % TIERS.length] ?? 'edge';

/**
 * A cluster with the label cardinalities of real ones: every pod has an app and a tier, policies select an
 * app of one namespace and admit a tier of the same or another namespace on port 80. Nothing in it is
 * outside what every policy-enforcing plugin supports, so that verdicts must agree.
 */
export function buildCluster(workload: Workload): Cluster {
  const random = createRandom(workload.seed);
  const namespaces = Math.max(2, Math.ceil(workload.pods / PODS_PER_NAMESPACE));
  const objects: unknown[] = [];
  for (let n = 0; n < workload.nodes; n++) {
    objects.push({ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${n}` } });
  }
  for (let n = 0; n < namespaces; n++) {
    objects.push({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: `team-${n}`,
        labels: { team: `team-${n}`, stage: n % 4 === 0 ? 'test' : 'live' },
      },
    });
  }
  for (let p = 0; p < workload.pods; p++) {
    objects.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: `team-${p % namespaces}`,
        name: `pod-${p}`,
        labels: {
          app: appLabel(random.below(APPS.length)),
          tier: tierLabel(random.below(TIERS.length)),
        },
      },
      spec: {
        nodeName: `node-${p % workload.nodes}`,
        containers: [{ name: 'main', ports: [{ containerPort: 80 }] }],
      },
    });
  }
  for (let p = 0; p < workload.policies; p++) {
    objects.push({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: `team-${random.below(namespaces)}`, name: `policy-${p}` },
      spec: {
        podSelector: { matchLabels: { app: appLabel(random.below(APPS.length)) } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { tier: tierLabel(random.below(TIERS.length)) } } },
              {
                namespaceSelector: { matchLabels: { team: `team-${random.below(namespaces)}` } },
                podSelector: { matchLabels: { app: appLabel(random.below(APPS.length)) } },
              },
            ],
            ports: [{ protocol: 'TCP', port: 80 }],
          },
        ],
      },
    });
  }
  return clusterFromObjects(objects, { families: workload.families ?? [4] });
}
