import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from './cluster-from-objects.ts';
import { podByIp, podsOf } from './cluster-index.ts';
import { clusterFromText } from './load-cluster.ts';
import { node, pod, workload } from './test-objects.ts';

const livePod = (index: number, nodes: number) =>
  pod(`team-${index % 100}/web-${index}`, {
    metadata: { labels: { app: `app-${index % 300}`, tier: 'web' } },
    spec: { nodeName: `node-${index % nodes}`, containers: [{ ports: [{ containerPort: 80 }] }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });

describe('large clusters', () => {
  test('5,000 nodes and 150,000 pods from objects', { timeout: 120_000 }, () => {
    const nodes = Array.from({ length: 5000 }, (_, index) => node(`node-${index}`));
    const pods = Array.from({ length: 150_000 }, (_, index) => livePod(index, 5000));
    const cluster = clusterFromObjects([...nodes, ...pods]);
    expect(cluster.pods.size).toBe(150_000);
    expect(podsOf(cluster, 'team-7')).toHaveLength(1500);
    const last = cluster.pods.get('team-99/web-149999');
    expect(podByIp(cluster, last?.ips[0] ?? 0)).toBe(last);
  });

  test('150,000 pods of one Deployment', { timeout: 120_000 }, () => {
    const cluster = clusterFromObjects([workload('Deployment', 'a/b', { replicas: 150_000 })], {
      nodes: 5000,
    });
    expect(cluster.pods.size).toBe(150_000);
  });
});

describe('large texts are read', () => {
  test.each<[string, string, number]>([
    ['a JSON list', jsonList(16_000), 16_000],
    ['a YAML list', yamlList(2400), 2400],
    [
      'YAML documents',
      items(2400)
        .map((one) => `# a\n${yaml(one)}`)
        .join('---\n'),
      2400,
    ],
    ['one object with many keys', wide(40_000), 0],
    ['a text of many aliases', aliases(24_000), 0],
  ])('%s', { timeout: 120_000 }, (_, text, pods) => {
    expect(clusterFromText(text, 'big.yaml').pods.size).toBe(pods);
  });
});

function jsonList(count: number): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: items(count) }, null, 1);
}

function yamlList(count: number): string {
  const lines = items(count).map((one) => `- ${JSON.stringify(one)}\n`);
  return `apiVersion: v1\nkind: List\nitems:\n${lines.join('')}`;
}

function items(count: number): readonly ReturnType<typeof livePod>[] {
  return Array.from({ length: count }, (_, index) => livePod(index, 10));
}

function yaml(value: ReturnType<typeof livePod>): string {
  return Object.entries(value)
    .map(([key, member]) => `${key}: ${JSON.stringify(member)}\n`)
    .join('');
}

function wide(count: number): string {
  const data = Array.from({ length: count }, (_, index) => `  key-${index}: value\n`).join('');
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wide}\ndata:\n${data}`;
}

function aliases(count: number): string {
  const pairs = Array.from({ length: count }, (_, index) => `- &a${index} x\n- *a${index}\n`);
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aliases}\ndata:\n${pairs.join('')}`;
}
