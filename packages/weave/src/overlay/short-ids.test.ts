import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignShortIds, SHORT_ID_COUNT, ShortIds } from './short-ids.ts';

describe('claims of one short ID', () => {
  it('go to the lowest peer name, and say when a cached mapping is wrong', () => {
    const ids = new ShortIds();
    const steps: [op: 'add' | 'delete', peer: number, invalidates: boolean, owner?: number][] = [
      ['add', 1, false, 1],
      ['add', 2, false, 1],
      ['add', 0, true, 0],
      ['delete', 2, false, 0],
      ['delete', 0, true, 1],
      ['delete', 1, false],
      ['add', 1, true, 1],
    ];
    for (const [op, peer, invalidates, owner] of steps) {
      expect(ids[op](7, peer)).toBe(invalidates);
      expect(ids.owner(7)).toBe(owner);
    }
  });

  it('count once however often they are made', () => {
    const ids = new ShortIds();
    ids.add(7, 1);
    expect(ids.add(7, 1)).toBe(false);
    ids.delete(7, 1);
    expect(ids.owner(7)).toBeUndefined();
    expect(ids.delete(7, 1)).toBe(false);
  });
});

describe('the short IDs of a whole mesh', () => {
  it('are all different and do not depend on the order of the peers', () => {
    const peers = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { maxLength: 200 });
    fc.assert(
      fc.property(peers, (names) => {
        const ids = assignShortIds(names);
        expect(new Set(ids.values()).size).toBe(names.length);
        expect(assignShortIds(names.toReversed())).toEqual(ids);
      }),
    );
  });

  it('run out at 4096 peers', () => {
    const peers = Array.from({ length: 5000 }, (_, index) => index * 12_289);
    const ids = assignShortIds(peers);
    expect(ids.size).toBe(SHORT_ID_COUNT);
    expect(new Set(ids.values()).size).toBe(SHORT_ID_COUNT);
  });
});
