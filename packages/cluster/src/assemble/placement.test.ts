import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import { node, pod, workload } from '../test-objects.ts';

const nodes = [
  node('a', { metadata: { labels: { disk: 'ssd' } } }),
  node('b'),
  node('c', {
    metadata: { labels: { disk: 'ssd' } },
    spec: { taints: [{ key: 'team', value: 'data', effect: 'NoExecute' }] },
  }),
  node('d', { spec: { taints: [{ key: 'slow', effect: 'PreferNoSchedule' }] } }),
];

const placed = (...objects: unknown[]): string[] =>
  [...clusterFromObjects([...nodes, ...objects]).pods.values()].map((one) => one.node);

describe('placement', () => {
  test('in turn over the nodes without taints that forbid it', () => {
    expect(placed(workload('Deployment', 'x/web', { replicas: 5 }))).toEqual([
      'a',
      'b',
      'd',
      'a',
      'b',
    ]);
  });

  test('a nodeName is final', () => {
    expect(placed(pod('x/y', { spec: { nodeName: 'c' } }))).toEqual(['c']);
  });

  test.each<[string, object, string[]]>([
    ['the key', { key: 'team', operator: 'Exists' }, ['a', 'c', 'a']],
    ['key and value', { key: 'team', value: 'data' }, ['a', 'c', 'a']],
    ['everything', { operator: 'Exists' }, ['a', 'c', 'a']],
    ['another value', { key: 'team', value: 'web' }, ['a', 'a', 'a']],
    ['another effect', { key: 'team', operator: 'Exists', effect: 'NoSchedule' }, ['a', 'a', 'a']],
  ])('by nodeSelector, tolerating %s', (_, toleration, expected) => {
    const podSpec = { nodeSelector: { disk: 'ssd' }, tolerations: [toleration] };
    expect(placed(workload('Deployment', 'x/web', { replicas: 3 }, podSpec))).toEqual(expected);
  });

  test('a pod that fits nowhere is placed and mentioned', () => {
    const misfit = pod('x/y', { spec: { nodeSelector: { disk: 'tape' } } });
    expect(placed(misfit)).toEqual(['a']);
    expect(clusterFromObjects([...nodes, misfit]).notes).toContain(
      'Placed although no node fits by nodeSelector and taints: 1 pod, x/y.',
    );
  });
});
