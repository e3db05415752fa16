import { expect, it } from 'vitest';
import { PortTable } from './port-table.ts';

const MAC = 0x0200_0000_0001;
const minutes = (count: number) => count * 60_000;

it('keeps an address at the port where it was first seen', () => {
  const table = new PortTable<string>();
  table.learn(MAC, 'a', 0);
  table.learn(MAC, 'b', minutes(1));
  expect(table.get(MAC, minutes(1))).toBe('a');
});

it('forgets an address at the second sweep after it was learned', () => {
  const table = new PortTable<string>();
  table.learn(MAC, 'a', minutes(9));
  expect(table.get(MAC, minutes(19))).toBe('a');
  expect(table.get(MAC, minutes(20))).toBeUndefined();
  table.learn(MAC, 'b', minutes(100_000));
  expect(table.get(MAC, minutes(100_001))).toBe('b');
});
