import type { Cluster } from '@podpath/cluster';
import { describe, expect, it } from 'vitest';
import { formatConnections } from './connection-set.ts';
import { formatReachability, formatReachabilityEnd } from './format-reachability.ts';
import { reachability } from './reachability.ts';
import { reachabilityJson } from './reachability-json.ts';
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

/** `from => to: connections` for each pair that is not all allowed. */
const restricted = (cluster: Cluster) => {
  const { ends, connections } = reachability(cluster);
  return ends.flatMap((from, i) =>
    ends.flatMap((to, j) => {
      const set = connections(i, j);
      const text = set === undefined ? 'no pair' : formatConnections(set);
      const pair = `${formatReachabilityEnd(from)} => ${formatReachabilityEnd(to)}`;
      return text === 'everything' ? [] : [`${pair}: ${text}`];
    }),
  );
};

describe('reachability', () => {
  it('has a row for each workload and what is outside, none for host-network and finished pods', () => {
    const result = reachability(testCluster({ pods }));
    expect(result.ends.map(formatReachabilityEnd)).toEqual([
      'shop/db',
      'shop/web (Deployment)',
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
    expect(lines).toContain('shop/web (Deployment, 1 of 2 pods) => shop/db: nothing');
    // The block is all of one pod, so it is no place outside.
    expect(lines.filter((line) => line.includes('10.0.2.1'))).toEqual([]);
  });

  it('can be asked for some namespaces', () => {
    const two = [...pods, testPod('bank/vault', '10.0.9.9')];
    const { ends } = reachability(testCluster({ pods: two }), { namespaces: new Set(['bank']) });
    expect(ends.map(formatReachabilityEnd)).toEqual(['bank/vault', 'outside']);
  });

  it('connects families that both ends have', () => {
    const mixed = [
      testPod('shop/both', ['10.0.0.1', 'fd00::1']),
      testPod('shop/four', '10.0.0.4'),
      testPod('shop/six', 'fd00::6'),
    ];
    const only4 = testPolicy('shop/p', EVERYTHING, { ingress: [testRule([ipBlock('0.0.0.0/0')])] });
    const lines = restricted(testCluster({ pods: mixed, policies: [only4] }));
    expect(lines).toContain('shop/four => shop/six: no pair');
    expect(lines).toContain('shop/both => shop/six: nothing');
    expect(lines).not.toContain('shop/both => shop/four: nothing');
    expect(lines).toContain('outside, IPv6 => shop/both: nothing');
  });

  it('refuses an end that is none', () => {
    expect(() => reachability(testCluster({ pods })).connections(0, 9)).toThrow(RangeError);
  });
});

describe('the table', () => {
  const result = reachability(testCluster({ pods, policies: [toDb, fromOffice] }));

  it('has a sign for each set of connections', () => {
    expect(formatReachability(result)).toBe(
      `from \\ to                1 2 3 4
1 shop/db                - X . .
2 shop/web (Deployment)  a X . .
3 outside                X X - -
4 outside 203.0.113.0/25 X b - -

. everything
X nothing
a TCP 5432
b TCP 80
- nothing to connect

Host-network pods count as nodes and are left out: 1.
`,
    );
  });

  it('or tells about one port', () => {
    const lines = formatReachability(result, { port: { protocol: 'TCP', port: 80 } }).split('\n');
    expect(lines.slice(1, 8)).toEqual([
      '1 shop/db                - X . .',
      '2 shop/web (Deployment)  X X . .',
      '3 outside                X X - -',
      '4 outside 203.0.113.0/25 X . - -',
      '',
      '. TCP 80 allowed',
      'X TCP 80 denied',
    ]);
  });

  it('is plain data for programs', () => {
    const json = reachabilityJson(result);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json.matrix[1]?.[0]).toBe(2);
    expect(json.connections[2]).toEqual({
      TCP: [{ first: 5432, last: 5432 }],
      UDP: [],
      SCTP: [],
      ICMP: false,
    });
    expect(json.ends[3]).toEqual({
      kind: 'outside',
      name: 'outside 203.0.113.0/25',
      ranges: [{ first: '203.0.113.0', last: '203.0.113.127' }],
    });
  });
});
