import { type Ip, parseIpv6, writeIpv6Words } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AddressFilter,
  bitsOf,
  FilterMemory,
  hashOfWord,
  hashOfWords,
  wordOf,
} from './address-filter.ts';

const hashOf = (address: Ip): number => {
  if (typeof address === 'number') return hashOfWord(address | 0);
  const words = new Uint32Array(4);
  writeIpv6Words(address, words, 0);
  return hashOfWords(words);
};

const passes = (memory: FilterMemory, filter: AddressFilter, address: Ip): boolean => {
  const hash = hashOf(address);
  const word = memory.words[filter.place + (wordOf(hash) & filter.mask)] ?? 0;
  return (word & bitsOf(hash)) === bitsOf(hash);
};

const someAddress: fc.Arbitrary<Ip> = fc.oneof(fc.nat(0xffff_ffff), fc.bigInt(0n, 2n ** 128n - 1n));

describe('a filter', () => {
  it('lets through all that was ever added, while it and others grow', () => {
    const added = fc.array(fc.tuple(fc.boolean(), someAddress), { maxLength: 200 });
    fc.assert(
      fc.property(added, (all) => {
        const memory = new FilterMemory();
        const sets = [new Set<Ip>(), new Set<Ip>()] as const;
        const filters = sets.map((set) => new AddressFilter(memory, set, 0));
        for (const [first, address] of all) {
          const set = sets[first ? 0 : 1];
          set.add(address);
          filters[first ? 0 : 1]?.add(address, () => set, set.size);
        }
        for (const [index, filter] of filters.entries()) {
          for (const address of sets[index] ?? []) {
            expect(passes(memory, filter, address)).toBe(true);
          }
        }
      }),
    );
  });

  it.each([
    ['IPv4', (at: number): Ip => 0x0a00_0000 + at],
    ['IPv6', (at: number): Ip => parseIpv6('fd00::') + BigInt(at)],
  ])('holds back all but a few that were not: neighbours of %s', (_, address) => {
    const memory = new FilterMemory();
    const filter = new AddressFilter(memory, [], 0);
    const members = Array.from({ length: 1000 }, (_unused, at) => address(2 * at));
    for (const [at, member] of members.entries())
      filter.add(member, () => members.slice(0, at + 1), at + 1);
    const strangers = Array.from({ length: 10_000 }, (_unused, at) => address(2 * at + 1));
    const through = strangers.filter((stranger) => passes(memory, filter, stranger)).length;
    expect(through).toBeLessThan(100);
  });

  it('gives its place back, to be used again', () => {
    const memory = new FilterMemory();
    const filter = new AddressFilter(memory, [1, 2, 3], 3);
    const { place, mask } = filter;
    const before = memory.generation;
    filter.release();
    expect(memory.generation).toBeGreaterThan(before);
    const next = new AddressFilter(memory, [], 3);
    expect([next.place, next.mask]).toEqual([place, mask]);
    expect(passes(memory, next, 1)).toBe(false);
  });
});
