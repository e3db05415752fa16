import { clusterFromObjects } from '@podpath/cluster';
import { formatIp, formatPrefix, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { planUnderlay } from './underlay.ts';

const clusterAt = (...addresses: readonly string[][]) =>
  clusterFromObjects(
    addresses.map((own, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${index}` },
      status: { addresses: own.map((address) => ({ type: 'InternalIP', address })) },
    })),
    { families: [4, 6] },
  );

const nodeOf = (cluster: ReturnType<typeof clusterAt>, name: string) => {
  const node = cluster.nodes.get(name);
  if (node === undefined) throw new Error(`no ${name}`);
  return node;
};

describe('the underlay', () => {
  it('puts nodes of one /24 on one link, with the router at the first free address', () => {
    const cluster = clusterAt(['192.0.2.1'], ['192.0.2.2'], ['192.0.2.9']);
    const underlay = planUnderlay(cluster);
    expect(formatIp(underlay.gateway(4) ?? 0)).toBe('192.0.2.3');
    const [, onNode] = underlay.join(nodeOf(cluster, 'node-0'));
    expect(onNode?.commands).toContainEqual({
      kind: 'address-add',
      dev: 'eth0',
      address: { address: parseIp('192.0.2.1'), length: 24 },
    });
  });

  it('widens the prefix until it holds every node', () => {
    const underlay = planUnderlay(clusterAt(['172.16.1.5'], ['172.16.2.6']));
    expect(underlay.contains(parseIp('172.16.3.255'))).toBe(true);
    expect(underlay.contains(parseIp('172.16.4.0'))).toBe(false);
  });

  it('routes between nodes that share no usable prefix, instead of swallowing the pods’ network', () => {
    const cluster = clusterAt(['10.1.0.5'], ['10.250.0.6']);
    const underlay = planUnderlay(cluster);
    expect(cluster.podNetworks.map(formatPrefix)).toContain('10.244.0.0/16');
    expect(underlay.contains(parseIp('10.250.0.6'))).toBe(false);
    const [, onNode] = underlay.join(nodeOf(cluster, 'node-0'));
    expect(onNode?.commands).toContainEqual({
      kind: 'address-add',
      dev: 'eth0',
      address: { address: parseIp('10.1.0.5'), length: 32 },
    });
  });

  it('joins both families', () => {
    const cluster = clusterAt(['192.0.2.1', '2001:db8::1'], ['192.0.2.2', '2001:db8::2']);
    const underlay = planUnderlay(cluster);
    expect(formatIp(underlay.gateway(6) ?? 0n)).toBe('2001:db8::3');
    expect(underlay.gateway(4)).toBeDefined();
  });
});
