import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearMatches } from './near-match.ts';

/** The definition, written out. */
const slowDistance = (from: string, to: string): number => {
  if (from === '' || to === '') return from.length + to.length;
  const replaced = slowDistance(from.slice(1), to.slice(1)) + (from[0] === to[0] ? 0 : 1);
  return Math.min(
    replaced,
    slowDistance(from.slice(1), to) + 1,
    slowDistance(from, to.slice(1)) + 1,
  );
};

describe('editDistance', () => {
  test.each<[string, string, number]>([
    ['web', 'web', 0],
    ['wbe', 'web', 2],
    ['web', 'webs', 1],
    ['', 'ab', 2],
  ])('%s to %s: %i', (from, to, expected) => {
    expect(editDistance(from, to, 9)).toBe(expected);
  });

  test('is the definition, up to the limit', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 6 }), (from, to, limit) => {
        expect(editDistance(from, to, limit)).toBe(Math.min(slowDistance(from, to), limit + 1));
      }),
    );
  });
});

test('nearMatches: closest first, another namespace counts as one edit, the far are left out', () => {
  const candidates = ['shop/web', 'shop/webs', 'data/web', 'shop/database'].map((key) => {
    const [namespace = '', name = ''] = key.split('/');
    return { namespace, name };
  });
  const near = (namespace: string, name: string) =>
    nearMatches({ namespace, name }, candidates, (one) => `${one.namespace}/${one.name}`);
  expect(near('shop', 'web')).toEqual(['shop/web', 'shop/webs', 'data/web']);
  expect(near('default', 'datbase')).toEqual(['shop/database']);
  expect(near('shop', 'zookeeper')).toEqual([]);
});
