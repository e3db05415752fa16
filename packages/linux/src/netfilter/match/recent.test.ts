import { describe, expect, it } from 'vitest';
import type { IptablesCommand } from '../../commands.ts';
import type { Match } from '../rule.ts';
import { append, Bench, dport, protocol, udp } from '../test-support.ts';

const set: Match = { kind: 'recent', name: 'SEP', action: { kind: 'set' } };
const check = (seconds: number, reap = true): Match => ({
  kind: 'recent',
  name: 'SEP',
  action: { kind: 'rcheck', seconds, reap },
});

/** Port 1 sets, port 2 checks with the time given. */
const listening = (seconds: number, reap = true): Bench =>
  new Bench().apply(
    append('filter', 'FORWARD', [protocol('udp'), dport('udp', 1), set]),
    append('filter', 'FORWARD', [protocol('udp'), dport('udp', 2), check(seconds, reap)]),
  );

const remember = (bench: Bench, source: string): void => {
  bench.forward(udp(`${source}:9 > 10.0.0.9:1`));
};

const remembers = (bench: Bench, source: string): boolean => {
  const before = bench.counters('filter', 'FORWARD')[1] ?? 0;
  bench.forward(udp(`${source}:9 > 10.0.0.9:2`));
  return bench.counters('filter', 'FORWARD')[1] === before + 1;
};

describe('recent', () => {
  it('remembers a source for the seconds asked', () => {
    const bench = listening(10);
    expect(remembers(bench, '10.0.0.1')).toBe(false);
    remember(bench, '10.0.0.1');
    bench.env.now += 10_000;
    expect(remembers(bench, '10.0.0.1')).toBe(true);
    expect(remembers(bench, '10.0.0.2')).toBe(false);
    bench.env.now += 1;
    expect(remembers(bench, '10.0.0.1')).toBe(false);
  });

  it('starts anew with every set', () => {
    const bench = listening(10);
    remember(bench, '10.0.0.1');
    bench.env.now += 9000;
    remember(bench, '10.0.0.1');
    bench.env.now += 9000;
    expect(remembers(bench, '10.0.0.1')).toBe(true);
  });

  it('keeps the latest 100 addresses', () => {
    const bench = listening(3600);
    for (let i = 0; i < 100; i++) remember(bench, `10.1.0.${i}`);
    remember(bench, '10.1.0.0');
    remember(bench, '10.2.0.1');
    expect(remembers(bench, '10.1.0.0')).toBe(true);
    expect(remembers(bench, '10.1.0.1')).toBe(false);
    expect(remembers(bench, '10.1.0.2')).toBe(true);
    expect(remembers(bench, '10.2.0.1')).toBe(true);
  });

  it('reaps the oldest when it is past the time, and only then', () => {
    const reaping = listening(10);
    const keeping = listening(10, false);
    const shorter = append('filter', 'FORWARD', [
      protocol('udp'),
      dport('udp', 3),
      check(3600, false),
    ]);
    for (const bench of [reaping, keeping]) {
      bench.apply(shorter);
      remember(bench, '10.0.0.1');
      bench.env.now += 20_000;
      remember(bench, '10.0.0.2');
      remembers(bench, '10.0.0.2');
      bench.forward(udp('10.0.0.1:9 > 10.0.0.9:3'));
    }
    expect(reaping.counters('filter', 'FORWARD')[2]).toBe(0);
    expect(keeping.counters('filter', 'FORWARD')[2]).toBe(1);
  });

  it('is not asked about what the header already rules out, wherever that stands', () => {
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [set, protocol('tcp')]),
      append('filter', 'FORWARD', [protocol('udp'), check(10)]),
    );
    bench.forward(udp('10.0.0.1:9 > 10.0.0.9:1'));
    expect(bench.counters('filter', 'FORWARD')).toEqual([0, 0]);
  });

  it('outlives its rules while they are replaced, and not beyond the next packet', () => {
    const flush: IptablesCommand = {
      kind: 'iptables',
      family: 4,
      table: 'filter',
      op: 'flush-chain',
      chain: 'FORWARD',
    };
    const refill = [
      append('filter', 'FORWARD', [protocol('udp'), dport('udp', 1), set]),
      append('filter', 'FORWARD', [protocol('udp'), dport('udp', 2), check(3600)]),
    ];
    const bench = listening(3600);
    remember(bench, '10.0.0.1');
    bench.apply(flush, ...refill);
    expect(remembers(bench, '10.0.0.1')).toBe(true);
    bench.apply(flush);
    bench.forward(udp('10.0.0.7:9 > 10.0.0.9:7'));
    bench.apply(...refill);
    expect(remembers(bench, '10.0.0.1')).toBe(false);
  });
});
