import { describe, expect, it } from 'vitest';
import { longChain } from './long-chain.ts';
import { longChainOfNftables } from './nft-chain.ts';

describe('a long chain in the words of nft', () => {
  it('has a line for each rule, which says what the rule says', () => {
    const rules = longChain(200, 1);
    const lines = longChainOfNftables(rules).split('\n').slice(3, -2);
    expect(lines.length).toBe(rules.length);
    expect(lines.every((line) => line.endsWith(' counter drop'))).toBe(true);
    expect(lines.at(-1)).toBe('ip daddr 10.96.0.0/16 tcp dport 1-9999 counter drop');
  });

  it('refuses what long chains do not have', () => {
    const opaque = { kind: 'opaque', module: 'x', options: '' } as const;
    expect(() => longChainOfNftables([{ matches: [opaque] }])).toThrow(/no opaque/);
  });
});
