import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitPorts } from './port-split.ts';

const singles = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ first: i + 1, last: i + 1 }));
const pairs = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ first: 2 * i + 1, last: 2 * i + 2 }));

describe('splitPorts', () => {
  it('fits fifteen single ports or seven ranges and a port', () => {
    expect(splitPorts([])).toEqual([]);
    expect(splitPorts(singles(15))).toEqual([singles(15)]);
    expect(splitPorts([...pairs(7), { first: 15, last: 15 }])).toHaveLength(1);
  });

  it('starts a new list where the next one does not fit', () => {
    expect(splitPorts(singles(16))).toEqual([singles(15), [{ first: 16, last: 16 }]]);
    expect(splitPorts(pairs(8))).toEqual([pairs(7), [{ first: 15, last: 16 }]]);
  });

  it('keeps every port, in order', () => {
    const range = fc.tuple(fc.nat(9), fc.nat(1)).map(([first, n]) => ({ first, last: first + n }));
    fc.assert(
      fc.property(fc.array(range), (list) => {
        expect(splitPorts(list).flat()).toEqual(list);
      }),
    );
  });
});
