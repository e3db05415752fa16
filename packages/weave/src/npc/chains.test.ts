import { describe, expect, it } from 'vitest';
import { forwardRules, inputRule, staticCommands } from './chains.ts';
import { commandText, ruleText } from './npc-text.ts';

describe('what weave-npc starts with', () => {
  const texts = (allowMulticast: boolean) =>
    staticCommands({ uplink: 'vethwe-bridge', allowMulticast }).map(commandText);

  it('is its chains, and rules that send new packets on', () => {
    expect(texts(true)).toEqual([
      'new-chain WEAVE-NPC',
      'new-chain WEAVE-NPC-DEFAULT',
      'new-chain WEAVE-NPC-INGRESS',
      'new-chain WEAVE-NPC-EGRESS',
      'new-chain WEAVE-NPC-EGRESS-DEFAULT',
      'new-chain WEAVE-NPC-EGRESS-CUSTOM',
      'new-chain WEAVE-NPC-EGRESS-ACCEPT',
      '-A WEAVE-NPC RELATED,ESTABLISHED -j ACCEPT',
      '-A WEAVE-NPC -d 224.0.0.0/4 -j ACCEPT',
      '-A WEAVE-NPC physdev -j ACCEPT',
      '-A WEAVE-NPC NEW -j WEAVE-NPC-DEFAULT',
      '-A WEAVE-NPC NEW -j WEAVE-NPC-INGRESS',
      '-A WEAVE-NPC-EGRESS RELATED,ESTABLISHED -j ACCEPT',
      '-A WEAVE-NPC-EGRESS physdev -j RETURN',
      '-A WEAVE-NPC-EGRESS address-type -j RETURN',
      '-A WEAVE-NPC-EGRESS -d 224.0.0.0/4 -j RETURN',
      '-A WEAVE-NPC-EGRESS NEW -j WEAVE-NPC-EGRESS-DEFAULT',
      '-A WEAVE-NPC-EGRESS NEW ! mark -j WEAVE-NPC-EGRESS-CUSTOM',
      '-A WEAVE-NPC-EGRESS-ACCEPT -j MARK',
    ]);
  });

  it('can leave multicast to policy', () => {
    expect(texts(false).filter((text) => text.includes('224.0.0.0'))).toEqual([]);
    expect(texts(false)).toHaveLength(texts(true).length - 2);
  });
});

it('leads forwarded packets through egress policy, then ingress policy, then nowhere', () => {
  const targets = forwardRules('weave').map((rule) => ruleText(rule).replace(/.*-j /, ''));
  expect(targets).toEqual(['WEAVE-NPC-EGRESS', 'WEAVE-NPC', 'NFLOG', 'DROP', 'ACCEPT', 'ACCEPT']);
  expect(inputRule('weave').target).toEqual({ kind: 'jump', chain: 'WEAVE-NPC-EGRESS' });
});
