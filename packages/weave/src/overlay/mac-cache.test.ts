import { expect, it } from 'vitest';
import { MacCache } from './mac-cache.ts';

const MAC = 0x0200_0000_0001;
const [A, B] = [1, 2];
const minutes = (count: number) => count * 60_000;

it('keeps a MAC address at the peer that has it, against what is seen locally', () => {
  const cache = new MacCache();
  expect(cache.add(MAC, A, 0)).toBeUndefined();
  expect(cache.add(MAC, A, 1000)).toBeUndefined();
  expect(cache.add(MAC, B, 2000)).toBe(A);
  expect(cache.lookup(MAC)).toBe(A);
});

it('believes the overlay', () => {
  const cache = new MacCache();
  cache.add(MAC, A, 0);
  cache.force(MAC, B, 1000);
  expect(cache.lookup(MAC)).toBe(B);
});

it('forgets after ten minutes, give or take one', () => {
  const cache = new MacCache();
  cache.add(MAC, A, 0);
  cache.add(MAC, A, minutes(0.9));
  expect(cache.expire(minutes(10))).toEqual([]);
  expect(cache.expire(minutes(10) + 1)).toEqual([MAC]);
  expect(cache.lookup(MAC)).toBeUndefined();

  cache.add(MAC, A, 0);
  cache.add(MAC, A, minutes(1.1));
  expect(cache.expire(minutes(10) + 1)).toEqual([]);
});
