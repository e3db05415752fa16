import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentLookups } from './recent-lookups.ts';

describe('recent look-ups', () => {
  it('know what was set last, and nothing after they were cleared', () => {
    const recent = new RecentLookups<number, string>();
    expect(recent.get(1)).toBeUndefined();
    recent.set(1, 'one');
    recent.set(2, 'two');
    expect([recent.get(1), recent.get(2), recent.get(3)]).toEqual(['one', 'two', undefined]);
    recent.clear();
    expect(recent.get(1)).toBeUndefined();
  });

  it('give way to each other rather than take up more room', () => {
    const recent = new RecentLookups<number, number>();
    for (let address = 0; address < 10_000; address++) recent.set(address, address);
    const kept = Array.from({ length: 10_000 }, (_, address) => recent.get(address)).filter(
      (value) => value !== undefined,
    );
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThanOrEqual(128);
  });

  it('never answer for another address', () => {
    const six = fc
      .tuple(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 0n, max: 3n }))
      .map(([high, low]) => (high << 64n) | low);
    fc.assert(
      fc.property(fc.array(fc.tuple(six, fc.nat()), { maxLength: 50 }), (sets) => {
        const recent = new RecentLookups<bigint, number>();
        const all = new Map<bigint, number>();
        for (const [address, value] of sets) {
          recent.set(address, value);
          all.set(address, value);
          expect(recent.get(address)).toBe(value);
        }
        for (const [address, value] of all) {
          expect([value, undefined]).toContain(recent.get(address));
        }
      }),
    );
  });
});
