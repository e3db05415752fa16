import { describe, expect, test } from 'vitest';
import { NameGenerator, pseudoRandomSuffix, pseudoTemplateHash } from './pseudo-random-name.ts';

describe('generated names', () => {
  test('are the same for the same seed and of the usual shape', () => {
    expect(pseudoRandomSuffix('Deployment/shop/web')).toBe(
      pseudoRandomSuffix('Deployment/shop/web'),
    );
    expect(pseudoRandomSuffix('Deployment/shop/web')).not.toBe(
      pseudoRandomSuffix('Deployment/shop/wec'),
    );
    expect(pseudoRandomSuffix('')).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(pseudoTemplateHash('x')).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  });

  test('never repeat within one owner', () => {
    const names = new NameGenerator('seed', 'web-');
    const drawn = Array.from({ length: 50_000 }, (_, index) => names.next(index));
    expect(new Set(drawn).size).toBe(50_000);
  });

  test('spread evenly over the alphabet', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 27_000; index += 1) {
      const letter = pseudoRandomSuffix(`seed/${index}/0`).charAt(4);
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(27);
    expect(Math.min(...counts.values())).toBeGreaterThan(850);
    expect(Math.max(...counts.values())).toBeLessThan(1150);
  });
});
