import { describe, expect, it } from 'vitest';
import { jump, setMark } from './felix-rule.ts';
import { appendCommands, chainCommands, hashedRules, insertCommands } from './linux-rules.ts';
import { profileChain } from './policy-chains.ts';
import { FELIX_DEFAULTS } from './render-config.ts';
import { activeRule } from './test-rendering.ts';

const { features } = FELIX_DEFAULTS;
const FILTER = { family: 4, table: 'filter' } as const;
const firstComment = (matches: readonly { kind: string; text?: string }[]) => matches[0]?.text;

describe('hashedRules', () => {
  it('reproduces hashes of profile chains seen on real nodes', () => {
    const seen = (profile: string, direction: 'ingress' | 'egress', allows: boolean) => {
      const rules = allows ? [activeRule({})] : [];
      const chain = profileChain(profile, direction, rules, 4, FELIX_DEFAULTS);
      return firstComment(hashedRules(chain.name, chain.rules, 4, features)[0]?.matches ?? []);
    };
    expect(seen('kns.calico-system', 'ingress', true)).toBe('cali:hLANj-OVIyT53h_j');
    expect(seen('kns.calico-system', 'egress', true)).toBe('cali:gWxJzCZXxl31NR0P');
    expect(seen('ksa.calico-system.default', 'ingress', false)).toBe('cali:OzmBDJrkeSSUiXhX');
    expect(seen('ksa.calico-system.default', 'egress', false)).toBe('cali:09a9ZBFOA1dZ4RN5');
  });

  it('keeps the target that a rule has, and none for one that only comments', () => {
    const rules = [{ action: setMark(0x10000) }, { comments: ['nothing (else)'] }];
    const [marking, commenting] = hashedRules('c', rules, 4, features);
    expect(marking?.target).toEqual({ kind: 'mark', value: 0x10000, mask: 0x10000 });
    expect(commenting).toEqual({
      matches: [
        { kind: 'comment', text: expect.stringMatching(/^cali:.{16}$/) },
        { kind: 'comment', text: 'nothing _else_' },
      ],
    });
  });

  it('rejects in the words of the family', () => {
    const reject = (family: 4 | 6) =>
      hashedRules('c', [{ action: { kind: 'reject' } }], family, features)[0]?.target;
    expect(reject(4)).toEqual({ kind: 'reject', with: 'icmp-port-unreachable' });
    expect(reject(6)).toEqual({ kind: 'reject', with: 'icmp6-port-unreachable' });
  });
});

describe('commands', () => {
  it('make every chain before any rule', () => {
    const commands = chainCommands(
      FILTER,
      [
        { name: 'a', rules: [{ action: jump('b') }] },
        { name: 'b', rules: [] },
      ],
      features,
    );
    expect(commands.map(({ op, chain }) => [op, chain])).toEqual([
      ['new-chain', 'a'],
      ['new-chain', 'b'],
      ['append', 'a'],
    ]);
  });

  it('insert on top in order and append at the end, with different hashes', () => {
    const rules = [{ action: jump('cali-FORWARD') }];
    const [inserted] = insertCommands(FILTER, 'FORWARD', rules, features);
    const [appended] = appendCommands(FILTER, 'FORWARD', rules, features);
    expect(inserted).toMatchObject({ op: 'insert', chain: 'FORWARD', index: 1 });
    expect(inserted).toMatchObject({
      rule: { matches: [{ kind: 'comment', text: 'cali:wUHhoiAYhphO9Mso' }] },
    });
    expect(appended).toMatchObject({ op: 'append', chain: 'FORWARD' });
    expect(appended).not.toMatchObject({
      rule: { matches: [{ kind: 'comment', text: 'cali:wUHhoiAYhphO9Mso' }] },
    });
  });
});
