import { formatIp, type Ip, parseIp, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressPool, familiesOf, PodAddresses } from './pod-addresses.ts';

const drain = (cidr: string, taken: string[] = [], most = 300): string[] => {
  const pool = new AddressPool(parsePrefix(cidr), new Set(taken.map(parseIp)));
  const drawn: string[] = [];
  for (let ip = pool.next(); ip !== undefined && drawn.length < most; ip = pool.next()) {
    drawn.push(formatIp(ip));
  }
  return drawn;
};

describe('AddressPool', () => {
  test.each([
    ['10.1.0.0/24', 253, '10.1.0.2', '10.1.0.254'],
    ['10.1.0.0/29', 5, '10.1.0.2', '10.1.0.6'],
    ['10.1.0.0/30', 1, '10.1.0.2', '10.1.0.2'],
    ['fd00::/125', 6, 'fd00::2', 'fd00::7'],
  ])('%s has %i addresses, %s to %s', (cidr, count, first, last) => {
    const drawn = drain(cidr);
    expect(drawn).toHaveLength(count);
    expect([drawn[0], drawn.at(-1)]).toEqual([first, last]);
  });

  test.each(['10.1.0.0/31', '10.1.0.0/32', '255.255.255.255/32', 'fd00::/128'])(
    '%s has none',
    (cidr) => {
      expect(drain(cidr)).toEqual([]);
    },
  );

  test('the last block of all addresses is no trap', () => {
    expect(drain('255.255.255.0/24').at(-1)).toBe('255.255.255.254');
  });

  test('gives every address that is not taken, in order', () => {
    const offsets = fc.uniqueArray(fc.integer({ min: 0, max: 63 }));
    fc.assert(
      fc.property(offsets, (used) => {
        const ipAt = (offset: number) => `10.1.0.${offset}`;
        const usable = Array.from({ length: 61 }, (_, index) => index + 2);
        const free = usable.filter((offset) => !used.includes(offset));
        expect(drain('10.1.0.0/26', used.map(ipAt))).toEqual(free.map(ipAt));
      }),
    );
  });
});

describe('PodAddresses', () => {
  const cidrs = (entries: [string, string][]) =>
    new Map(entries.map(([name, cidr]) => [name, parsePrefix(cidr)]));

  test('draws one address of each family, from pools of its own for each node', () => {
    const addresses = new PodAddresses(
      [
        cidrs([
          ['a', '10.1.0.0/24'],
          ['b', '10.1.1.0/24'],
        ]),
        cidrs([['a', 'fd00::/64']]),
      ],
      new Set<Ip>(),
    );
    const draw = (node: string) => addresses.draw(node).map(formatIp).join();
    expect([draw('a'), draw('b'), draw('a'), draw('c')]).toEqual([
      '10.1.0.2,fd00::2',
      '10.1.1.2',
      '10.1.0.3,fd00::3',
      '',
    ]);
  });

  test('a family that has run out is missing, the other is still drawn', () => {
    const addresses = new PodAddresses(
      [cidrs([['a', '10.1.0.0/30']]), cidrs([['a', 'fd00::/64']])],
      new Set<Ip>(),
    );
    expect(addresses.draw('a')).toHaveLength(2);
    expect(addresses.draw('a').map(formatIp)).toEqual(['fd00::3']);
  });
});

test('familiesOf: in order of appearance', () => {
  expect(familiesOf([])).toEqual([]);
  expect(familiesOf([1, 2])).toEqual([4]);
  expect(familiesOf([1n, 2, 3n])).toEqual([6, 4]);
});
