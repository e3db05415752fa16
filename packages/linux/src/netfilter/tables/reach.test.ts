import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { IptablesCommand } from '../../commands.ts';
import type { Target } from '../rule.ts';
import { append, Bench, newChain } from '../test-support.ts';

const jump = (from: string, to: string, kind: 'jump' | 'goto' = 'jump'): IptablesCommand =>
  append('filter', from, [], { kind, chain: to });
const flush = (chain: string): IptablesCommand => ({
  kind: 'iptables',
  family: 4,
  table: 'filter',
  op: 'flush-chain',
  chain,
});

const chains = (count: number): Bench => {
  const bench = new Bench();
  for (let i = 1; i <= count; i++) bench.apply(newChain('filter', `d${i}`));
  return bench;
};

describe('jumps', () => {
  for (const kind of ['jump', 'goto'] as const) {
    it(`by ${kind} go 15 deep, as on a kernel`, () => {
      const bench = chains(20);
      for (let i = 1; i < 20; i++) bench.apply(jump(`d${i}`, `d${i + 1}`, kind));
      expect(() => bench.apply(jump('FORWARD', 'd5', kind))).toThrow('EMLINK');
      expect(() => bench.apply(jump('FORWARD', 'd6', kind))).not.toThrow();
      expect(() => bench.apply(jump('d1', 'd20', kind))).not.toThrow();
    });
  }

  it('must not go round where packets come by', () => {
    const bench = chains(2).apply(jump('FORWARD', 'd1'), jump('d1', 'd2'));
    expect(() => bench.apply(jump('d2', 'd1'))).toThrow('EMLINK');
    expect(() => bench.apply(jump('d2', 'd2'))).toThrow('EMLINK');
    expect(bench.netfilter.size().rules).toBe(2);
  });

  it('may go round where none do, until one would', () => {
    const bench = chains(2).apply(jump('d1', 'd2'), jump('d2', 'd1'));
    expect(() => bench.apply(jump('FORWARD', 'd1'))).toThrow('EMLINK');
    bench.apply(flush('d2'));
    expect(() => bench.apply(jump('FORWARD', 'd1'))).not.toThrow();
  });

  it('are judged by the rules that are there, not by those that were', () => {
    const bench = chains(20);
    for (let i = 1; i < 15; i++) bench.apply(jump(`d${i}`, `d${i + 1}`));
    bench.apply(jump('FORWARD', 'd1'));
    expect(() => bench.apply(jump('d15', 'd16'))).toThrow('EMLINK');
    bench.apply(flush('d7'));
    expect(() => bench.apply(jump('d15', 'd16'))).not.toThrow();
    expect(() => bench.apply(jump('d7', 'd8'))).toThrow('EMLINK');
    expect(() => bench.apply(jump('d7', 'd9'))).not.toThrow();
  });
});

describe('rules that depend on the hook', () => {
  const dnat: Target = { kind: 'dnat', address: parseIp('10.0.0.1') };

  it('keep their chain away from the others', () => {
    const bench = new Bench().apply(
      newChain('nat', 'a'),
      append('nat', 'a', [], { kind: 'masquerade' }),
    );
    expect(() =>
      bench.apply(append('nat', 'PREROUTING', [], { kind: 'jump', chain: 'a' })),
    ).toThrow('EINVAL');
    expect(() =>
      bench.apply(append('nat', 'POSTROUTING', [], { kind: 'jump', chain: 'a' })),
    ).not.toThrow();
  });

  it('are kept away from chains that are reached from them', () => {
    const bench = new Bench().apply(
      newChain('nat', 'a'),
      newChain('nat', 'b'),
      append('nat', 'a', [], { kind: 'jump', chain: 'b' }),
      append('nat', 'POSTROUTING', [], { kind: 'jump', chain: 'a' }),
    );
    expect(() => bench.apply(append('nat', 'b', [], dnat))).toThrow('EINVAL');
    bench.apply({
      kind: 'iptables',
      family: 4,
      table: 'nat',
      op: 'flush-chain',
      chain: 'POSTROUTING',
    });
    expect(() => bench.apply(append('nat', 'b', [], dnat))).not.toThrow();
    expect(() =>
      bench.apply(append('nat', 'POSTROUTING', [], { kind: 'jump', chain: 'a' })),
    ).toThrow('EINVAL');
    expect(() =>
      bench.apply(append('nat', 'OUTPUT', [], { kind: 'jump', chain: 'a' })),
    ).not.toThrow();
  });
});

describe('many chains', () => {
  it('are linked one by one', { timeout: 60_000 }, () => {
    const bench = new Bench().apply(newChain('filter', 'services'), jump('FORWARD', 'services'));
    for (let i = 0; i < 10_000; i++) {
      bench.apply(newChain('filter', `svc${i}`), newChain('filter', `sep${i}`));
      bench.apply(jump(`svc${i}`, `sep${i}`), jump('services', `svc${i}`));
    }
    expect(bench.netfilter.iptablesSave(4)).toContain('-A services -j svc9999');
  });
});
