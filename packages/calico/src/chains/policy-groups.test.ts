import { describe, expect, it } from 'vitest';
import type { PolicyKind } from '../names/chain-names.ts';
import { allocateMarks } from '../rendering/marks.ts';
import { textOf } from '../rendering/test-rendering.ts';
import { groupPolicies, groupTargets, policyGroupChain } from './policy-groups.ts';

const id = (name: string, kind: PolicyKind = 'GlobalNetworkPolicy') =>
  ({ kind, namespace: '', name }) as const;
const group = (...names: readonly string[]) => ({
  selector: 'all()',
  policies: names.map((name) => id(name)),
});
const render = (...names: readonly string[]) =>
  textOf(policyGroupChain('ingress', group(...names), allocateMarks()).rules);

describe('policy groups', () => {
  it('are adjacent policies with one selector', () => {
    const policies = [
      { id: id('a'), selector: 'x' },
      { id: id('b'), selector: 'x' },
      { id: id('c'), selector: 'y' },
      { id: id('d'), selector: 'x' },
    ];
    expect(groupPolicies(policies).map((g) => g.policies.map((p) => p.name))).toEqual([
      ['a', 'b'],
      ['c'],
      ['d'],
    ]);
  });

  it('have a chain of their own from two policies on', () => {
    expect(groupTargets('ingress', group('a'))).toEqual(['cali-pi-gnp/a']);
    expect(groupTargets('ingress', group('a', 'b'))).toEqual(['cali-gi-js-B7zioflPRrAki3OCu']);
    const staged = {
      selector: 'all()',
      policies: [id('a'), id('b', 'StagedGlobalNetworkPolicy')],
    };
    expect(groupTargets('ingress', staged)).toEqual(['cali-pi-gnp/a']);
  });

  it('go on until a policy has decided, and look every five', () => {
    const undecided = '-m mark --mark 0/0x30000';
    expect(render('a', 'b', 'c', 'd', 'e', 'f', 'g')).toEqual([
      '--jump cali-pi-gnp/a',
      `${undecided} --jump cali-pi-gnp/b`,
      `${undecided} --jump cali-pi-gnp/c`,
      `${undecided} --jump cali-pi-gnp/d`,
      `${undecided} --jump cali-pi-gnp/e`,
      '-m comment --comment "Return on verdict" -m mark ! --mark 0/0x30000 --jump RETURN',
      '--jump cali-pi-gnp/f',
      `${undecided} --jump cali-pi-gnp/g`,
    ]);
  });
});
