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

const secondsOf = (work: () => void): number => {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
};

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

describe('time to read grows with the text, not with its square', () => {
  const grows = (textOf: (size: number) => string): number => {
    const [small, big] = [textOf(1), textOf(8)];
    secondsOf(() => clusterFromText(small, 'warm.yaml'));
    const first = secondsOf(() => clusterFromText(small, 'small.yaml'));
    return secondsOf(() => clusterFromText(big, 'big.yaml')) / first;
  };
  // Eight times the text takes 64 times as long when it is quadratic.
  const LINEAR = 32;

  test.each<[string, (size: number) => string]>([
    [
      'a JSON list',
      (size) =>
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: items(2000 * size) }, null, 1),
    ],
    [
      'a YAML list',
      (size) =>
        `apiVersion: v1\nkind: List\nitems:\n${items(300 * size)
          .map((one) => `- ${JSON.stringify(one)}\n`)
          .join('')}`,
    ],
    [
      'YAML documents',
      (size) =>
        items(300 * size)
          .map((one) => `# a\n${yaml(one)}`)
          .join('---\n'),
    ],
    ['one object with many keys', (size) => wide(5000 * size)],
    ['a text of many aliases', (size) => aliases(3000 * size)],
  ])('%s', { timeout: 120_000 }, (_, textOf) => {
    expect(grows(textOf)).toBeLessThan(LINEAR);
  });
});

const items = (count: number) => Array.from({ length: count }, (_, index) => livePod(index, 10));

const yaml = (value: ReturnType<typeof livePod>): string =>
  Object.entries(value)
    .map(([key, member]) => `${key}: ${JSON.stringify(member)}\n`)
    .join('');

const wide = (count: number): string => {
  const data = Array.from({ length: count }, (_, index) => `  key-${index}: value\n`).join('');
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wide}\ndata:\n${data}`;
};

const aliases = (count: number): string => {
  const data = Array.from({ length: count }, (_, index) => `- &a${index} x\n- *a${index}\n`).join(
    '',
  );
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aliases}\ndata:\n${data}`;
};
