import { parseIp } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from './cluster-from-objects.ts';
import { podByIp, podKey, podsOf, podsOn } from './cluster-index.ts';
import { pod, workload } from './test-objects.ts';
import { withPodAddresses } from './with-pod-addresses.ts';

const at = (nodeName: string, podIP?: string, more = {}) => ({
  spec: { nodeName, ...more },
  status: podIP === undefined ? {} : { podIP },
});

const cluster = clusterFromObjects([
  pod('shop/web', at('a', '10.1.0.2')),
  pod('data/db', at('b', '10.1.1.2')),
  pod('shop/api', at('b')),
  pod('ops/agent', at('a', '10.9.0.1', { hostNetwork: true })),
  pod('shop/done', { ...at('a'), status: { phase: 'Succeeded' } }),
]);

const keys = (pods: Iterable<{ namespace: string; name: string }>) => [...pods].map(podKey);

describe('indexes', () => {
  test('by namespace, by node and by address', () => {
    expect(keys(podsOf(cluster, 'shop'))).toEqual(['shop/web', 'shop/api', 'shop/done']);
    expect(keys(podsOf(cluster, 'nowhere'))).toEqual([]);
    expect(keys(podsOn(cluster, 'b'))).toEqual(['data/db', 'shop/api']);
    expect(podByIp(cluster, parseIp('10.1.1.2'))?.name).toBe('db');
    expect(podByIp(cluster, parseIp('10.1.1.3'))).toBeUndefined();
  });

  test("a node's address is no pod's", () => {
    const [nodeIp] = cluster.pods.get('ops/agent')?.ips ?? [];
    expect(nodeIp).toBeDefined();
    expect(podByIp(cluster, nodeIp ?? 0)).toBeUndefined();
  });
});

describe('withPodAddresses', () => {
  test('gives new addresses to those pods that had made-up ones, and is indexed anew', () => {
    const asked: string[] = [];
    const moved = withPodAddresses(cluster, (one) => {
      asked.push(podKey(one));
      return [parseIp('192.0.2.7')];
    });
    expect(asked).toEqual(['shop/api']);
    expect(podByIp(moved, parseIp('192.0.2.7'))?.name).toBe('api');
    expect(podByIp(cluster, parseIp('192.0.2.7'))).toBeUndefined();
    expect(moved.pods.get('shop/web')).toBe(cluster.pods.get('shop/web'));
    expect([...moved.pods.keys()]).toEqual([...cluster.pods.keys()]);
    expect(moved.nodes).toBe(cluster.nodes);
  });

  test('undefined keeps what there is; no address at all is possible', () => {
    const same = withPodAddresses(cluster, () => undefined);
    expect([...same.pods.values()]).toEqual([...cluster.pods.values()]);
    const web = clusterFromObjects([workload('Deployment', 'a/web')]);
    const [bare] = withPodAddresses(web, () => [], []).pods.values();
    expect(bare?.ips).toEqual([]);
  });
});
