import { describe, expect, it } from 'vitest';
import { endOfTierNflogPrefix, noProfileNflogPrefix, ruleNflogPrefix } from './nflog-prefix.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

describe('NFLOG prefixes', () => {
  it('says action, owner, direction, index and name', () => {
    expect(ruleNflogPrefix('A', 'policy', 'ingress', 0, 'np/namespace1/default.policy')).toBe(
      'API0|np/namespace1/default.policy',
    );
    expect(ruleNflogPrefix('D', 'policy', 'egress', 88, `gnp/${ALPHABET}`)).toBe(
      `DPE88|gnp/${ALPHABET}`,
    );
  });

  it('keeps the ends of a long name and hashes the middle', () => {
    expect(ruleNflogPrefix('D', 'policy', 'ingress', 88, `gnp/${ALPHABET}0`)).toBe(
      'DPI88|gnp/_12IXaBPahNM7a7dZhI8zg6PStmHsgneYaax8LVSIq_RSTUVWXYZ0',
    );
  });

  it('marks the ends of tiers and of profiles', () => {
    expect(endOfTierNflogPrefix('D', 'egress', 'tier-1')).toBe('DPE|tier-1');
    expect(endOfTierNflogPrefix('P', 'ingress', 'default')).toBe('PPI|default');
    expect(noProfileNflogPrefix('ingress')).toBe('DRI');
  });
});
