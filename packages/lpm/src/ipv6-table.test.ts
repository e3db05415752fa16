import { describe, expect, test } from 'vitest';
import { Ipv6Table } from './ipv6-table.ts';
import { NO_MATCH } from './no-match.ts';
import { allocatedBytes } from './test-allocation.ts';

const NETWORK = 0xfd00_0010n << 96n;
const BLOCK = NETWORK + (7n << 64n);
const POD = BLOCK + 9n;

/** A node's routes in a cluster: default, the pod network, another node's block, a pod. */
const nodeTable = (): Ipv6Table => {
  const table = new Ipv6Table();
  table.insert(0n, 0, 1);
  table.insert(NETWORK, 32, 2);
  table.insert(BLOCK, 64, 3);
  table.insert(POD, 128, 4);
  return table;
};

describe('a table', () => {
  test('finds the longest prefix that covers an address', () => {
    const table = nodeTable();
    expect(table.lookup(POD)).toBe(4);
    expect(table.lookup(POD + 1n)).toBe(3);
    expect(table.lookup(BLOCK + (1n << 64n))).toBe(2);
    expect(table.lookup(1n)).toBe(1);
    expect(table.lookup((1n << 128n) - 1n)).toBe(1);
  });

  test('takes the address as words, too', () => {
    const table = nodeTable();
    expect(table.lookupWords(0xfd00_0010, 7, 0, 9)).toBe(4);
    expect(table.lookupWords(0xfd00_0010, 7, 0xffff_ffff, 9)).toBe(3);
    expect(table.lookupWords(0xfd00_0010 | 0, 8, 0, 9)).toBe(2);
  });

  test('keeps words of an address apart', () => {
    const table = new Ipv6Table();
    for (const [word, value] of [96n, 64n, 32n, 0n].entries()) table.insert(1n << value, 128, word);
    expect([96n, 64n, 32n, 0n].map((shift) => table.lookup(1n << shift))).toEqual([0, 1, 2, 3]);
    expect(table.lookup(1n << 31n)).toBe(NO_MATCH);
  });

  test('says what an insertion replaced and what a deletion removed', () => {
    const table = nodeTable();
    expect(table.insert(BLOCK, 65, 5)).toBe(NO_MATCH);
    expect(table.insert(BLOCK, 65, 6)).toBe(5);
    expect(table.size).toBe(5);
    expect(table.delete(BLOCK, 65)).toBe(6);
    expect(table.delete(BLOCK, 65)).toBe(NO_MATCH);
    expect(table.delete(BLOCK + 1n, 128)).toBe(NO_MATCH);
    expect(table.get(BLOCK, 64)).toBe(3);
    expect(table.get(BLOCK, 65)).toBe(NO_MATCH);
    expect(table.size).toBe(4);
  });

  test('uncovers the shorter prefix when the longer one goes', () => {
    const table = nodeTable();
    table.delete(POD, 128);
    expect(table.lookup(POD)).toBe(3);
    table.delete(BLOCK, 64);
    expect(table.lookup(POD)).toBe(2);
  });

  test('lists its entries by address, shorter prefixes first', () => {
    const table = nodeTable();
    table.insert(BLOCK, 128, 9);
    table.insert(1n << 127n, 1, NO_MATCH - 1);
    expect([...table.entries()]).toEqual([
      { address: 0n, length: 0, value: 1 },
      { address: 1n << 127n, length: 1, value: NO_MATCH - 1 },
      { address: NETWORK, length: 32, value: 2 },
      { address: BLOCK, length: 64, value: 3 },
      { address: BLOCK, length: 128, value: 9 },
      { address: POD, length: 128, value: 4 },
    ]);
  });
});

describe('a batch', () => {
  const words = Uint32Array.of(0xfd00_0010, 7, 0, 9, 0xfd00_0010, 7, 1, 0, 0, 0, 0, 1);

  test('answers every four words', () => {
    const out = new Uint32Array(3);
    nodeTable().lookupBatch(words, out);
    expect([...out]).toEqual([4, 3, 1]);
  });

  test('needs whole addresses and room for the answers', () => {
    expect(() => nodeTable().lookupBatch(words, new Uint32Array(2))).toThrow(
      new RangeError('3 addresses need room for as many answers, not 2'),
    );
    expect(() => nodeTable().lookupBatch(words.subarray(1), new Uint32Array(3))).toThrow(
      new RangeError('an IPv6 address has 4 words, 11 words are no whole number of them'),
    );
  });
});

describe('bad input', () => {
  const table = nodeTable();

  test.each([
    [0n, 129, 'a prefix length is an integer from 0 to 128, not 129'],
    [0n, -1, 'a prefix length is an integer from 0 to 128, not -1'],
    [-1n, 128, 'an IPv6 address is a bigint from 0 to 2^128 - 1, not -1'],
    [
      1n << 128n,
      128,
      'an IPv6 address is a bigint from 0 to 2^128 - 1, not 340282366920938463463374607431768211456',
    ],
    [1n, 127, 'the address 0x1 has bits set beyond the prefix length 127'],
    [
      1n << 95n,
      32,
      'the address 0x800000000000000000000000 has bits set beyond the prefix length 32',
    ],
  ])('is refused: %d/%d', (address, length, message) => {
    for (const call of [
      () => table.insert(address, length, 1),
      () => table.delete(address, length),
      () => table.get(address, length),
    ]) {
      expect(call).toThrow(new RangeError(message));
    }
  });

  test('leaves the table as it was', () => {
    expect(() => table.insert(0n, 0, NO_MATCH)).toThrow(RangeError);
    expect([...table.entries()]).toEqual([...nodeTable().entries()]);
  });
});

describe('size', () => {
  test('a million prefixes go in and come out again, and leave nothing behind', () => {
    const table = new Ipv6Table();
    const count = 1_000_000;
    const addressOf = (index: number): bigint => NETWORK + (BigInt(index) << 64n);
    for (let index = 0; index < count; index++) table.insert(addressOf(index), 64, index);
    expect(table.size).toBe(count);
    expect(table.memoryBytes).toBeLessThanOrEqual(160 * count);
    for (let index = 0; index < count; index += 997) {
      expect(table.lookup(addressOf(index) + 5n)).toBe(index);
    }
    for (let index = 0; index < count; index++) {
      if (table.delete(addressOf(index), 64) !== index) expect.fail(`lost ${index}`);
    }
    expect(table.size).toBe(0);
    expect(table.memoryBytes).toBe(0);
  }, 30_000);

  test('of a small table is small', () => {
    expect(nodeTable().memoryBytes).toBeLessThanOrEqual(4 * 80);
  });
});

test('lookups by words and in batches allocate nothing', () => {
  const table = nodeTable();
  const words = new Uint32Array(4000);
  for (let at = 0; at < words.length; at += 4) words.set([0xfd00_0010, 7, 0, at], at);
  const out = new Uint32Array(1000);
  expect(allocatedBytes(() => table.lookupBatch(words, out))).toBeLessThan(1000);
  // A signed first word, because the engine boxes numbers from 2^31 on their way into a call.
  const first = 0xfd00_0010 | 0;
  const one = (): void => {
    for (let host = 0; host < 1000; host++) out[host] = table.lookupWords(first, 7, 0, host);
  };
  expect(allocatedBytes(one)).toBeLessThan(1000);
  // The measure would notice: a bigint a lookup is allowed here.
  const byBigint = (): void => {
    for (let host = 0; host < 1000; host++) out[host] = table.lookup(BLOCK + BigInt(host));
  };
  expect(allocatedBytes(byBigint)).toBeGreaterThan(10_000);
}, 30_000);
