import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { range } from './range-text.ts';
import { entries, ringOf, type WrittenEntry, wholeRing } from './ring-text.ts';

const UNIVERSE = '10.0.0.0/24';
const none = () => false;
const some = () => true;

/** Peer 1 hears of peer 2's ring. */
const merge = (
  mine: readonly WrittenEntry[],
  theirs: readonly WrittenEntry[],
  hasAllocations: () => boolean,
) => {
  const ring = ringOf(UNIVERSE, 1, mine);
  const outcome = ring.merge(ringOf(UNIVERSE, 2, theirs), hasAllocations);
  return { outcome, entries: entries(ring) };
};

describe('merging a gossiped ring', () => {
  it('fills an empty ring', () => {
    expect(merge([], [['10.0.0.0', 1, 0, 256]], none)).toEqual({
      outcome: { updated: true },
      entries: ['10.0.0.0 peer 1 v0 free 256'],
    });
  });

  it('takes what has a higher version', () => {
    const { outcome, entries } = merge([['10.0.0.0', 3, 1, 9]], [['10.0.0.0', 2, 2, 7]], some);
    expect(outcome).toEqual({ updated: true });
    expect(entries).toEqual(['10.0.0.0 peer 2 v2 free 7']);
  });

  it('keeps what has a lower one', () => {
    const { outcome, entries } = merge([['10.0.0.0', 3, 2, 9]], [['10.0.0.0', 2, 1, 7]], none);
    expect(outcome).toEqual({ updated: false });
    expect(entries).toEqual(['10.0.0.0 peer 3 v2 free 9']);
  });

  it('raises its own version above what others remember of it', () => {
    expect(merge([['10.0.0.0', 1, 0, 0]], [['10.0.0.0', 1, 1, 0]], none)).toEqual({
      outcome: { updated: false },
      entries: ['10.0.0.0 peer 1 v2 free 0'],
    });
  });

  it('settles a tie by who has more free', () => {
    const tie = (theirFree: number) =>
      merge([['10.0.0.0', 1, 1, 100]], [['10.0.0.0', 2, 1, theirFree]], none).entries;
    expect(tie(101)).toEqual(['10.0.0.0 peer 2 v1 free 101']);
    expect(tie(100)).toEqual(['10.0.0.0 peer 1 v1 free 100']);
  });
});

describe('refusing a gossiped ring', () => {
  it.each<[string, readonly WrittenEntry[], readonly WrittenEntry[]]>([
    ['inconsistentEntry', [['10.0.0.0', 1, 1, 9]], [['10.0.0.0', 2, 1, 10]]],
    ['newerVersion', [['10.0.0.0', 1, 1, 9]], [['10.0.0.0', 2, 2, 10]]],
    [
      'entryInMyRange',
      [
        ['10.0.0.0', 1, 1, 9],
        ['10.0.0.128', 1, 1, 9],
      ],
      [['10.0.0.64', 2, 0, 9]],
    ],
  ])('%s: it would take addresses that are handed out', (error, mine, theirs) => {
    const refused = merge(mine, theirs, some);
    expect(refused.outcome).toEqual({ error });
    expect(refused.entries).toEqual(entries(ringOf(UNIVERSE, 1, mine)));
    expect(merge(mine, theirs, none).outcome).not.toHaveProperty('error');
  });

  it('entryInMyRange: after my last token, without looking', () => {
    const mine: WrittenEntry[] = [['10.0.0.0', 1, 0, 0]];
    expect(merge(mine, [['10.0.0.128', 2, 0, 0]], none).outcome).toEqual({
      error: 'entryInMyRange',
    });
  });

  it('differentRange', () => {
    const ring = ringOf(UNIVERSE, 1, []);
    expect(ring.merge(ringOf('10.0.0.0/25', 2, []), none)).toEqual({ error: 'differentRange' });
  });

  it('differentSeeds, whose order counts', () => {
    const ring = wholeRing(UNIVERSE, [1, 2]);
    expect(ring.merge(wholeRing(UNIVERSE, [2, 1]), none)).toEqual({ error: 'differentSeeds' });
  });

  it('what breaks the rules of a ring', () => {
    const broken: WrittenEntry[] = [
      ['10.0.0.9', 2, 0, 0],
      ['10.0.0.0', 2, 0, 0],
    ];
    expect(merge([], broken, none).outcome).toEqual({ error: 'notSorted' });
  });
});

it('two peers that grant to each other and gossip end up with the same ring', () => {
  const grants = fc.array(fc.tuple(fc.nat({ max: 63 }), fc.integer({ min: 1, max: 16 })), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(grants, (given) => {
      const first = wholeRing('10.0.0.0/26', [1, 2]);
      const second = ringOf('10.0.0.0/26', 2, []);
      second.merge(first, none);
      for (const [offset, size] of given) {
        const start = range('10.0.0.0+1').start + offset;
        const end = Math.min(start + size, range('10.0.0.0+64').end);
        const owner = first.owner(start) === 1 ? first : second;
        const other = owner === first ? second : first;
        const owned = owner.rangesOf(owner.self).find((r) => r.start <= start && r.end > start);
        owner.grant({ start, end: Math.min(end, owned?.end ?? end) }, other.self);
        expect(other.merge(owner, none)).not.toHaveProperty('error');
        expect(owner.merge(other, none)).not.toHaveProperty('error');
        expect(entries(other)).toEqual(entries(owner));
      }
    }),
  );
});
