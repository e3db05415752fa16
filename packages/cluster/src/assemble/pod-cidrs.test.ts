import {
  formatPrefix,
  type Ip,
  type Prefix,
  parseIp,
  parsePrefix,
  prefixContains,
  prefixCovers,
} from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeDraft } from './nodes.ts';
import { makePodCidrs } from './pod-cidrs.ts';
import { coverOf, widen } from './prefix-cover.ts';

const draft = (name: string, ...podCidrs: string[]): NodeDraft => ({
  name,
  labels: {},
  annotations: {},
  addresses: [],
  addressSource: 'made-up',
  podCidrs: podCidrs.map(parsePrefix),
  taints: [],
  source: undefined,
});

const make = (nodes: NodeDraft[], most = 0, inUse: string[] = [], family: 4 | 6 = 4) => {
  const made = makePodCidrs(family, nodes, most, inUse.map(parseIp));
  return made && [formatPrefix(made.network), ...[...made.cidrs.values()].map(formatPrefix)];
};

describe('makePodCidrs', () => {
  test('shares of the usual size, in the order of the nodes', () => {
    expect(make([draft('a'), draft('b')])).toEqual([
      '10.244.0.0/16',
      '10.244.0.0/24',
      '10.244.1.0/24',
    ]);
    expect(make([draft('a'), draft('b')], 0, [], 6)).toEqual([
      'fd00:10:244::/48',
      'fd00:10:244::/64',
      'fd00:10:244:1::/64',
    ]);
  });

  test('around the CIDRs and in the network of the input', () => {
    const nodes = [draft('a', '10.42.0.0/24'), draft('b'), draft('c', '10.42.2.0/24'), draft('d')];
    expect(make(nodes)).toEqual([
      '10.42.0.0/16',
      '10.42.0.0/24',
      '10.42.2.0/24',
      '10.42.1.0/24',
      '10.42.3.0/24',
    ]);
  });

  test('nothing is made up when nothing is missing', () => {
    const made = makePodCidrs(4, [draft('a', '172.20.1.0/26')], 1000, []);
    expect(made?.madeUp).toBe(false);
    expect(made && formatPrefix(made.network)).toBe('172.20.0.0/16');
  });

  test('253 pods fit the usual share, 254 do not', () => {
    expect(make([draft('a')], 253)?.[1]).toBe('10.244.0.0/24');
    expect(make([draft('a')], 254)?.[1]).toBe('10.244.0.0/23');
  });

  test('shares with an address in use are left out', () => {
    expect(make([draft('a')], 0, ['10.244.0.255', '10.244.1.0', '192.0.2.1', 'fd00::1'])?.[1]).toBe(
      '10.244.2.0/24',
    );
  });

  test('undefined when the network cannot grow enough', () => {
    expect(make([draft('a')], 2 ** 24)).toBeUndefined();
  });

  test('made-up CIDRs never meet each other, those of the input, or an address in use', () => {
    const address = fc.integer({ min: 0, max: 0xffff }).map((low) => (0x0af4_0000 + low) >>> 0);
    const given = fc.option(
      fc.tuple(address, fc.integer({ min: 20, max: 30 })).map(
        ([ip, length]): Prefix => ({
          address: (ip & (0xffff_ffff << (32 - length))) >>> 0,
          length,
        }),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(given, { minLength: 1, maxLength: 20 }),
        fc.array(address, { maxLength: 50 }),
        fc.integer({ min: 0, max: 3000 }),
        (cidrs, inUse: Ip[], most) => {
          const nodes = cidrs.map((cidr, index) => ({
            ...draft(`n${index}`),
            podCidrs: cidr === null ? [] : [cidr],
          }));
          const made = makePodCidrs(4, nodes, most, inUse);
          if (made === undefined) return;
          const fresh = nodes.filter(({ podCidrs }) => podCidrs.length === 0);
          for (const { name } of fresh) {
            const cidr = made.cidrs.get(name);
            expect(cidr).toBeDefined();
            if (cidr === undefined) continue;
            expect(prefixCovers(made.network, cidr)).toBe(true);
            expect(inUse.some((ip) => prefixContains(cidr, ip))).toBe(false);
            const others = [...made.cidrs].filter(([other]) => other !== name);
            const meets = others.some(
              ([, one]) => prefixCovers(one, cidr) || prefixCovers(cidr, one),
            );
            expect(meets).toBe(false);
          }
        },
      ),
    );
  });
});

describe('coverOf and widen', () => {
  test.each([
    [['10.0.0.0/24'], '10.0.0.0/24'],
    [['10.0.0.0/24', '10.0.1.0/24'], '10.0.0.0/23'],
    [['10.0.1.0/24', '10.0.2.0/24'], '10.0.0.0/22'],
    [['10.0.0.0/8', '10.1.0.0/16'], '10.0.0.0/8'],
    [['0.0.0.0/1', '128.0.0.0/1'], '0.0.0.0/0'],
    [['fd00::/64', 'fd00:0:0:3::/64'], 'fd00::/62'],
  ])('%j: %s', (prefixes, expected) => {
    expect(formatPrefix(coverOf(prefixes.map(parsePrefix)))).toBe(expected);
  });

  test('the cover covers all, and no longer one does', () => {
    const prefix = fc
      .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 16, max: 32 }))
      .map(
        ([low, length]): Prefix => ({
          address: ((low << 8) & (0xffff_ffff << (32 - length))) >>> 0,
          length,
        }),
      );
    fc.assert(
      fc.property(fc.array(prefix, { minLength: 1, maxLength: 6 }), (prefixes) => {
        const cover = coverOf(prefixes);
        expect(prefixes.every((one) => prefixCovers(cover, one))).toBe(true);
        const halves = [0, 1].map(
          (half): Prefix => ({
            address: Number(cover.address) + half * 2 ** (31 - cover.length),
            length: cover.length + 1,
          }),
        );
        const longer = halves.some((half) => prefixes.every((one) => prefixCovers(half, one)));
        expect(longer && cover.length < 32).toBe(false);
      }),
    );
  });

  test('nothing has no cover; widening never narrows', () => {
    expect(() => coverOf([])).toThrow(RangeError);
    expect(formatPrefix(widen(parsePrefix('10.42.7.0/24'), 16))).toBe('10.42.0.0/16');
    expect(formatPrefix(widen(parsePrefix('10.0.0.0/8'), 16))).toBe('10.0.0.0/8');
  });
});
