import { describe, expect, it } from 'vitest';
import { Ipv4Table } from './ipv4-table.ts';
import { NO_MATCH } from './no-match.ts';

const ip = (text: string): number =>
  text.split('.').reduce((address, octet) => address * 256 + Number(octet), 0);

describe('cells of 256 addresses', () => {
  it('lead to a block where a prefix is longer than 24 bits, and are a value again when it has gone', () => {
    const table = new Ipv4Table({ structure: 'dir-24-8' });
    const empty = table.memoryBytes;
    table.insert(ip('10.0.0.0'), 8, 1);
    table.insert(ip('10.1.1.64'), 26, 2);
    table.insert(ip('10.1.1.65'), 32, 3);
    expect(
      ['10.1.1.63', '10.1.1.64', '10.1.1.65', '10.1.1.128'].map((at) => table.lookup(ip(at))),
    ).toEqual([1, 2, 3, 1]);
    table.insert(ip('10.1.1.0'), 24, 4);
    expect(table.lookup(ip('10.1.1.63'))).toBe(4);
    table.delete(ip('10.1.1.64'), 26);
    expect(table.lookup(ip('10.1.1.64'))).toBe(4);
    table.delete(ip('10.1.1.65'), 32);
    table.delete(ip('10.0.0.0'), 8);
    expect([table.lookup(ip('10.1.1.65')), table.lookup(ip('10.1.2.1'))]).toEqual([4, NO_MATCH]);
    expect(table.memoryBytes - empty).toBeLessThan(100);
  });

  it('are refused what they cannot hold, by name, and nothing has changed then', () => {
    const table = new Ipv4Table({ structure: 'dir-24-8' });
    table.insert(ip('10.0.0.0'), 8, 32_766);
    expect(() => table.insert(ip('10.0.0.0'), 8, 32_767)).toThrow(
      new RangeError('a value of dir-24-8 is at most 32766, not 32767'),
    );
    for (let network = 0; network < 32_767; network++) table.insert(network * 256, 32, 1);
    expect(() => table.insert(32_767 * 256, 32, 1)).toThrow('at most 32767 networks');
    table.insert(32_766 * 256 + 5, 32, 2);
    expect(table.lookup(32_766 * 256 + 5)).toBe(2);
    expect(table.size).toBe(32_769);
    expect(table.lookup(ip('10.0.0.0'))).toBe(32_766);
  });
});

describe('a table that chooses for itself', () => {
  const fill = (table: Ipv4Table, count: number): void => {
    for (let network = 0; network < count; network++) table.insert(network * 256, 24, network % 7);
  };

  it('goes by cells from 200,000 prefixes on, and by hash again with half as many', () => {
    const table = new Ipv4Table();
    fill(table, 199_999);
    expect(table.structure).toBe('hash');
    table.insert(ip('200.0.0.0'), 8, 9);
    expect(table.structure).toBe('dir-24-8');
    expect([table.lookup(5 * 256 + 3), table.lookup(ip('200.1.2.3'))]).toEqual([5, 9]);
    for (let network = 0; network < 100_000; network++) table.delete(network * 256, 24);
    expect(table.structure).toBe('hash');
    expect([table.lookup(0), table.lookup(150_000 * 256)]).toEqual([NO_MATCH, 150_000 % 7]);
  });

  it('stays with what it has when cells do not suit', () => {
    const table = new Ipv4Table();
    table.insert(ip('200.0.0.0'), 8, 40_000);
    fill(table, 200_001);
    expect(table.structure).toBe('hash');
    expect(table.lookup(ip('200.0.0.1'))).toBe(40_000);
  });

  it('gives cells up for a value that they cannot hold', () => {
    const table = new Ipv4Table();
    fill(table, 200_000);
    table.insert(ip('200.0.0.0'), 8, 40_000);
    expect(table.structure).toBe('hash');
    expect(table.lookup(ip('200.0.0.1'))).toBe(40_000);
  });
});

it('knows its structures', () => {
  const options = JSON.parse('{ "structure": "trie" }');
  expect(() => new Ipv4Table(options)).toThrow(
    new RangeError('a structure is auto, hash or dir-24-8, not trie'),
  );
});
