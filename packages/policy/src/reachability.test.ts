import type { Cluster } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { formatConnections } from './connection-set.ts';
import { endOf } from './questions/end.ts';
import { type ReachabilityEnd, reachability } from './reachability.ts';
import {
  EVERYTHING,
  ipBlock,
  labelled,
  testCluster,
  testPod,
  testPolicy,
  testRule,
} from './test-cluster.ts';

const web = { kind: 'Deployment', name: 'web' };

const pods = [
  testPod('shop/web-1', '10.0.1.1', { labels: { app: 'web' }, owner: web, ports: ['http=TCP/80'] }),
  testPod('shop/web-2', '10.0.2.1', {
    labels: { app: 'web' },
    owner: web,
    node: 'node-2',
    ports: ['http=TCP/80'],
  }),
  testPod('shop/db', '10.0.2.2', { node: 'node-2' }),
  testPod('ops/agent', '192.168.0.3', { hostNetwork: true, node: 'node-3' }),
  testPod('shop/job', '10.0.3.3', { phase: 'Succeeded' }),
];

const toDb = testPolicy('shop/db', labelled({ app: 'db' }), {
  ingress: [
    testRule([{ podSelector: labelled({ app: 'web' }) }], [{ protocol: 'TCP', port: 5432 }]),
  ],
});

const fromOffice = testPolicy('shop/web', labelled({ app: 'web' }), {
  ingress: [
    testRule([ipBlock('203.0.113.0/24', '203.0.113.128/25')], [{ protocol: 'TCP', port: 'http' }]),
  ],
});

const nameOf = (end: ReachabilityEnd): string => endOf(end).name;

/** `from => to: connections` for each pair that is not all allowed, without nodes. */
const restricted = (cluster: Cluster, family: 4 | 6 = 4) => {
  const { ends, connections } = reachability(cluster);
  return ends.flatMap((from, i) =>
    ends.flatMap((to, j) => {
      if (from.kind === 'nodes' || to.kind === 'nodes') return [];
      const set = connections(i, j, family);
      const text = set === undefined ? 'no pair' : formatConnections(set);
      return text === 'everything' ? [] : [`${nameOf(from)} => ${nameOf(to)}: ${text}`];
    }),
  );
};

describe('reachability', () => {
  it('has a row for each workload, for nodes and what is outside, none for host-network and finished pods', () => {
    const result = reachability(testCluster({ pods }));
    expect(result.ends.map(nameOf)).toEqual([
      'shop/db',
      'shop/web (Deployment)',
      'all 3 nodes',
      'outside',
    ]);
    expect(result.hostNetworkPods).toBe(1);
    expect(restricted(testCluster({ pods }))).toEqual([
      'shop/db => shop/db: no pair',
      'outside => outside: no pair',
    ]);
  });

  it('folds ports, and takes two pods where a workload meets itself', () => {
    expect(restricted(testCluster({ pods, policies: [toDb, fromOffice] }))).toEqual([
      'shop/db => shop/db: no pair',
      'shop/db => shop/web (Deployment): nothing',
      'shop/web (Deployment) => shop/db: TCP 5432',
      'shop/web (Deployment) => shop/web (Deployment): nothing',
      'outside => shop/db: nothing',
      'outside => shop/web (Deployment): nothing',
      'outside => outside: no pair',
      'outside => outside 203.0.113.0/25: no pair',
      'outside 203.0.113.0/25 => shop/db: nothing',
      'outside 203.0.113.0/25 => shop/web (Deployment): TCP 80',
      'outside 203.0.113.0/25 => outside: no pair',
      'outside 203.0.113.0/25 => outside 203.0.113.0/25: no pair',
    ]);
  });

  it('parts a workload whose pods policies tell apart', () => {
    const onlyOne = testPolicy('shop/p', labelled({ app: 'db' }), {
      ingress: [testRule([ipBlock('10.0.2.1/32')])],
    });
    const lines = restricted(testCluster({ pods, policies: [onlyOne] }));
    expect(lines).toContain('shop/web (Deployment, pod web-1) => shop/db: nothing');
    // The block is all of one pod, so it is no place outside.
    expect(lines.filter((line) => line.includes('10.0.2.1'))).toEqual([]);
  });

  it('can be asked for some namespaces', () => {
    const two = [...pods, testPod('bank/vault', '10.0.9.9')];
    const { ends } = reachability(testCluster({ pods: two }), { namespaces: new Set(['bank']) });
    expect(ends.map(nameOf)).toEqual(['bank/vault', 'all 3 nodes', 'outside']);
  });

  it('connects families that both ends have', () => {
    const mixed = [
      testPod('shop/both', ['10.0.0.1', 'fd00::1']),
      testPod('shop/four', '10.0.0.4'),
      testPod('shop/six', 'fd00::6'),
    ];
    const only4 = testPolicy('shop/p', EVERYTHING, { ingress: [testRule([ipBlock('0.0.0.0/0')])] });
    const cluster = testCluster({ pods: mixed, policies: [only4] });
    const four = restricted(cluster, 4);
    expect(four).toContain('shop/four => shop/six: no pair');
    expect(four).toContain('shop/both => shop/six: no pair');
    expect(four.filter((line) => line.endsWith('nothing'))).toEqual([]);
    const six = restricted(cluster, 6);
    expect(six).toContain('shop/four => shop/six: no pair');
    expect(six).toContain('shop/both => shop/six: nothing');
    expect(six).toContain('outside, IPv6 => shop/both: nothing');
  });

  it('tells nodes apart that rules name, and lets a pod and its own node through', () => {
    const fromNode2 = testPolicy('shop/p', EVERYTHING, {
      ingress: [testRule([ipBlock('192.168.0.2/32')])],
    });
    const { ends, connections } = reachability(testCluster({ pods, policies: [fromNode2] }));
    const names = ends.map(nameOf);
    expect(names).toContain('node node-2');
    expect(names).toContain('nodes node-1, node-3');
    const between = (from: string, to: string) => {
      const set = connections(names.indexOf(from), names.indexOf(to), 4);
      return set && formatConnections(set);
    };
    // One of the workload's pods is on node-2 and one on node-1: cells are about the other node's.
    expect(between('node node-2', 'shop/web (Deployment)')).toBe('everything');
    expect(between('nodes node-1, node-3', 'shop/web (Deployment)')).toBe('nothing');
    // Its only pod is on that node.
    expect(between('node node-2', 'shop/db')).toBe('everything');
    expect(between('shop/db', 'node node-2')).toBe('everything');
    expect(between('node node-2', 'node node-2')).toBeUndefined();
  });

  it('refuses an end that is none', () => {
    expect(() => reachability(testCluster({ pods })).connections(0, 9, 4)).toThrow(RangeError);
  });
});
