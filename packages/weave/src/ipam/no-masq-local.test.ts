import { formatPrefix } from '@podpath/net';
import { expect, it } from 'vitest';
import { noMasqChanges, noMasqMembers } from './no-masq-local.ts';
import { range } from './range-text.ts';

it('joins a node’s ranges before it cuts them into prefixes', () => {
  const members = noMasqMembers(['10.32.0.0+64', '10.32.0.64+64', '10.32.1.0+3'].map(range));
  expect(members.map(formatPrefix)).toEqual(['10.32.0.0/25', '10.32.1.0/31', '10.32.1.2/32']);
});

it('changes only what changed', () => {
  const { add, remove } = noMasqChanges([range('10.32.0.0+1048576')], [range('10.32.0.0+786432')]);
  expect(add.map(formatPrefix)).toEqual(['10.32.0.0/13', '10.40.0.0/14']);
  expect(remove.map(formatPrefix)).toEqual(['10.32.0.0/12']);
  const same = ['10.32.0.0+64', '10.32.0.128+64'].map(range);
  expect(noMasqChanges(same, same)).toEqual({ add: [], remove: [] });
});
