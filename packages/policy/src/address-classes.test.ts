import { lastAddress, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressClasses } from './address-classes.ts';
import type { AddressMatch } from './model-parts.ts';
import { createParties } from './parties.ts';
import { formatAddressRange } from './questions/end.ts';
import { endMatches } from './rule-match.ts';
import { testCluster } from './test-cluster.ts';

const { outside } = createParties(testCluster({ pods: [] }));
const partsOf = (addresses: readonly AddressMatch[]) => ({
  labelsIn: () => [],
  addresses,
  portNames: new Set<string>(),
});

const block = (cidr: string, ...except: readonly string[]): AddressMatch => ({
  nets: [parsePrefix(cidr)],
  notNets: except.map(parsePrefix),
});

const classes = (family: 4 | 6, ...peers: readonly AddressMatch[]) =>
  addressClasses(partsOf(peers), family, outside).map(({ ranges, named }) => [
    named,
    ranges.map(formatAddressRange).join(' '),
  ]);

describe('address classes', () => {
  it('are one where no rule names a block', () => {
    expect(classes(4)).toEqual([[false, '0.0.0.0/0']]);
    expect(classes(6, block('10.0.0.0/8'))).toEqual([[false, '::/0']]);
  });

  it('fold what is on both sides of a block', () => {
    expect(classes(4, block('10.0.0.0/8'))).toEqual([
      [false, '0.0.0.0-9.255.255.255 11.0.0.0-255.255.255.255'],
      [true, '10.0.0.0/8'],
    ]);
  });

  it('part overlapping blocks, and an exception is like no block', () => {
    expect(classes(4, block('0.0.0.0/1'), block('0.0.0.0/2', '32.0.0.0/3'))).toEqual([
      [true, '0.0.0.0/3'],
      [true, '32.0.0.0-127.255.255.255'],
      [false, '128.0.0.0/1'],
    ]);
  });

  it('reach the last address of a family', () => {
    expect(classes(6, block('ffff::/16'))).toEqual([
      [false, '::-fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
      [true, 'ffff::/16'],
    ]);
  });

  it('cover the family once, and no rule tells addresses of one apart', () => {
    const prefix = fc.tuple(fc.nat(0xff), fc.integer({ min: 4, max: 10 })).map(([top, length]) => {
      const address = ((top << 24) & (-1 << (32 - length))) >>> 0;
      return { address, length };
    });
    const peer = fc
      .tuple(prefix, fc.array(prefix, { maxLength: 2 }))
      .map(([cidr, except]): AddressMatch => ({ nets: [cidr], notNets: except }));
    fc.assert(
      fc.property(fc.array(peer, { maxLength: 4 }), (peers) => {
        const ranges = addressClasses(partsOf(peers), 4, outside)
          .flatMap((each) => each.ranges)
          .toSorted((a, b) => Number(a.first) - Number(b.first));
        expect(ranges[0]?.first).toBe(0);
        expect(ranges.at(-1)?.last).toBe(0xffff_ffff);
        for (const [index, { first, last }] of ranges.entries()) {
          const next = ranges[index + 1];
          if (next !== undefined) expect(next.first).toBe(Number(last) + 1);
          const within = edges(peers).filter((edge) => first <= edge && edge <= last);
          for (const matching of peers) {
            const answers = [first, ...within].map((address) =>
              endMatches(matching, outside(address)),
            );
            expect(new Set(answers).size).toBe(1);
          }
        }
      }),
    );
  });
});

/** The first and last addresses of blocks, and those just outside. */
const edges = (peers: readonly AddressMatch[]): readonly number[] =>
  peers
    .flatMap(({ nets = [], notNets = [] }) => [...nets, ...notNets])
    .flatMap((prefix) => {
      const first = Number(prefix.address);
      const last = Number(lastAddress(prefix));
      return [first - 1, first, last, last + 1];
    })
    .filter((address) => address >= 0 && address <= 0xffff_ffff);
