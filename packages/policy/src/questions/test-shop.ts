import { EMPTY_CLUSTER } from '@podpath/cluster';
import { ipBlock, labelled, testCluster, testPod, testPolicy, testRule } from '../test-cluster.ts';

// A small shop that the tests of questions ask about: two web pods, a database, and an agent of the host network.

const web = { kind: 'Deployment', name: 'web' };

export const shopPods = [
  testPod('shop/web-1', '10.0.1.1', { labels: { app: 'web' }, owner: web, ports: ['http=TCP/80'] }),
  testPod('shop/web-2', '10.0.2.1', {
    labels: { app: 'web' },
    owner: web,
    node: 'node-2',
    ports: ['http=TCP/80'],
  }),
  testPod('shop/db', '10.0.2.2', { node: 'node-2' }),
  testPod('ops/agent', '192.168.0.3', { hostNetwork: true, node: 'node-3' }),
];

const at = (line: number) => ({ file: 'shop.yaml', document: 1, line, column: 1 });

export const toDb = {
  ...testPolicy('shop/db', labelled({ app: 'db' }), {
    ingress: [
      {
        ...testRule([{ podSelector: labelled({ app: 'web' }) }], [{ protocol: 'TCP', port: 5432 }]),
        source: at(12),
      },
    ],
  }),
  source: at(1),
};

export const fromOffice = {
  ...testPolicy('shop/web', labelled({ app: 'web' }), {
    ingress: [
      {
        ...testRule(
          [ipBlock('203.0.113.0/24', '203.0.113.128/25')],
          [{ protocol: 'TCP', port: 'http' }],
        ),
        source: at(32),
      },
    ],
  }),
  source: at(21),
};

export const shop = testCluster({ pods: shopPods, policies: [toDb, fromOffice] });

export const nobody = EMPTY_CLUSTER;
