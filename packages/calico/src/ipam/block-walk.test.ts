import { formatPrefix, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockWalk } from './block-walk.ts';
import { fnv32 } from './fnv.ts';

const pool = (cidr: string, blockSize: number) => ({
  name: 'pool',
  cidr: parsePrefix(cidr),
  blockSize,
  natOutgoing: true,
  vxlanMode: 'Always' as const,
});

describe('fnv32', () => {
  it('multiplies before it xors', () => {
    expect(fnv32('')).toBe(0x811c9dc5);
    expect(fnv32('a')).toBe(0x050c5d7e);
    expect(fnv32('foobar')).toBe(0x31f0b262);
  });
});

describe('BlockWalk', () => {
  it('starts where the hash of the name points to, and stays there', () => {
    const walk = new BlockWalk(pool('10.0.0.0/24', 26));
    const starts = ['a', 'b', 'c', 'd'].map((node) =>
      formatPrefix(walk.first(node) ?? pool('0.0.0.0/0', 0).cidr),
    );
    const expected = ['a', 'b', 'c', 'd'].map((node) => `10.0.0.${(fnv32(node) % 4) * 64}/26`);
    expect(starts).toEqual(expected);
  });

  it.each([
    ['10.0.0.0/24', 27],
    ['fd00::/118', 122],
  ])('goes once around %s in blocks of /%d', (cidr, blockSize) => {
    const walk = new BlockWalk(pool(cidr, blockSize));
    const seen: string[] = [];
    for (let block = walk.first('node'); block !== undefined; block = walk.first('node')) {
      seen.push(formatPrefix(block));
      walk.remove(block);
    }
    expect(new Set(seen).size).toBe(2 ** (blockSize - parsePrefix(cidr).length));
    const sorted = seen.toSorted((a, b) =>
      parsePrefix(a).address < parsePrefix(b).address ? -1 : 1,
    );
    const start = sorted.indexOf(seen[0] ?? '');
    expect(seen).toEqual([...sorted.slice(start), ...sorted.slice(0, start)]);
  });

  it('finds what a plain search finds, whatever was removed', () => {
    const name = fc.string({ maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.nat(15))), name, (removals, node) => {
        const walk = new BlockWalk(pool('10.0.0.0/24', 28));
        const gone = new Set<number>();
        for (const [asker, index] of removals) {
          walk.first(asker);
          walk.remove({ address: 0x0a000000 + index * 16, length: 28 });
          gone.add(index);
        }
        const start = fnv32(node) % 16;
        const plain = Array.from({ length: 16 }, (_, i) => (start + i) % 16).find(
          (i) => !gone.has(i),
        );
        expect(walk.first(node)?.address).toBe(
          plain === undefined ? undefined : 0x0a000000 + plain * 16,
        );
      }),
    );
  });
});
