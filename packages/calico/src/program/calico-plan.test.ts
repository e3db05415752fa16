import { formatIp, formatPrefix, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { configure } from '../options.ts';
import { testCluster } from '../testing/test-cluster.ts';
import { planCalico } from './calico-plan.ts';

const plan = (cluster: Parameters<typeof testCluster>[0], options?: unknown) =>
  planCalico(testCluster(cluster), configure(options));

describe('planCalico', () => {
  it('takes the pools of the options instead of the pod networks', () => {
    const { cluster, pools, families } = plan(
      { nodes: { n1: ['172.18.0.2'] }, pods: { a: { node: 'n1' } } },
      { ipPools: [{ cidr: '10.48.0.0/16' }, { cidr: '10.49.0.0/16' }] },
    );
    expect(pools.map((pool) => pool.name)).toEqual(['ippool-0', 'ippool-1']);
    expect(families).toEqual([4]);
    expect(cluster.podNetworks.map(formatPrefix)).toEqual(['10.48.0.0/16']);
    const address = cluster.pods.get('prod/a')?.ips[0] ?? 0;
    expect(formatIp(address)).toMatch(/^10\.48\./);
  });

  it('tries pools in the order of their names', () => {
    const { cluster } = plan(
      { nodes: { n1: ['172.18.0.2'] }, pods: { a: { node: 'n1' } } },
      {
        ipPools: [
          { name: 'z', cidr: '10.48.0.0/16' },
          { name: 'a', cidr: '10.49.0.0/16' },
        ],
      },
    );
    expect(formatIp(cluster.pods.get('prod/a')?.ips[0] ?? 0)).toMatch(/^10\.49\./);
  });

  it('leaves host-network pods on their nodes', () => {
    const { cluster } = plan({
      nodes: { n1: ['172.18.0.2'] },
      pods: { host: { node: 'n1', hostNetwork: true } },
    });
    expect(cluster.pods.get('prod/host')?.ips.map(formatIp)).toEqual(['172.18.0.2']);
  });

  it('has the families of its pools, IPv6 alone included', () => {
    const { families, addresses } = plan({
      nodes: { n1: ['fd00:18::2'] },
      pods: { a: { node: 'n1' } },
      podNetworks: ['fd00:10:244::/56'],
    });
    expect(families).toEqual([6]);
    expect(addresses.blocks[0]?.cidr.length).toBe(122);
  });

  it('notes what will not work', () => {
    const { notes } = plan({
      nodes: { n1: ['10.244.0.9', 'fd00:18::2'], n2: ['172.18.0.3'] },
      pods: {
        a: { node: 'n1', ports: [{ port: 80, protocol: 'TCP', hostPort: 8080 }] },
        b: { node: 'n2', ips: ['192.0.2.1'] },
      },
      podNetworks: ['10.244.0.0/16', 'fd00:244::/64'],
    });
    expect(notes).toEqual([
      "pods in the input have addresses outside Calico's pools: a pool was added around them",
      'pool default-ipv4-ippool (10.244.0.0/16) contains the address of node n1: a block of pods around it takes what is meant for the node',
      '1 of 2 nodes have no IPv6 address, n2 for one: their pods reach no IPv6 pod on another node',
      'host ports are not emulated: no node answers for those of prod/a, nor of any other pod',
    ]);
  });

  it('notes a family that has pods and no pool', () => {
    const { notes, families } = plan(
      {
        nodes: { n1: ['172.18.0.2', 'fd00:18::2'] },
        pods: { a: { node: 'n1', ips: ['10.48.0.1', 'fd00::1'] } },
      },
      { ipPools: [{ cidr: '10.48.0.0/16' }] },
    );
    expect(families).toEqual([4, 6]);
    expect(notes).toContain(
      "no pool has IPv6 addresses to give: nodes have no IPv6 tunnel to each other's pods",
    );
  });

  it('keeps a network smaller than a block as one block', () => {
    const { pools } = plan({ nodes: { n1: ['172.18.0.2'] }, podNetworks: ['10.244.0.0/28'] });
    expect(pools).toMatchObject([{ cidr: parsePrefix('10.244.0.0/28'), blockSize: 28 }]);
  });
});
