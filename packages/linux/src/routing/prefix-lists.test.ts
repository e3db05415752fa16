import { type Ipv4, type Ipv6, prefixContains, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixLists } from './prefix-lists.ts';

describe('lists of values by prefix', () => {
  const lists = PrefixLists.ipv4<string>();
  lists.insert(0x0a00_0000, 8, 'wide', 0);
  lists.insert(0x0a01_0000, 16, 'first', 0);
  lists.insert(0x0a01_0000, 16, 'second', 1);

  it('find the longest prefix, and then the shorter ones', () => {
    const longest = lists.covering(0x0a01_0203);
    expect(longest).toEqual({
      prefix: { address: 0x0a01_0000, length: 16 },
      values: ['first', 'second'],
    });
    expect(lists.covering(0x0a01_0203, 16)?.values).toEqual(['wide']);
    expect(lists.covering(0x0a01_0203, 8)).toBeUndefined();
    expect(lists.covering(0x0b00_0000)).toBeUndefined();
  });

  it('keep values where they are put', () => {
    const ordered = PrefixLists.ipv6<number>();
    ordered.insert(0n, 0, 2, 0);
    ordered.insert(0n, 0, 1, 0);
    ordered.insert(0n, 0, 3, 2);
    expect(ordered.at(0n, 0)).toEqual([1, 2, 3]);
    expect([...ordered.values()]).toEqual([1, 2, 3]);
  });

  it('forget a prefix with its last value', () => {
    const few = PrefixLists.ipv4<string>();
    few.insert(0x0a00_0000, 8, 'one', 0);
    expect(few.remove(0x0a00_0000, 8, 'other')).toBe(false);
    expect(few.remove(0x0a00_0000, 8, 'one')).toBe(true);
    expect(few.remove(0x0a00_0000, 8, 'one')).toBe(false);
    expect(few.covering(0x0a00_0001)).toBeUndefined();
    few.insert(0x0b00_0000, 8, 'two', 0);
    expect(few.covering(0x0b00_0001)?.values).toEqual(['two']);
  });
});

type Step = { readonly add: boolean; readonly length: number; readonly bits: number };

/** Addresses that share many prefixes: a few bits at the top and at the bottom. */
const step = (bits: number): fc.Arbitrary<Step> =>
  fc.record({
    add: fc.boolean(),
    length: fc.constantFrom(0, 1, 2, 3, bits - 2, bits - 1, bits),
    bits: fc.nat(15),
  });

describe('against a plain list, whatever is added and removed', () => {
  const spread4 = (bits: number): Ipv4 => (((bits >> 2) << 30) | (bits & 3)) >>> 0;
  const spread6 = (bits: number): Ipv6 => (BigInt(bits >> 2) << 126n) | BigInt(bits & 3);

  it('IPv4 prefixes cover the same addresses in the same order', () => {
    fc.assert(
      fc.property(fc.array(step(32), { maxLength: 40 }), fc.nat(15), (steps, asked) => {
        const lists = PrefixLists.ipv4<number>();
        const plain: { address: Ipv4; length: number; value: number }[] = [];
        for (const [value, { add, length, bits }] of steps.entries()) {
          const { address } = prefixOf(spread4(bits), length);
          if (add) {
            lists.insert(address, length, value, lists.at(address, length).length);
            plain.push({ address, length, value });
            continue;
          }
          const index = plain.findIndex((e) => e.address === address && e.length === length);
          const [gone] = index < 0 ? [] : plain.splice(index, 1);
          if (gone !== undefined) expect(lists.remove(address, length, gone.value)).toBe(true);
        }
        const target = spread4(asked);
        const expected = plain
          .filter(({ address, length }) => prefixContains({ address, length }, target))
          .sort((a, b) => b.length - a.length || a.value - b.value)
          .map(({ value }) => value);
        const found: number[] = [];
        let at = lists.covering(target);
        while (at !== undefined) {
          found.push(...at.values);
          at = lists.covering(target, at.prefix.length);
        }
        expect(found).toEqual(expected);
      }),
    );
  });

  it('IPv6 prefixes too', () => {
    fc.assert(
      fc.property(fc.array(step(128), { maxLength: 40 }), fc.nat(15), (steps, asked) => {
        const lists = PrefixLists.ipv6<number>();
        const plain: { address: Ipv6; length: number; value: number }[] = [];
        for (const [value, { length, bits }] of steps.entries()) {
          const { address } = prefixOf(spread6(bits), length);
          lists.insert(address, length, value, lists.at(address, length).length);
          plain.push({ address, length, value });
        }
        const target = spread6(asked);
        const expected = plain
          .filter(({ address, length }) => prefixContains({ address, length }, target))
          .sort((a, b) => b.length - a.length || a.value - b.value)
          .map(({ value }) => value);
        const found: number[] = [];
        let at = lists.covering(target);
        while (at !== undefined) {
          found.push(...at.values);
          at = lists.covering(target, at.prefix.length);
        }
        expect(found).toEqual(expected);
      }),
    );
  });

  it('remember nothing that has changed since', () => {
    fc.assert(
      fc.property(fc.array(step(32), { maxLength: 30 }), (steps) => {
        const lists = PrefixLists.ipv4<number>();
        const plain: { address: Ipv4; length: number; value: number }[] = [];
        // Enough prefixes elsewhere for look-ups to be remembered at all.
        for (let other = 0; other < 20; other++) lists.insert(0x0a00_0000 + other, 32, -1, 0);
        const longest = (target: Ipv4): readonly number[] => {
          const covering = plain.filter((prefix) => prefixContains(prefix, target));
          const length = Math.max(...covering.map((prefix) => prefix.length));
          return covering.filter((prefix) => prefix.length === length).map(({ value }) => value);
        };
        for (const [value, { add, length, bits }] of steps.entries()) {
          const { address } = prefixOf(spread4(bits), length);
          const index = plain.findIndex((e) => e.address === address && e.length === length);
          if (add) {
            lists.insert(address, length, value, lists.at(address, length).length);
            plain.push({ address, length, value });
          } else if (index >= 0) {
            const [gone] = plain.splice(index, 1);
            lists.remove(address, length, gone?.value ?? 0);
          }
          for (let asked = 0; asked < 16; asked++) {
            const target = spread4(asked);
            expect(lists.covering(target)?.values ?? []).toEqual(longest(target));
          }
        }
      }),
    );
  });
});
