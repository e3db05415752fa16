import { isMulticastMac } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('seeded draws', () => {
  it('are the same for the same seed, and others for another', () => {
    const draws = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 5 }, () => random.next32());
    };
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  it('are 32 bits wide, and spread evenly', () => {
    const random = new Random(1);
    const buckets = new Array<number>(16).fill(0);
    for (let count = 0; count < 16_000; count++) {
      const draw = random.next32();
      expect(Number.isInteger(draw) && draw >= 0 && draw <= 0xffff_ffff).toBe(true);
      const bucket = draw >>> 28;
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('stay within the ends that they are given', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(1000), fc.nat(1000), (seed, first, more) => {
        const drawn = new Random(seed).between(first, first + more);
        expect(drawn).toBeGreaterThanOrEqual(first);
        expect(drawn).toBeLessThanOrEqual(first + more);
      }),
    );
  });

  it('make MAC addresses of hosts, marked as made up', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const mac = new Random(seed).mac();
        expect(isMulticastMac(mac)).toBe(false);
        expect(Math.floor(mac / 2 ** 40) & 0b10).toBe(0b10);
        expect(mac).toBeLessThan(2 ** 48);
      }),
    );
  });
});
