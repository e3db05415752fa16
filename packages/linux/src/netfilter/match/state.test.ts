import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { append, Bench, contextOf, states, tcp, udp } from '../test-support.ts';

const FLOW = '10.0.0.1:1000 > 10.0.0.2:53';
const mark = (value: number, mask = 0xffff_ffff, invert = false): Match => ({
  kind: 'mark',
  value,
  mask,
  invert,
});

describe('marks', () => {
  it('compare under a mask, the highest bit included', () => {
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [mark(0x10, 0xf0)]),
      append('filter', 'FORWARD', [mark(0x10, 0xf0, true)]),
      append('filter', 'FORWARD', [mark(0x8000_0000, 0x8000_0000)]),
      append('filter', 'FORWARD', [mark(0, 0x8000_0000)]),
    );
    for (const value of [0x13, 0x23, 0x8000_0010]) {
      bench.run('FORWARD', contextOf(udp(FLOW), { mark: value }));
    }
    expect(bench.counters('filter', 'FORWARD')).toEqual([2, 1, 1, 2]);
  });

  it('are set as iptables shorthands mean them', () => {
    const set = (value: number, mask: number, before: number): number => {
      const bench = new Bench().apply(
        append('mangle', 'FORWARD', [], { kind: 'mark', value, mask }),
      );
      const context = contextOf(udp(FLOW), { mark: before });
      bench.run('FORWARD', context);
      return context.mark;
    };
    expect(set(0x10, 0xf0, 0x3f)).toBe(0x1f);
    expect(set(0x4000, 0x4000, 0x1)).toBe(0x4001);
    expect(set(0x4000, 0, 0x4001)).toBe(1);
    expect(set(0, 0x1, 0xffff_ffff)).toBe(0xffff_fffe);
    expect(set(0x8000_0000, 0xffff_ffff, 5)).toBe(0x8000_0000);
  });
});

describe('connection marks', () => {
  it('are saved from packets and restored to them, under masks', () => {
    const bench = new Bench().apply(
      append('mangle', 'FORWARD', [states('NEW')], { kind: 'mark', value: 0x5a, mask: 0xff }),
      append('mangle', 'FORWARD', [states('NEW')], { kind: 'connmark-save', mask: 0xf0 }),
      append('mangle', 'FORWARD', [], { kind: 'mark', value: 0x0f, mask: 0xffff_ffff }),
      append('mangle', 'FORWARD', [], { kind: 'connmark-restore', mask: 0xf0 }),
    );
    bench.forward(udp(FLOW));
    const answer = contextOf(udp('10.0.0.2:53 > 10.0.0.1:1000'));
    bench.run('PREROUTING', answer);
    bench.run('FORWARD', answer);
    expect(answer.mark).toBe(0x5f);
    expect(bench.netfilter.conntrackList()).toContain('mark=80 ');
  });

  it('match on connections only, whether inverted or not', () => {
    const bench = new Bench().apply(
      append('mangle', 'PREROUTING', [{ kind: 'connmark', value: 0, mask: 0xf }]),
      append('mangle', 'PREROUTING', [{ kind: 'connmark', value: 1, mask: 0xf, invert: true }]),
    );
    bench.forward(udp(FLOW));
    bench.forward(tcp(FLOW, 'R'));
    expect(bench.counters('mangle', 'PREROUTING')).toEqual([1, 1]);
  });
});

describe('connection states', () => {
  it('take a packet that conntrack has not seen for INVALID', () => {
    const bench = new Bench().apply(
      append('raw', 'PREROUTING', [states('INVALID')]),
      append('raw', 'PREROUTING', [states('NEW')]),
      append('mangle', 'PREROUTING', [states('INVALID')]),
      append('mangle', 'PREROUTING', [
        { kind: 'conntrack', module: 'state', states: ['NEW'], invert: true },
      ]),
    );
    bench.forward(udp(FLOW));
    expect(bench.counters('raw', 'PREROUTING')).toEqual([1, 0]);
    expect(bench.counters('mangle', 'PREROUTING')).toEqual([0, 0]);
  });

  it('know what NAT did', () => {
    const bench = new Bench().apply(
      append('nat', 'PREROUTING', [], { kind: 'dnat', address: parseIp('10.0.0.9') }),
      append('filter', 'FORWARD', [states('DNAT')]),
      append('filter', 'FORWARD', [states('SNAT')]),
      append('mangle', 'POSTROUTING', [states('NEW', 'SNAT')]),
    );
    bench.forward(udp(FLOW));
    expect(bench.counters('filter', 'FORWARD')).toEqual([1, 0]);
    expect(bench.counters('mangle', 'POSTROUTING')).toEqual([1]);
  });
});
