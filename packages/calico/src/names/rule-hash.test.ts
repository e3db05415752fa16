import { describe, expect, it } from 'vitest';
import { appendedRulesChain, ruleHashes } from './rule-hash.ts';

const hashes = (chain: string, ...rules: string[]) =>
  ruleHashes(chain, rules, (name, rule, hash) => `-A ${name} ${hash} ${rule}`);

describe('ruleHashes', () => {
  it('gives the hashes seen on real nodes', () => {
    expect(hashes('FORWARD', '--jump cali-FORWARD')).toEqual(['wUHhoiAYhphO9Mso']);
    expect(hashes('OUTPUT', '--jump cali-OUTPUT')).toEqual(['tVnHkvAo15HuiPy0']);
    expect(hashes('cali-FORWARD', '--jump MARK --set-mark 0/0xe0000')).toEqual([
      'vjrMJCRpqwy5oRoX',
    ]);
  });

  it('seeds appended rules with a name of their own', () => {
    expect(
      hashes(
        appendedRulesChain('FORWARD'),
        '-m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 --jump ACCEPT',
        '--jump MARK --set-mark 0x10000/0x10000',
      ),
    ).toEqual(['S93hcgKJrXEqnTfs', 'mp77cMpurHhyjLrM']);
  });

  it('lets a change in one rule change every hash below it', () => {
    const before = hashes('c', 'one', 'two', 'three');
    const after = hashes('c', 'one', 'other', 'three');
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[2]).not.toBe(before[2]);
  });
});
