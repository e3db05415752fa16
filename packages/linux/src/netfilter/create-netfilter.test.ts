import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { BuiltinChain, TableName, Target } from './rule.ts';
import {
  ACCEPT,
  append,
  Bench,
  contextOf,
  DROP,
  destination,
  dport,
  ipEntry,
  newChain,
  protocol,
  source,
  states,
  udp,
} from './test-support.ts';

describe('the hooks of a forwarded packet', () => {
  it('run table by table, and each chain ends with its policy', () => {
    const bench = new Bench().apply(
      append('raw', 'PREROUTING', [], { kind: 'mark', value: 1, mask: 1 }),
      append('mangle', 'PREROUTING', [], { kind: 'mark', value: 2, mask: 2 }),
      append('filter', 'FORWARD', [states('NEW')], ACCEPT),
      append('mangle', 'POSTROUTING', [protocol('udp')], ACCEPT),
    );
    const seen = bench.watch(udp('10.0.0.1:1000 > 10.0.0.2:53')).map((step) => {
      if (step.kind === 'rule') return `${step.table} ${step.chain} ${step.index}`;
      return step.kind === 'policy' ? `${step.table} ${step.chain} ${step.verdict}` : step.kind;
    });
    expect(seen).toEqual([
      'raw PREROUTING 1',
      'raw PREROUTING ACCEPT',
      'conntrack',
      'mangle PREROUTING 1',
      'mangle PREROUTING ACCEPT',
      'filter FORWARD 1',
      'mangle POSTROUTING 1',
    ]);
  });

  it('drop by rule or by policy, and say which', () => {
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [source('10.0.0.0/24')], ACCEPT),
      append('filter', 'FORWARD', [source('10.0.1.0/24')], DROP),
      {
        kind: 'iptables',
        family: 4,
        table: 'filter',
        op: 'policy',
        chain: 'FORWARD',
        policy: 'DROP',
      },
    );
    expect(bench.forward(udp('10.0.0.1:1 > 10.9.9.9:2'))).toEqual({ kind: 'accept' });
    expect(bench.forward(udp('10.0.1.1:1 > 10.9.9.9:2'))).toEqual({
      kind: 'drop',
      reason: 'rule 2 of filter FORWARD',
    });
    expect(bench.forward(udp('10.0.2.1:1 > 10.9.9.9:2'))).toEqual({
      kind: 'drop',
      reason: 'policy of filter FORWARD',
    });
  });

  it('hand a REJECT over to whoever can answer', () => {
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [], { kind: 'reject', with: 'icmp-admin-prohibited' }),
    );
    expect(bench.forward(udp('10.0.0.1:1 > 10.0.0.2:2'))).toEqual({
      kind: 'reject',
      with: 'icmp-admin-prohibited',
    });
  });
});

describe('every hook', () => {
  const order: Readonly<Record<BuiltinChain, readonly TableName[]>> = {
    PREROUTING: ['raw', 'mangle', 'nat'],
    INPUT: ['mangle', 'filter', 'security', 'nat'],
    FORWARD: ['mangle', 'filter', 'security'],
    OUTPUT: ['raw', 'mangle', 'nat', 'filter', 'security'],
    POSTROUTING: ['mangle', 'nat'],
  };
  for (const hook of ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const) {
    it(`runs its tables by priority: ${hook}`, () => {
      const bench = new Bench().apply(append('security', 'FORWARD', [states('NEW')]));
      const nothing: Target = { kind: 'mark', value: 0, mask: 0 };
      // Made backwards, so that the order of making does not help.
      for (const table of [...order[hook]].reverse()) bench.apply(append(table, hook, [], nothing));
      const seen: string[] = [];
      const context = contextOf(udp('10.0.0.1:1000 > 10.0.0.2:53'));
      if (hook === 'INPUT' || hook === 'POSTROUTING') bench.run('PREROUTING', context);
      context.record = (step) => {
        if (step.kind === 'rule') seen.push(step.table);
      };
      bench.run(hook, context);
      expect(seen).toEqual(order[hook]);
    });
  }
});

describe('what a namespace holds', () => {
  it('is counted for reports', () => {
    const bench = new Bench();
    expect(bench.netfilter.size()).toEqual({ rules: 0, chains: 0, sets: 0, setMembers: 0 });
    bench.apply(
      newChain('filter', 'a'),
      append('filter', 'a', [], ACCEPT),
      append('raw', 'OUTPUT', [], ACCEPT, 6),
      { kind: 'ipset', op: 'create', set: 's', type: 'hash:ip', family: 4 },
      { kind: 'ipset', op: 'add', set: 's', entry: ipEntry('10.0.0.1') },
    );
    expect(bench.netfilter.size()).toEqual({ rules: 2, chains: 6, sets: 1, setMembers: 1 });
  });
});

describe('jump, goto and return', () => {
  it('come back after a jump, to the caller of the caller after a goto', () => {
    const bench = new Bench().apply(
      newChain('filter', 'outer'),
      newChain('filter', 'inner'),
      append('filter', 'inner', [protocol('udp')], { kind: 'return' }),
      append('filter', 'inner', [], DROP),
      append('filter', 'outer', [protocol('udp'), dport('udp', 53)], {
        kind: 'goto',
        chain: 'inner',
      }),
      append('filter', 'outer', [], { kind: 'mark', value: 2, mask: 2 }),
      append('filter', 'FORWARD', [], { kind: 'jump', chain: 'outer' }),
      append('filter', 'FORWARD', [], { kind: 'mark', value: 4, mask: 4 }),
    );
    const went = contextOf(udp('10.0.0.1:1 > 10.0.0.2:53'));
    bench.run('FORWARD', went);
    expect(went.mark).toBe(4);
    const jumped = contextOf(udp('10.0.0.1:1 > 10.0.0.2:54'));
    bench.run('FORWARD', jumped);
    expect(jumped.mark).toBe(6);
  });
});

describe('conntrack', () => {
  it('sleeps, and nat with it, until a rule needs it', () => {
    const bench = new Bench().apply(
      newChain('nat', 'KUBE-SERVICES'),
      append('nat', 'PREROUTING', [], { kind: 'jump', chain: 'KUBE-SERVICES' }),
      append('mangle', 'PREROUTING', []),
    );
    bench.forward(udp('10.0.0.1:1000 > 10.0.0.2:53'));
    expect(bench.counters('nat', 'PREROUTING')).toEqual([0]);
    expect(bench.counters('mangle', 'PREROUTING')).toEqual([1]);
    expect(bench.netfilter.conntrackList()).toBe('');
    bench.apply(append('filter', 'FORWARD', [states('NEW')]));
    bench.forward(udp('10.0.0.1:1000 > 10.0.0.2:53'));
    expect(bench.counters('nat', 'PREROUTING')).toEqual([1]);
    expect(bench.netfilter.conntrackList()).toBe(
      'udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1000 dport=53 [UNREPLIED] ' +
        'src=10.0.0.2 dst=10.0.0.1 sport=53 dport=1000 mark=0 use=1\n',
    );
  });
});

describe('destination and source NAT', () => {
  it('rewrites questions by rule and answers by the entry', () => {
    const bench = new Bench().apply(
      append(
        'nat',
        'PREROUTING',
        [destination('10.96.0.10/32'), protocol('udp'), dport('udp', 53)],
        {
          kind: 'dnat',
          address: parseIp('10.244.1.7'),
          port: 5353,
        },
      ),
      append('nat', 'POSTROUTING', [], { kind: 'masquerade' }),
    );
    const question = udp('10.244.0.5:4000 > 10.96.0.10:53');
    expect(bench.forward(question)).toEqual({ kind: 'accept' });
    expect(question).toEqual(udp('192.0.2.1:4000 > 10.244.1.7:5353'));
    const answer = udp('10.244.1.7:5353 > 192.0.2.1:4000');
    bench.forward(answer);
    expect(answer).toEqual(udp('10.96.0.10:53 > 10.244.0.5:4000'));
  });
});
