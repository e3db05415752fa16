import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeOf } from './address-range.ts';
import { prefix, range, text } from './range-text.ts';
import { Ring, ringSeeds } from './ring.ts';
import { entries, ringOf, wholeRing } from './ring-text.ts';

describe('dividing an empty ring', () => {
  it('halves it: three peers get a /13 and two /14', () => {
    expect(entries(wholeRing('10.32.0.0/12', [1, 2, 3]))).toEqual([
      '10.32.0.0 peer 1 v0 free 524288',
      '10.40.0.0 peer 2 v0 free 262144',
      '10.44.0.0 peer 3 v0 free 262144',
    ]);
  });

  it('leaves surplus peers without addresses', () => {
    const ring = wholeRing('10.0.0.0/29', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const owners = ring.ranges().map(({ entry }) => entry.peer);
    expect(owners).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
    expect(ring.rangesOf(5)).toEqual([]);
  });

  it('is done once', () => {
    const ring = wholeRing('10.0.0.0/24', [1]);
    expect(() => ring.claimForPeers([1])).toThrow(RangeError);
  });

  it('covers every address exactly once', () => {
    const peers = fc.uniqueArray(fc.nat({ max: 500 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(peers, fc.integer({ min: 20, max: 30 }), (names, length) => {
        const ring = wholeRing(`10.32.0.0/${length}`, ringSeeds(names));
        const sizes = ring.ranges().map((owned) => sizeOf(owned.range));
        expect(sizes.reduce((a, b) => a + b, 0)).toBe(2 ** (32 - length));
        expect(ring.violation()).toBeUndefined();
      }),
    );
  });

  it('starts from names in order, each once', () => {
    expect(ringSeeds([3, 1, 2, 1])).toEqual([1, 2, 3]);
  });
});

describe('granting', () => {
  it('cuts a hole into what a peer owns', () => {
    const ring = wholeRing('10.0.0.0/24', [1]);
    ring.grant(range('10.0.0.10+235'), 2);
    expect(entries(ring)).toEqual([
      '10.0.0.0 peer 1 v1 free 10',
      '10.0.0.10 peer 2 v0 free 235',
      '10.0.0.245 peer 1 v0 free 11',
    ]);
  });

  it('takes over the tokens inside', () => {
    const ring = ringOf('10.0.0.0/24', 1, [
      ['10.0.0.0', 1, 2, 10],
      ['10.0.0.10', 1, 0, 118],
      ['10.0.0.128', 1, 0, 127],
    ]);
    ring.grant(range('10.0.0.10+235'), 2);
    expect(entries(ring)).toEqual([
      '10.0.0.0 peer 1 v2 free 10',
      '10.0.0.10 peer 2 v1 free 118',
      '10.0.0.128 peer 2 v1 free 117',
      '10.0.0.245 peer 1 v0 free 11',
    ]);
  });

  it('is for owners', () => {
    const ring = wholeRing('10.0.0.0/24', [1, 2]);
    expect(() => ring.grant(range('10.0.0.128+128'), 1)).toThrow(RangeError);
    expect(() => ring.grant(range('10.0.0.100+128'), 1)).toThrow(RangeError);
    expect(() => ring.grant(range('10.0.1.0+1'), 2)).toThrow(RangeError);
  });

  it('moves exactly the range that it names', () => {
    const grants = fc.array(fc.tuple(fc.nat({ max: 63 }), fc.integer({ min: 1, max: 64 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(grants, (given) => {
        const ring = wholeRing('10.0.0.0/26', [1]);
        const owners = new Array<number>(64).fill(1);
        for (const [offset, size] of given) {
          const end = Math.min(offset + size, 64);
          if (owners.slice(offset, end).some((owner) => owner !== 1)) continue;
          ring.grant({ start: base + offset, end: base + end }, 2);
          owners.fill(2, offset, end);
        }
        expect(owners.map((_, offset) => ring.owner(base + offset))).toEqual(owners);
        expect(ring.violation()).toBeUndefined();
      }),
    );
  });

  const base = prefix('10.0.0.0/26').address;
});

describe('a ring', () => {
  it('knows who owns an address, also around its end', () => {
    const ring = ringOf('10.0.0.0/24', 1, [['10.0.0.128', 2, 0, 0]]);
    expect(ring.owner(prefix('10.0.0.7/32').address)).toBe(2);
    expect(ring.rangesOf(2).map(text)).toEqual(['10.0.0.0+128', '10.0.0.128+128']);
    expect(() => ring.owner(prefix('10.0.1.0/32').address)).toThrow(RangeError);
    expect(new Ring(ring.range, 1).owner(prefix('10.0.0.7/32').address)).toBeUndefined();
  });

  it('names the peers that may have something to give', () => {
    const ring = ringOf('10.0.0.0/24', 1, [
      ['10.0.0.0', 1, 0, 64],
      ['10.0.0.64', 2, 0, 5],
      ['10.0.0.128', 3, 0, 0],
      ['10.0.0.192', 2, 0, 6],
    ]);
    expect(ring.donors(ring.range)).toEqual(new Map([[2, 11]]));
    expect(ring.donors(range('10.0.0.0+64'))).toEqual(new Map());
  });

  it('gives all of a peer to another, with a version that wins', () => {
    const ring = wholeRing('10.0.0.0/24', [1, 2]);
    expect(ring.transfer(2, 1).map(text)).toEqual(['10.0.0.128+128']);
    expect(entries(ring)).toContain('10.0.0.128 peer 1 v100 free 128');
  });

  it('counts a change of free addresses as news', () => {
    const ring = wholeRing('10.0.0.0/24', [1, 2]);
    const token = prefix('10.0.0.0/24').address;
    expect(ring.reportFree(new Map([[token, 100]]))).toBe(true);
    expect(ring.reportFree(new Map([[token, 100]]))).toBe(false);
    expect(entries(ring)[0]).toBe('10.0.0.0 peer 1 v1 free 100');
    expect(() => ring.reportFree(new Map([[token, 129]]))).toThrow(RangeError);
    expect(() => ring.reportFree(new Map([[token + 128, 1]]))).toThrow(RangeError);
  });

  it.each([
    [
      'notSorted',
      [
        ['10.0.0.9', 1, 0, 0],
        ['10.0.0.1', 1, 0, 0],
      ],
    ],
    [
      'tokenRepeated',
      [
        ['10.0.0.1', 1, 0, 0],
        ['10.0.0.1', 1, 0, 0],
      ],
    ],
    ['tokenOutOfRange', [['10.0.1.0', 1, 0, 0]]],
    [
      'tooMuchFree',
      [
        ['10.0.0.0', 1, 0, 11],
        ['10.0.0.10', 1, 0, 0],
      ],
    ],
  ] as const)('can break a rule: %s', (rule, written) => {
    expect(ringOf('10.0.0.0/24', 1, written).violation()).toBe(rule);
  });
});
