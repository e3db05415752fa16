import type { Cluster } from '@podpath/cluster';
import { formatIp, formatPrefix, parsePrefix, prefixContains } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { testCluster } from '../testing/test-cluster.ts';
import { planAddresses } from './address-plan.ts';
import { defaultPools } from './default-pools.ts';
import { fnv32 } from './fnv.ts';
import { poolsForStrays } from './stray-pools.ts';

const plan = (cluster: Cluster) => {
  const pools = defaultPools(cluster, 'Always');
  const result = planAddresses(cluster, pools, poolsForStrays(cluster, pools, 'Always'));
  return {
    ...result,
    pod: (name: string) => result.podAddresses.get(`prod/${name}`)?.map(formatIp),
    tunnel: (node: string) => [...(result.tunnels.get(node)?.values() ?? [])].map(formatIp),
    blockText: result.blocks.map(({ cidr, node }) => `${formatPrefix(cidr)} ${node}`),
  };
};

const NODES = { n1: ['172.18.0.2'], n2: ['172.18.0.3'] };

describe('planAddresses', () => {
  it('gives the first address of a fresh block to the tunnel, and the next ones to pods', () => {
    const { pod, tunnel, blocks } = plan(
      testCluster({
        nodes: NODES,
        pods: { a: { node: 'n1' }, b: { node: 'n2' }, c: { node: 'n1' } },
      }),
    );
    const base = (fnv32('n1') % 1024) * 64 + 0x0af40000;
    expect(tunnel('n1')).toEqual([formatIp(base)]);
    expect(pod('a')).toEqual([formatIp(base + 1)]);
    expect(pod('c')).toEqual([formatIp(base + 2)]);
    expect(blocks).toHaveLength(2);
    expect(pod('b')?.[0]).not.toBe(pod('a')?.[0]);
  });

  it('claims another block when the first one is full', () => {
    const pods = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`p${i}`, { node: 'n1' }]),
    );
    const { blocks, pod } = plan(testCluster({ nodes: { n1: ['172.18.0.2'] }, pods }));
    expect(blocks).toHaveLength(2);
    const [, second] = blocks;
    expect(second && formatIp(second.cidr.address)).toBe(pod('p63')?.[0]);
  });

  it('keeps addresses from the input, and lets the first node on a block have it', () => {
    const { pod, tunnel, borrowed, blockText } = plan(
      testCluster({
        nodes: NODES,
        pods: {
          a: { node: 'n2', ips: ['10.244.1.5'] },
          b: { node: 'n1', ips: ['10.244.1.6'] },
          c: { node: 'n2' },
        },
      }),
    );
    expect(pod('a')).toEqual(['10.244.1.5']);
    expect(blockText).toContain('10.244.1.0/26 n2');
    expect(borrowed.map(({ address, node }) => `${formatIp(address)} ${node}`)).toEqual([
      '10.244.1.6 n1',
    ]);
    expect(tunnel('n2')).toEqual(['10.244.1.0']);
    expect(pod('c')).toEqual(['10.244.1.1']);
  });

  it('borrows when every block is taken, and gives nothing when every address is', () => {
    const pods = Object.fromEntries(
      Array.from({ length: 128 }, (_, i) => [`p${i}`, { node: i < 100 ? 'n1' : 'n2' }]),
    );
    const { borrowed, notes, podAddresses } = plan(
      testCluster({ nodes: NODES, pods, podNetworks: ['10.244.0.0/25'] }),
    );
    expect(borrowed.length).toBeGreaterThan(0);
    const given = [...podAddresses.values()].flat();
    expect(new Set(given).size).toBe(126);
    expect(notes.join()).toContain('2 addresses are not given, the first to pod prod/p126');
  });

  it('stops at twenty blocks a node', () => {
    const pods = Object.fromEntries(
      Array.from({ length: 1300 }, (_, i) => [`p${i}`, { node: 'n1' }]),
    );
    const { blocks, podAddresses } = plan(testCluster({ nodes: { n1: ['172.18.0.2'] }, pods }));
    expect(blocks).toHaveLength(20);
    expect([...podAddresses.values()].filter((ips) => ips.length === 0)).toHaveLength(21);
  });

  it('gives dual-stack pods and tunnels an address of each family', () => {
    const { pod, tunnel } = plan(
      testCluster({
        nodes: { n1: ['172.18.0.2', 'fd00:18::2'] },
        pods: { a: { node: 'n1' } },
        podNetworks: ['10.244.0.0/16', 'fd00:10:244::/56'],
      }),
    );
    expect(tunnel('n1')).toHaveLength(2);
    expect(pod('a')).toHaveLength(2);
    expect(pod('a')?.[1]).toMatch(/^fd00:10:244:/);
  });

  it('takes no address for finished and host-network pods', () => {
    const { pod } = plan(
      testCluster({
        nodes: NODES,
        pods: { done: { node: 'n1', phase: 'Succeeded' }, host: { node: 'n1', hostNetwork: true } },
      }),
    );
    expect(pod('done')).toEqual([]);
    expect(pod('host')).toBeUndefined();
  });
});

describe('pools', () => {
  it('finds a free range for pods whose family has no network', () => {
    const cluster = testCluster({
      nodes: { n1: ['192.168.56.2', 'fd00:18::2'] },
      pods: { a: { node: 'n1', ips: ['10.0.0.5', 'fd00::5'] } },
      podNetworks: [],
    });
    expect(
      defaultPools(cluster, 'Always').map((pool) => `${pool.name} ${formatPrefix(pool.cidr)}`),
    ).toEqual(['default-ipv4-ippool 172.16.0.0/16', 'default-ipv6-ippool fd00:1::/48']);
  });

  it('makes pools for stray addresses, by themselves when nodes live beside them', () => {
    const cluster = testCluster({
      nodes: { n1: ['10.9.0.1'] },
      pods: {
        a: { node: 'n1', ips: ['10.9.0.7'] },
        b: { node: 'n1', ips: ['10.8.0.7'] },
        c: { node: 'n1', ips: ['10.8.0.8'] },
        d: { node: 'n1', ips: ['10.244.0.8'] },
      },
    });
    const strays = poolsForStrays(cluster, defaultPools(cluster, 'Always'), 'Always');
    expect(strays.map(({ cidr }) => formatPrefix(cidr))).toEqual(['10.9.0.7/32', '10.8.0.0/26']);
  });

  it('plans five thousand nodes and a hundred and fifty thousand pods', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`n${i}`, [`172.${16 + (i >> 8)}.${i & 255}.2`]]),
    );
    const pods = Object.fromEntries(
      Array.from({ length: 150_000 }, (_, i) => [`p${i}`, { node: `n${i % 5000}` }]),
    );
    const { podAddresses, borrowed, blocks } = plan(
      testCluster({ nodes, pods, podNetworks: ['10.0.0.0/12'] }),
    );
    expect(blocks).toHaveLength(5000);
    expect(borrowed).toEqual([]);
    const addresses = new Set([...podAddresses.values()].flat());
    expect(addresses.size).toBe(150_000);
    const network = parsePrefix('10.0.0.0/12');
    expect([...addresses].every((address) => prefixContains(network, address))).toBe(true);
  }, 60_000);
});
