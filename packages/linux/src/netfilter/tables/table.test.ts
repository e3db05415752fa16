import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../command-error.ts';
import type { IptablesCommand } from '../../commands.ts';
import type { Match, Rule, TableName, Target } from '../rule.ts';
import {
  ACCEPT,
  append,
  Bench,
  DROP,
  destination,
  dport,
  newChain,
  protocol,
  source,
  states,
  tcp,
  udp,
} from '../test-support.ts';

type Bare<Op extends IptablesCommand['op']> = Omit<
  Extract<IptablesCommand, { op: Op }>,
  'kind' | 'family' | 'table' | 'op'
>;

const filter = { kind: 'iptables', family: 4, table: 'filter' } as const;
const flush = (chain: string): IptablesCommand => ({ ...filter, op: 'flush-chain', chain });
const drop = (chain: string): IptablesCommand => ({ ...filter, op: 'delete-chain', chain });
const policy = (
  chain: string,
  to: 'ACCEPT' | 'DROP',
  table: TableName = 'filter',
): IptablesCommand => ({
  ...filter,
  table,
  op: 'policy',
  chain,
  policy: to,
});
const insert = ({ chain, index, rule }: Bare<'insert'>): IptablesCommand => ({
  ...filter,
  op: 'insert',
  chain,
  index,
  rule,
});
const remove = (chain: string, rule: Rule): IptablesCommand => ({
  ...filter,
  op: 'delete',
  chain,
  rule,
});
const jump = (chain: string): Target => ({ kind: 'jump', chain });
const rejecting: Target = { kind: 'reject', with: 'icmp-port-unreachable' };

/** The error's code, after making sure that nothing has changed. */
const refusal = (bench: Bench, command: IptablesCommand): string | undefined => {
  const before = bench.netfilter.iptablesSave(4);
  const size = bench.netfilter.size();
  try {
    bench.apply(command);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    expect(bench.netfilter.iptablesSave(4)).toBe(before);
    expect(bench.netfilter.size()).toEqual(size);
    return error.code;
  }
};

const withFilter = (): Bench => new Bench().apply(flush('FORWARD'));

describe('chains', () => {
  it('are made once, under a name that iptables takes', () => {
    const bench = withFilter();
    expect(refusal(bench, newChain('filter', 'a'))).toBeUndefined();
    expect(refusal(bench, newChain('filter', 'a'))).toBe('EEXIST');
    expect(refusal(bench, newChain('filter', 'FORWARD'))).toBe('EEXIST');
    for (const bad of ['ACCEPT', 'x'.repeat(29), '-x', '!x', '', 'a b']) {
      expect(refusal(bench, newChain('filter', bad))).toBe('EINVAL');
    }
    expect(refusal(bench, newChain('filter', 'x'.repeat(28)))).toBeUndefined();
  });

  it('go only when they are empty and nothing leads to them', () => {
    const bench = withFilter().apply(
      newChain('filter', 'a'),
      append('filter', 'FORWARD', [], jump('a')),
    );
    expect(refusal(bench, drop('a'))).toBe('EBUSY');
    bench.apply(flush('FORWARD'), append('filter', 'a', [], ACCEPT));
    expect(refusal(bench, drop('a'))).toBe('EBUSY');
    bench.apply(flush('a'));
    expect(refusal(bench, drop('a'))).toBeUndefined();
    expect(refusal(bench, drop('a'))).toBe('ENOENT');
    expect(refusal(bench, drop('FORWARD'))).toBe('EBUSY');
  });

  it('that do not exist are no place for rules', () => {
    const bench = withFilter();
    expect(refusal(bench, flush('a'))).toBe('ENOENT');
    expect(refusal(bench, append('filter', 'a', [], ACCEPT))).toBe('ENOENT');
    expect(refusal(bench, append('filter', 'FORWARD', [], jump('a')))).toBe('ENOENT');
    expect(refusal(bench, append('filter', 'PREROUTING', [], ACCEPT))).toBe('ENOENT');
    expect(refusal(bench, append('filter', 'FORWARD', [], jump('INPUT')))).toBe('EOPNOTSUPP');
  });
});

describe('policies', () => {
  it('are those of built-in chains, and no dropping in nat', () => {
    const bench = withFilter().apply(newChain('filter', 'a'), newChain('nat', 'a'));
    expect(refusal(bench, policy('FORWARD', 'DROP'))).toBeUndefined();
    expect(refusal(bench, policy('a', 'DROP'))).toBe('ENOENT');
    expect(refusal(bench, policy('PREROUTING', 'DROP', 'nat'))).toBe('EINVAL');
  });
});

describe('rules', () => {
  const comment = (text: string): Rule => ({ matches: [{ kind: 'comment', text }] });
  const order = (bench: Bench): readonly string[] =>
    [...bench.netfilter.iptablesSave(4).matchAll(/--comment (\w+)/g)].map(([, text = '']) => text);

  it('go in at a place counted from 1', () => {
    const bench = withFilter();
    bench.apply(insert({ chain: 'FORWARD', index: 1, rule: comment('a') }));
    bench.apply(insert({ chain: 'FORWARD', index: 2, rule: comment('c') }));
    bench.apply(insert({ chain: 'FORWARD', index: 2, rule: comment('b') }));
    expect(order(bench)).toEqual(['a', 'b', 'c']);
    expect(refusal(bench, insert({ chain: 'FORWARD', index: 5, rule: comment('d') }))).toBe(
      'E2BIG',
    );
    expect(refusal(bench, insert({ chain: 'FORWARD', index: 0, rule: comment('d') }))).toBe(
      'EINVAL',
    );
  });

  it('go out by what they say, the first of equals', () => {
    const bench = withFilter();
    for (const name of ['a', 'b', 'a'])
      bench.apply(append('filter', 'FORWARD', comment(name).matches));
    bench.apply(remove('FORWARD', comment('a')));
    expect(order(bench)).toEqual(['b', 'a']);
    expect(refusal(bench, remove('FORWARD', comment('x')))).toBe('ENOENT');
  });

  it('are the same however they were written', () => {
    const bench = withFilter().apply(
      append(
        'filter',
        'FORWARD',
        [protocol('TCP'), source('10.0.0.0/8'), dport('tcp', 80), states('NEW', 'INVALID')],
        {
          kind: 'mark',
          value: 1,
          mask: 1,
          spelling: 'or-mark',
        },
      ),
    );
    const same: Rule = {
      matches: [source('10.0.0.0/8'), protocol(6), dport('tcp', 80, 80), states('INVALID', 'NEW')],
      target: { kind: 'mark', value: 1, mask: 1 },
    };
    expect(refusal(bench, remove('FORWARD', same))).toBeUndefined();
    expect(bench.netfilter.size().rules).toBe(0);
  });

  it('wake conntrack while they are there', () => {
    const bench = withFilter().apply(append('filter', 'FORWARD', [states('NEW')]));
    expect(bench.netfilter.defragments(4)).toBe(true);
    expect(bench.netfilter.defragments(6)).toBe(false);
    bench.apply(remove('FORWARD', { matches: [states('NEW')] }));
    expect(bench.netfilter.defragments(4)).toBe(false);
    bench.apply(append('raw', 'PREROUTING', [], { kind: 'notrack' }));
    expect(bench.netfilter.defragments(4)).toBe(false);
  });
});

describe('what iptables and the kernel refuse in a rule', () => {
  const bad: readonly (readonly [string, TableName, string, readonly Match[], Target?])[] = [
    ['two sources', 'filter', 'FORWARD', [source('10.0.0.0/8'), source('10.0.0.0/8')]],
    ['an address of the other family', 'filter', 'FORWARD', [source('fd00::/8')]],
    ['every address excluded', 'filter', 'FORWARD', [source('0.0.0.0/0', true)]],
    ['-o at INPUT', 'filter', 'INPUT', [{ kind: 'out-interface', name: 'e1' }]],
    ['-i at OUTPUT', 'filter', 'OUTPUT', [{ kind: 'in-interface', name: 'e1' }]],
    [
      'a device name too long',
      'filter',
      'FORWARD',
      [{ kind: 'in-interface', name: 'x'.repeat(16) }],
    ],
    ['an unknown protocol', 'filter', 'FORWARD', [protocol('nonsense')]],
    [
      'no protocol at all',
      'filter',
      'FORWARD',
      [{ kind: 'protocol', protocol: 'all', invert: true }],
    ],
    ['a port without its protocol', 'filter', 'FORWARD', [dport('tcp', 80)]],
    ['a port of another protocol', 'filter', 'FORWARD', [protocol('udp'), dport('tcp', 80)]],
    [
      'a port with an inverted protocol',
      'filter',
      'FORWARD',
      [{ kind: 'protocol', protocol: 'tcp', invert: true }, dport('tcp', 80)],
    ],
    ['a range backwards', 'filter', 'FORWARD', [protocol('tcp'), dport('tcp', 90, 80)]],
    ['a port beyond the last', 'filter', 'FORWARD', [protocol('tcp'), dport('tcp', 65_536)]],
    [
      'multiport without a protocol',
      'filter',
      'FORWARD',
      [{ kind: 'multiport', side: 'source', ranges: [{ first: 1, last: 1 }] }],
    ],
    [
      'multiport of nothing',
      'filter',
      'FORWARD',
      [protocol('tcp'), { kind: 'multiport', side: 'source', ranges: [] }],
    ],
    [
      'multiport of 16',
      'filter',
      'FORWARD',
      [
        protocol('tcp'),
        {
          kind: 'multiport',
          side: 'source',
          ranges: Array.from({ length: 8 }, () => ({ first: 1, last: 2 })),
        },
      ],
    ],
    [
      'icmp without -p icmp',
      'filter',
      'FORWARD',
      [protocol(58), { kind: 'icmp', version: 4, type: 8 }],
    ],
    [
      'icmp of version 6',
      'filter',
      'FORWARD',
      [protocol(58), { kind: 'icmp', version: 6, type: 128 }],
    ],
    ['flags without -p tcp', 'filter', 'FORWARD', [{ kind: 'tcp-flags', mask: 2, compare: 2 }]],
    [
      'a probability above 1',
      'filter',
      'FORWARD',
      [{ kind: 'statistic', mode: 'random', threshold: 2 ** 31 + 1 }],
    ],
    ['rpfilter in filter', 'filter', 'FORWARD', [{ kind: 'rpfilter' }]],
    ['rpfilter at FORWARD', 'mangle', 'FORWARD', [{ kind: 'rpfilter' }]],
    [
      'limit-iface-out at INPUT',
      'filter',
      'INPUT',
      [{ kind: 'address-type', source: { type: 'LOCAL' }, limitInterface: 'out' }],
    ],
    [
      'limit-iface-in at OUTPUT',
      'filter',
      'OUTPUT',
      [{ kind: 'address-type', source: { type: 'LOCAL' }, limitInterface: 'in' }],
    ],
    ['physdev-out at OUTPUT', 'filter', 'OUTPUT', [{ kind: 'physdev', out: 'v1' }]],
    ['no direction', 'filter', 'FORWARD', [{ kind: 'set', set: 's', directions: [] }]],
    [
      'seven directions',
      'filter',
      'FORWARD',
      [{ kind: 'set', set: 's', directions: Array.from({ length: 7 }, () => 'src' as const) }],
    ],
    ['DROP in nat', 'nat', 'PREROUTING', [], DROP],
    ['REJECT outside filter', 'mangle', 'FORWARD', [], rejecting],
    [
      'REJECT of the other family',
      'filter',
      'FORWARD',
      [],
      { kind: 'reject', with: 'icmp6-no-route' },
    ],
    [
      'a reset without -p tcp',
      'filter',
      'FORWARD',
      [protocol('icmp')],
      { kind: 'reject', with: 'tcp-reset' },
    ],
    ['NOTRACK outside raw', 'filter', 'FORWARD', [], { kind: 'notrack' }],
    ['DNAT outside nat', 'filter', 'FORWARD', [], { kind: 'dnat', address: parseIp('10.0.0.1') }],
    [
      'DNAT at POSTROUTING',
      'nat',
      'POSTROUTING',
      [],
      { kind: 'dnat', address: parseIp('10.0.0.1') },
    ],
    [
      'DNAT to a port without a protocol',
      'nat',
      'PREROUTING',
      [],
      { kind: 'dnat', address: parseIp('10.0.0.1'), port: 80 },
    ],
    [
      'DNAT to the other family',
      'nat',
      'PREROUTING',
      [],
      { kind: 'dnat', address: parseIp('::1') },
    ],
    ['SNAT at PREROUTING', 'nat', 'PREROUTING', [], { kind: 'snat', address: parseIp('10.0.0.1') }],
    ['MASQUERADE at INPUT', 'nat', 'INPUT', [], { kind: 'masquerade' }],
    [
      'MASQUERADE to ports without a protocol',
      'nat',
      'POSTROUTING',
      [],
      { kind: 'masquerade', ports: { first: 1, last: 2 } },
    ],
  ];
  for (const [name, table, chain, matches, target] of bad) {
    it(name, () => {
      const bench = new Bench().apply({
        kind: 'ipset',
        op: 'create',
        set: 's',
        type: 'hash:ip',
        family: 4,
      });
      bench.apply({ kind: 'iptables', family: 4, table, op: 'flush-chain', chain });
      expect(refusal(bench, append(table, chain, matches, target))).toBe('EINVAL');
    });
  }

  it('address types that ip6tables does not know', () => {
    for (const type of ['BROADCAST', 'BLACKHOLE', 'PROHIBIT'] as const) {
      const match: Match = { kind: 'address-type', destination: { type } };
      expect(() => new Bench().apply(append('filter', 'FORWARD', [match], ACCEPT, 6))).toThrow(
        'EINVAL',
      );
      expect(() =>
        new Bench().apply(append('filter', 'FORWARD', [match], ACCEPT, 4)),
      ).not.toThrow();
    }
  });
});

describe('the tables of the two families', () => {
  it('know nothing of each other', () => {
    const bench = new Bench().apply(append('filter', 'FORWARD', [], DROP, 6));
    expect(bench.forward(tcp('10.0.0.1:1 > 10.0.0.2:2', 'S')).kind).toBe('accept');
    expect(bench.forward(tcp('[fd00::1]:1 > [fd00::2]:2', 'S')).kind).toBe('drop');
    expect(bench.netfilter.iptablesSave(4)).toBe('');
  });
});

describe('a rule counts', () => {
  it('packets and bytes that passed all of its matches, target or not', () => {
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [destination('10.0.0.2/32')]),
      append('filter', 'FORWARD', [destination('10.0.0.3/32')], ACCEPT),
    );
    bench.forward(tcp('10.0.0.1:1 > 10.0.0.2:2', 'S', { data: new Uint8Array(60) }));
    bench.forward(tcp('10.0.0.1:1 > 10.0.0.3:2', 'S'));
    expect(bench.netfilter.iptablesSave(4, { counters: true })).toBe(`*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
[1:100] -A FORWARD -d 10.0.0.2/32
[1:40] -A FORWARD -d 10.0.0.3/32 -j ACCEPT
COMMIT
`);
  });

  it('and a policy what it decides on, from when it is said, and anew each time', () => {
    const bench = new Bench().apply(append('filter', 'FORWARD', []));
    const policy = (to: 'ACCEPT' | 'DROP', counters?: { packets: number; bytes: number }) =>
      bench.apply({
        kind: 'iptables',
        family: 4,
        table: 'filter',
        op: 'policy',
        chain: 'FORWARD',
        policy: to,
        ...(counters === undefined ? {} : { counters }),
      });
    const line = () => {
      bench.forward(udp('10.0.0.1:1 > 10.0.0.2:2'));
      return /:FORWARD .*/.exec(bench.netfilter.iptablesSave(4, { counters: true }))?.[0];
    };
    expect(line()).toBe(':FORWARD ACCEPT [0:0]');
    policy('ACCEPT');
    expect(line()).toBe(':FORWARD ACCEPT [1:28]');
    policy('DROP');
    expect(line()).toBe(':FORWARD DROP [1:28]');
    policy('ACCEPT', { packets: 7, bytes: 70 });
    expect(line()).toBe(':FORWARD ACCEPT [8:98]');
  });
});
