import { describe, expect, it } from 'vitest';
import { Ipv6Table } from './ipv6-table.ts';
import { NO_MATCH } from './no-match.ts';

const NETWORK = 0x2001_0db8n << 96n;

describe('a tree', () => {
  it('keeps prefixes that end at, before and behind a step of four bits', () => {
    const table = new Ipv6Table({ structure: 'tree-bitmap' });
    for (let length = 0; length <= 128; length++) {
      const rest = BigInt(128 - length);
      table.insert((NETWORK >> rest) << rest, length, length);
    }
    expect(table.size).toBe(129);
    expect(table.lookup(NETWORK)).toBe(128);
    // An address that agrees in so many bits, and in no more.
    for (let bits = 0; bits < 128; bits++) {
      expect(table.lookup(NETWORK ^ (1n << BigInt(127 - bits)))).toBe(bits);
    }
  });

  it('gives back what it no longer needs', () => {
    const table = new Ipv6Table({ structure: 'tree-bitmap' });
    const addressOf = (index: number): bigint => NETWORK + (BigInt(index) << 64n);
    const fill = (): void => {
      for (let index = 0; index < 1000; index++) table.insert(addressOf(index), 64, index);
    };
    fill();
    const full = table.memoryBytes;
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 1000; index++) table.delete(addressOf(index), 64);
      expect([table.size, table.lookup(addressOf(5))]).toEqual([0, NO_MATCH]);
      fill();
    }
    expect(table.memoryBytes).toBe(full);
    expect(table.lookup(addressOf(999) + 7n)).toBe(999);
  });
});

describe('a table that chooses for itself', () => {
  /** Prefixes of as many lengths as asked for. */
  const fill = (table: Ipv6Table, count: number, lengths: number): void => {
    for (let index = 0; index < count; index++) {
      table.insert(NETWORK + (BigInt(index) << 80n), 48 + (index % lengths), index);
    }
  };

  it('goes by a tree where lengths are many, and by hash again when prefixes are few', () => {
    const table = new Ipv6Table();
    fill(table, 4999, 13);
    expect(table.structure).toBe('hash');
    fill(table, 5000, 13);
    expect(table.structure).toBe('tree-bitmap');
    expect(table.lookup(NETWORK + (4321n << 80n))).toBe(4321);
    for (let index = 2499; index < 5000; index++) {
      table.delete(NETWORK + (BigInt(index) << 80n), 48 + (index % 13));
    }
    expect(table.structure).toBe('hash');
    expect(table.lookup(NETWORK + (1234n << 80n))).toBe(1234);
  });

  it('stays with hash tables where lengths are few', () => {
    const table = new Ipv6Table();
    fill(table, 6000, 4);
    expect(table.structure).toBe('hash');
  });
});

it('knows its structures', () => {
  const options = JSON.parse('{ "structure": "dir-24-8" }');
  expect(() => new Ipv6Table(options)).toThrow(
    new RangeError('a structure is auto, hash or tree-bitmap, not dir-24-8'),
  );
});
