import type { Node, Pod } from '@podpath/cluster';
import { formatPrefix, lastAddress, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeSubnets } from './node-subnets.ts';
import { PrefixSet } from './prefix-set.ts';
import { givenPod, testNode, testPod } from './test-cluster.ts';

const subnets = (
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  network = '10.244.0.0/16',
): Record<string, string> => {
  const byNode = Map.groupBy(pods, (pod) => pod.node);
  const found = nodeSubnets(nodes, byNode, parsePrefix(network));
  return Object.fromEntries([...found].map(([name, subnet]) => [name, formatPrefix(subnet)]));
};

describe('the subnet of a node', () => {
  it('is the podCIDR of the input', () => {
    expect(subnets([testNode('n1', '192.0.2.11', ['10.244.7.0/24'])])).toEqual({
      n1: '10.244.7.0/24',
    });
  });

  it('is the next free one when nothing is given', () => {
    expect(
      subnets([
        testNode('n1', '192.0.2.11'),
        testNode('n2', '192.0.2.12', ['10.244.1.0/24']),
        testNode('n3', '192.0.2.13'),
      ]),
    ).toEqual({ n1: '10.244.0.0/24', n2: '10.244.1.0/24', n3: '10.244.2.0/24' });
  });

  it('is a made-up podCIDR while that fits the network and nothing else claims it', () => {
    const madeUp = { podCidrSource: 'made-up' } as const;
    const nodes = [
      testNode('n1', '192.0.2.11', ['10.244.5.0/24'], madeUp),
      testNode('n2', '192.0.2.12', ['10.244.6.0/24'], madeUp),
      testNode('n3', '192.0.2.13', ['10.244.6.0/24']),
    ];
    expect(subnets(nodes)).toEqual({
      n1: '10.244.5.0/24',
      n2: '10.244.0.0/24',
      n3: '10.244.6.0/24',
    });
    expect(subnets(nodes.slice(0, 2), [], '10.9.0.0/16')).toEqual({
      n1: '10.9.0.0/24',
      n2: '10.9.1.0/24',
    });
  });

  it('is where the addresses given to its pods lie', () => {
    const nodes = [testNode('n1', '192.0.2.11'), testNode('n2', '192.0.2.12')];
    const pods = [
      givenPod('a', 'n1', '10.244.9.2'),
      givenPod('b', 'n1', '10.244.9.3'),
      testPod('c', 'n2', '10.244.4.2'),
    ];
    expect(subnets(nodes, pods)).toEqual({ n1: '10.244.9.0/24', n2: '10.244.0.0/24' });
  });

  it('is not, when pods of several nodes share a subnet or those of one node are spread', () => {
    const nodes = [testNode('n1', '192.0.2.11'), testNode('n2', '192.0.2.12')];
    const shared = [givenPod('a', 'n1', '10.244.9.2'), givenPod('b', 'n2', '10.244.9.3')];
    expect(subnets(nodes, shared)).toEqual({ n1: '10.244.0.0/24', n2: '10.244.1.0/24' });
    const spread = [givenPod('a', 'n1', '10.244.9.2'), givenPod('b', 'n1', '10.244.8.3')];
    expect(subnets(nodes, spread)).toEqual({ n1: '10.244.0.0/24', n2: '10.244.1.0/24' });
  });

  it('is refused when the network does not contain it, as flanneld refuses it', () => {
    expect(() =>
      subnets([testNode('n1', '192.0.2.11', ['10.8.0.0/24'])]),
    ).toThrowErrorMatchingInlineSnapshot(
      `[OptionsError: flannel: Network: 10.244.0.0/16 does not contain 10.8.0.0/24, the podCIDR of node n1; expected a network that contains every node’s podCIDR]`,
    );
  });

  it('is a /64 in IPv6', () => {
    const nodes = [testNode('n1', 'fd01::1'), testNode('n2', 'fd01::2')];
    expect(subnets(nodes, [], 'fd00:10:244::/56')).toEqual({
      n1: 'fd00:10:244::/64',
      n2: 'fd00:10:244:1::/64',
    });
  });

  it('is smaller than usual in a small network, and missing once that is used up', () => {
    const nodes = [1, 2, 3, 4, 5].map((n) => testNode(`n${n}`, `192.0.2.${n}`));
    expect(subnets(nodes, [], '10.0.0.0/26')).toEqual({
      n1: '10.0.0.0/28',
      n2: '10.0.0.16/28',
      n3: '10.0.0.32/28',
      n4: '10.0.0.48/28',
    });
  });
});

describe('a set of prefixes', () => {
  it('overlaps with what a look at each of them says', () => {
    const prefix = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
      .map(([last, length]) => ({
        address: (0x0a00_0000 + ((last >> (32 - length)) << (32 - length))) >>> 0,
        length,
      }));
    const overlap = (a: { address: number; length: number }, b: typeof a) =>
      a.address <= lastAddress(b) && b.address <= lastAddress(a);
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 12 }), prefix, (all, asked) => {
        const apart = all.filter((one, i) =>
          all.slice(0, i).every((other) => !overlap(one, other)),
        );
        expect(new PrefixSet(apart).overlaps(asked)).toBe(apart.some((one) => overlap(one, asked)));
      }),
    );
  });
});
