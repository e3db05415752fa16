import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NftElement } from '../model/ruleset.ts';
import { NftSet } from '../sets/nft-set.ts';
import { autoMerged } from './auto-merge.ts';

const devices = (): number => 0;
const LAST = 60;

const someInterval = fc
  .tuple(fc.integer({ min: 0, max: LAST }), fc.integer({ min: 0, max: 9 }))
  .map(([first, length]) => ({ first, last: Math.min(LAST, first + length) }));
const someBatch = fc.array(someInterval, { minLength: 1, maxLength: 4 });

const newSet = (): NftSet<never> =>
  new NftSet({ key: ['inet_service'], interval: true }, { nowMs: () => 0, devices });

const addTo = (set: NftSet<never>, elements: readonly NftElement[]): void => {
  for (const element of autoMerged(elements, set, devices, (there) => set.delete(there))) {
    const encoded = set.encode(element, undefined);
    expect(set.conflict(encoded)).toBeUndefined();
    set.add(encoded);
  }
};

describe('a set that merges', () => {
  it('has what was added and nothing else, in as few intervals as can be', () => {
    fc.assert(
      fc.property(fc.array(someBatch, { maxLength: 8 }), (batches) => {
        const set = newSet();
        for (const batch of batches)
          addTo(
            set,
            batch.map((key) => ({ key })),
          );
        const wanted = (value: number): boolean =>
          batches.flat().some(({ first, last }) => first <= value && value <= last);
        let intervals = 0;
        for (let value = 0; value <= LAST; value++) {
          expect(set.find(Uint32Array.of(value)) !== undefined).toBe(wanted(value));
          if (wanted(value) && !wanted(value - 1)) intervals++;
        }
        expect(set.size).toBe(intervals);
      }),
    );
  });

  it('keeps what is there when nothing new comes, with what it has beside its interval', () => {
    const set = newSet();
    addTo(set, [{ key: { first: 10, last: 20 }, comment: 'old' }]);
    addTo(set, [{ key: 15, comment: 'new' }]);
    expect([...set.elements()].map(({ element }) => element.comment)).toEqual(['old']);
    addTo(set, [{ key: 21, comment: 'new' }]);
    expect([...set.elements()].map(({ element }) => element)).toEqual([
      { key: { first: 10, last: 21 }, comment: 'new' },
    ]);
  });
});
