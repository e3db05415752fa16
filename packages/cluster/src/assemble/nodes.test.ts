import { formatIp, formatPrefix } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import type { ClusterOptions } from '../options.ts';
import { node, pod, problemsOf, workload } from '../test-objects.ts';

const nodesOf = (objects: unknown[], options: ClusterOptions = {}): string[] =>
  [...clusterFromObjects(objects, options).nodes.values()].map(
    ({ name, addresses, podCidrs }) =>
      `${name} ${addresses.map(formatIp).join(',')} ${podCidrs.map(formatPrefix).join(',')}`,
  );

const withAddress = (name: string, ...addresses: string[]) =>
  node(name, {
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  });

describe('nodes', () => {
  test('are made up when the input has none', () => {
    expect(nodesOf([])).toEqual([
      'node-1 192.168.56.11 10.244.0.0/24',
      'node-2 192.168.56.12 10.244.1.0/24',
      'node-3 192.168.56.13 10.244.2.0/24',
    ]);
    expect(clusterFromObjects([]).notes).toEqual([
      'The input has no Node objects: made up node-1, node-2, node-3.',
      'Made up addresses of nodes: 192.168.56.11 to 192.168.56.13.',
      'Made up pod CIDRs of nodes inside 10.244.0.0/16.',
    ]);
  });

  test('in both families on request, the primary first', () => {
    expect(nodesOf([], { nodes: 1, families: [6, 4] })).toEqual([
      'node-1 fd00:192:168:56::11,192.168.56.11 fd00:10:244::/64,10.244.0.0/24',
    ]);
  });

  test('are taken from the input, with what is missing made up around it', () => {
    const objects = [
      withAddress('a', '192.168.56.11', 'fd00::1'),
      node('b', { spec: { podCIDR: '10.244.0.0/24' } }),
      node('c', { status: { addresses: [{ type: 'ExternalIP', address: '203.0.113.9' }] } }),
    ];
    expect(nodesOf(objects, { families: [4] })).toEqual([
      'a 192.168.56.11,fd00::1 10.244.1.0/24',
      'b 192.168.56.12 10.244.0.0/24',
      'c 192.168.56.13 10.244.2.0/24',
    ]);
  });

  test('know what the input said and what is made up', () => {
    const spec = { podCIDRs: ['10.42.0.0/24', 'fd42::/64'] };
    const cluster = clusterFromObjects([{ ...withAddress('a', '10.0.0.1'), spec }, node('b')]);
    expect(cluster.nodes.get('a')).toMatchObject({
      addressSource: 'input',
      podCidrSource: 'input',
    });
    expect(cluster.nodes.get('b')).toMatchObject({
      addressSource: 'made-up',
      podCidrSource: 'made-up',
    });
    expect(cluster.podNetworks.map(formatPrefix)).toEqual(['10.42.0.0/16', 'fd42::/48']);
    expect(nodesOf([{ ...withAddress('a', '10.0.0.1'), spec }, node('b')])[1]).toBe(
      'b 192.168.56.11,fd00:192:168:56::11 10.42.1.0/24,fd42:0:0:1::/64',
    );
  });

  test('keep CIDRs of families that nothing is made up of', () => {
    const spec = { podCIDRs: ['fd42::/64', '10.42.0.0/24'] };
    expect(nodesOf([{ ...withAddress('a', '10.0.0.1'), spec }], { families: [4] })).toEqual([
      'a 10.0.0.1 fd42::/64,10.42.0.0/24',
    ]);
  });

  test('that only pods name are there too', () => {
    const on = (nodeName: string) => pod(`a/${nodeName}`, { spec: { nodeName } });
    expect(nodesOf([on('x'), on('y')])).toHaveLength(2);
    expect(nodesOf([node('z'), on('x')]).map((line) => line.split(' ')[0])).toEqual(['z', 'x']);
    expect(nodesOf([on('node-2'), pod('a/free')]).map((line) => line.split(' ')[0])).toEqual([
      'node-2',
      'node-1',
      'node-3',
    ]);
    expect(clusterFromObjects([on('x')]).notes[0]).toBe('Nodes that only pods name: x.');
  });

  test('have the labels that kubelets set, unless they have others', () => {
    const labels = { 'kubernetes.io/hostname': 'host-a', zone: '1' };
    const [first] = clusterFromObjects([node('a', { metadata: { labels } })]).nodes.values();
    expect(first?.labels).toEqual({ ...labels, 'kubernetes.io/os': 'linux' });
  });

  test('keep their annotations, and refuse two CIDRs of a family', () => {
    const annotations = { 'flannel.alpha.coreos.com/public-ip': '10.0.0.9' };
    const [first] = clusterFromObjects([node('a', { metadata: { annotations } })]).nodes.values();
    expect(first?.annotations).toEqual(annotations);
    const spec = { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] };
    expect(problemsOf(() => nodesOf([node('a', { spec })]))[0]?.field).toBe('spec.podCIDRs');
  });
});

test('options that make no cluster', () => {
  const wrong: ClusterOptions[] = [
    { nodes: 0 },
    { nodes: 1.5 },
    { families: [] },
    { families: [4, 4] },
    { defaultNamespace: 'A b' },
  ];
  for (const options of wrong) expect(() => clusterFromObjects([], options)).toThrow(RangeError);
});

describe('pod CIDRs that are made up', () => {
  test('keep clear of addresses in use', () => {
    const objects = [
      withAddress('a', '10.244.1.7'),
      node('b'),
      pod('x/y', { status: { podIP: '10.244.0.9' }, spec: { nodeName: 'b' } }),
    ];
    expect(nodesOf(objects).map((line) => line.split(' ')[2])).toEqual([
      '10.244.2.0/24',
      '10.244.3.0/24',
    ]);
  });

  test('are bigger when a node has more pods than fit', () => {
    const many = workload('Deployment', 'a/b', { replicas: 1000 });
    expect(nodesOf([many], { nodes: 2 }).map((line) => line.split(' ')[2])).toEqual([
      '10.244.0.0/23',
      '10.244.2.0/23',
    ]);
  });

  test('grow the network when there are more nodes than fit', () => {
    const networkOf = (nodes: number) =>
      clusterFromObjects([], { nodes }).podNetworks.map(formatPrefix);
    expect(networkOf(256)).toEqual(['10.244.0.0/16']);
    expect(networkOf(257)).toEqual(['10.244.0.0/15']);
    expect(networkOf(5000)).toEqual(['10.224.0.0/11']);
    const [problem] = problemsOf(() => networkOf(40_000));
    expect(problem?.reason).toBe(
      'the IPv4 pod network has no room for 40000 nodes with up to 0 pods',
    );
  });

  test('addresses of many nodes run on', () => {
    expect(nodesOf([], { nodes: 300 }).at(-1)).toMatch(/^node-300 192\.168\.57\.54 /);
  });
});
