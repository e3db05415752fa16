import { describe, expect, it } from 'vitest';
import type { IptablesCommand } from '../../commands.ts';
import { ACCEPT, append, Bench, newChain, source } from '../test-support.ts';
import { formatIptablesCommands } from './iptables-text.ts';

const filter = { kind: 'iptables', family: 4, table: 'filter' } as const;
const comment = (text: string) => ({ matches: [{ kind: 'comment', text }] }) as const;

/** Read by iptables-restore 1.8.9 --noflush, after which iptables-save printed the tables below. */
const COMMANDS: readonly IptablesCommand[] = [
  newChain('filter', 'zeta'),
  newChain('filter', 'alpha'),
  newChain('filter', 'Beta'),
  append('filter', 'zeta', [source('10.0.0.0/8')], ACCEPT),
  append('filter', 'FORWARD', [], { kind: 'jump', chain: 'zeta' }),
  { ...filter, op: 'policy', chain: 'FORWARD', policy: 'DROP' },
  { ...filter, op: 'insert', chain: 'FORWARD', index: 1, rule: comment('first') },
  { ...filter, op: 'append', chain: 'zeta', rule: comment('gone') },
  { ...filter, op: 'delete', chain: 'zeta', rule: comment('gone') },
  append('filter', 'alpha', []),
  { ...filter, op: 'flush-chain', chain: 'alpha' },
  { ...filter, op: 'delete-chain', chain: 'Beta' },
  append('nat', 'POSTROUTING', [], { kind: 'masquerade' }),
  append('filter', 'INPUT', []),
];

describe('commands as text', () => {
  it('are what iptables-restore --noflush reads, in their order', () => {
    expect(formatIptablesCommands(COMMANDS)).toBe(
      `*filter
:zeta - [0:0]
:alpha - [0:0]
:Beta - [0:0]
-A zeta -s 10.0.0.0/8 -j ACCEPT
-A FORWARD -j zeta
:FORWARD DROP [0:0]
-I FORWARD 1 -m comment --comment first
-A zeta -m comment --comment gone
-D zeta -m comment --comment gone
-A alpha
-F alpha
-X Beta
COMMIT
*nat
-A POSTROUTING -j MASQUERADE
COMMIT
*filter
-A INPUT
COMMIT
`,
    );
  });

  it('of no commands is nothing, and of two families too much', () => {
    expect(formatIptablesCommands([])).toBe('');
    const mixed = [newChain('filter', 'a', 4), newChain('filter', 'a', 6)];
    expect(() => formatIptablesCommands(mixed)).toThrow(RangeError);
  });

  it('name the program when one is refused', () => {
    const bench = new Bench();
    expect(() => bench.apply(append('filter', 'nobody', [], ACCEPT, 6))).toThrow(
      'ip6tables -t filter -A nobody -j ACCEPT: no chain/target/match by that name (ENOENT)',
    );
    expect(() => bench.apply({ ...filter, op: 'policy', chain: 'nobody', policy: 'DROP' })).toThrow(
      'iptables -t filter -P nobody DROP',
    );
    bench.apply(newChain('filter', 'a'));
    expect(() => bench.apply(newChain('filter', 'a'))).toThrow('iptables -t filter -N a: ');
  });
});

describe('tables as text', () => {
  it('are what iptables-save prints: chains by name after the built-in ones', () => {
    expect(new Bench().apply(...COMMANDS).netfilter.iptablesSave(4)).toBe(
      `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:alpha - [0:0]
:zeta - [0:0]
-A INPUT
-A FORWARD -m comment --comment first
-A FORWARD -j zeta
-A zeta -s 10.0.0.0/8 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -j MASQUERADE
COMMIT
`,
    );
  });

  it('come in the order mangle, security, raw, filter, nat', () => {
    const bench = new Bench();
    for (const table of ['nat', 'filter', 'raw', 'security', 'mangle'] as const)
      bench.apply(append(table, 'OUTPUT', []));
    const printed = bench.netfilter.iptablesSave(4).match(/^\*.*$/gm);
    expect(printed).toEqual(['*mangle', '*security', '*raw', '*filter', '*nat']);
  });
});
