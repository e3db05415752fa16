import { formatIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressSet } from './address-set.ts';
import { range, text } from './range-text.ts';

describe('a set of addresses', () => {
  it('joins what touches and splits around what is taken', () => {
    const set = new AddressSet();
    set.add(range('10.0.0.100+100'));
    set.add(range('10.0.1.44+200'));
    set.add(range('10.0.0.200+100'));
    expect(set.ranges().map(text)).toEqual(['10.0.0.100+400']);
    set.subtract(range('10.0.0.150+10'));
    expect(set.ranges().map(text)).toEqual(['10.0.0.100+50', '10.0.0.160+340']);
    expect(set.size).toBe(390);
  });

  it('finds the lowest address of a range', () => {
    const set = new AddressSet();
    set.add(range('10.0.0.10+10'));
    set.add(range('10.0.0.30+10'));
    const lowest = (given: string) => {
      const found = set.lowestWithin(range(given));
      return found === undefined ? undefined : formatIp(found);
    };
    expect(lowest('10.0.0.0+100')).toBe('10.0.0.10');
    expect(lowest('10.0.0.15+100')).toBe('10.0.0.15');
    expect(lowest('10.0.0.20+100')).toBe('10.0.0.30');
    expect(lowest('10.0.0.20+10')).toBeUndefined();
    expect(set.countWithin(range('10.0.0.15+20'))).toBe(10);
  });

  it('agrees with a set that keeps every address by itself', () => {
    const operation = fc.record({
      add: fc.boolean(),
      start: fc.integer({ min: 0, max: 60 }),
      size: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const set = new AddressSet();
        const plain = new Set<number>();
        for (const { add, start, size } of operations) {
          const given = { start, end: start + size };
          if (add) set.add(given);
          else set.subtract(given);
          for (let address = start; address < start + size; address++) {
            if (add) plain.add(address);
            else plain.delete(address);
          }
          expect(set.size).toBe(plain.size);
          const ranges = set.ranges();
          for (let at = 1; at < ranges.length; at++) {
            expect(ranges[at]?.start).toBeGreaterThan(ranges[at - 1]?.end ?? 0);
          }
        }
        for (let address = 0; address < 100; address++) {
          expect(set.has(address)).toBe(plain.has(address));
        }
      }),
    );
  });
});
