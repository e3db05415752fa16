import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

const DRAWS = 10_000;

describe('a seeded source of choices', () => {
  it('repeats itself for the same seed, and for no other', () => {
    const draw = (seed: number) => new Random(seed).list(20, () => 0).map(() => 0);
    expect(draw(1)).toEqual(draw(1));
    const [a, b, c] = [new Random(1), new Random(1), new Random(2)];
    const first = Array.from({ length: 20 }, () => a.fraction());
    expect(Array.from({ length: 20 }, () => b.fraction())).toEqual(first);
    expect(Array.from({ length: 20 }, () => c.fraction())).not.toEqual(first);
  });

  it('reaches both ends of a range and leaves it never', () => {
    const random = new Random(3);
    const seen = new Set(random.list(DRAWS, () => random.between(5, 9)));
    expect([...seen].sort()).toEqual([5, 6, 7, 8, 9]);
  });

  it('weighs', () => {
    const random = new Random(4);
    const options = [
      [3, 'often'],
      [1, 'seldom'],
      [0, 'never'],
    ] as const;
    const counts = { often: 0, seldom: 0, never: 0 };
    for (let at = 0; at < DRAWS; at++) counts[random.weighted(options)]++;
    expect(counts.never).toBe(0);
    expect(counts.often / DRAWS).toBeGreaterThan(0.72);
    expect(counts.often / DRAWS).toBeLessThan(0.78);
  });

  it('has to have something to choose from', () => {
    expect(() => new Random(1).pick([])).toThrow(RangeError);
  });
});
