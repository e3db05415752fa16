import { formatPrefix, parseIpv4, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AddressRange,
  biggestBlock,
  hostRange,
  mergeAdjacent,
  overlapOf,
  prefixesOf,
  rangeOf,
  sizeOf,
} from './address-range.ts';
import { prefix, range, text } from './range-text.ts';

const ranges = fc
  .tuple(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 2 ** 32 })),
  )
  .map(([start, size]): AddressRange => ({ start, end: Math.min(start + size, 2 ** 32) }));

describe('a subnet', () => {
  it('hands out all but its first and last address', () => {
    expect(text(hostRange(prefix('10.0.3.8/29')))).toBe('10.0.3.9+6');
    expect(sizeOf(hostRange(prefix('10.0.3.8/31')))).toBe(0);
  });

  it('may end where the address space does', () => {
    expect(rangeOf(prefix('255.0.0.0/8')).end).toBe(2 ** 32);
  });
});

describe('ranges', () => {
  it('overlap in what both have', () => {
    const a = range('10.0.0.0+16');
    expect(overlapOf(a, range('10.0.0.8+16'))).toEqual(range('10.0.0.8+8'));
    expect(overlapOf(a, range('10.0.0.16+16'))).toBeUndefined();
  });

  it('join where they touch', () => {
    const joined = mergeAdjacent(['10.0.0.0+128', '10.0.0.128+128', '10.0.2.0+256'].map(range));
    expect(joined.map(text)).toEqual(['10.0.0.0+256', '10.0.2.0+256']);
  });
});

describe('the biggest block of a range', () => {
  it.each([
    ['15.204.48.19+121', '15.204.48.64+64'],
    ['1.222.206.118+2', '1.222.206.118+2'],
    ['10.0.0.1+6', '10.0.0.2+2'],
    ['10.32.0.0+1048576', '10.32.0.0+1048576'],
  ])('of %s is %s', (given, block) => {
    const found = biggestBlock(range(given));
    expect(found === undefined ? '' : text(found)).toBe(block);
  });

  it('is aligned, inside, and no bigger one fits', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const block = biggestBlock(given);
        if (block === undefined) throw new Error('no range here is empty');
        const size = sizeOf(block);
        expect(Number.isInteger(Math.log2(size))).toBe(true);
        expect(block.start % size).toBe(0);
        expect(overlapOf(given, block)).toEqual(block);
        const next = Math.ceil(given.start / (size * 2)) * size * 2;
        expect(next + size * 2).toBeGreaterThan(given.end);
      }),
    );
  });

  it('of nothing is nothing', () => {
    expect(biggestBlock(range('10.0.0.0+0'))).toBeUndefined();
  });
});

describe('the prefixes of a range', () => {
  it('are the fewest, lowest first', () => {
    expect(prefixesOf(range('15.204.48.19+121')).map(formatPrefix)).toEqual([
      '15.204.48.19/32',
      '15.204.48.20/30',
      '15.204.48.24/29',
      '15.204.48.32/27',
      '15.204.48.64/26',
      '15.204.48.128/29',
      '15.204.48.136/30',
    ]);
    expect(prefixesOf({ start: 0, end: 2 ** 32 }).map(formatPrefix)).toEqual(['0.0.0.0/0']);
  });

  it('cover it exactly', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const parts = prefixesOf(given).map(rangeOf);
        expect(mergeAdjacent(parts)).toEqual([given]);
        expect(parts.length).toBeLessThanOrEqual(64);
      }),
    );
  });

  it('of a prefix is that prefix', () => {
    expect(prefixesOf(rangeOf(prefix('10.32.0.0/12')))).toEqual([parsePrefix('10.32.0.0/12')]);
    expect(parseIpv4('10.32.0.0')).toBe(rangeOf(prefix('10.32.0.0/12')).start);
  });
});
