import { loadCluster } from '@podpath/cluster';
import { expect, test } from 'vitest';
import { SAMPLE_DIRECTORY } from './sample.ts';

test('the sample is a shop on four nodes, complete enough that only pod and cluster IPs are made up', async () => {
  const cluster = await loadCluster([SAMPLE_DIRECTORY]);
  expect([...cluster.namespaces.keys()].sort()).toEqual(['data', 'kube-system', 'ops', 'shop']);
  expect([...cluster.nodes.keys()]).toEqual(['control-1', 'worker-1', 'worker-2', 'worker-3']);
  expect(cluster.services.size).toBeGreaterThanOrEqual(12);
  expect([...cluster.ignoredKinds]).toEqual([]);
  expect(cluster.notes.map((note) => note.replace(/ of \d+ .*/, ''))).toEqual([
    'Made up addresses',
    'Made up cluster IPs',
  ]);
});

test('ordinary pods keep off the control plane, agents run on every node', async () => {
  const { pods } = await loadCluster([SAMPLE_DIRECTORY]);
  const onControlPlane = [...pods.values()].filter(({ node }) => node === 'control-1');
  expect(onControlPlane.map(({ owner }) => owner.name).sort()).toEqual([
    'log-agent',
    'node-exporter',
  ]);
});

test('it has the features that plugins differ in', async () => {
  const { networkPolicies, pods } = await loadCluster([SAMPLE_DIRECTORY]);
  const rules = networkPolicies.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  const ports = rules.flatMap((rule) => rule.ports);
  const blocks = rules.flatMap((rule) => rule.peers.map(({ ipBlock }) => ipBlock));
  expect(ports.filter(({ port }) => typeof port === 'string').map(({ port }) => port)).toEqual([
    'web',
    'pay',
  ]);
  expect(ports.filter(({ endPort }) => endPort !== undefined)).toHaveLength(1);
  expect(blocks.some((block) => block !== undefined && block.except.length > 0)).toBe(true);
  expect(ports.filter(({ port, protocol }) => port === 53 && protocol === 'UDP')).toHaveLength(1);
  expect([...pods.values()].filter(({ hostNetwork }) => hostNetwork)).toHaveLength(4);
});
