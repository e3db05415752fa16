import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { append, Bench, contextOf, TestEnvironment, udp } from '../test-support.ts';

const FLOW = '10.0.0.1:1000 > 10.0.0.2:53';

const one = (match: Match, bench = new Bench()): Bench =>
  bench.apply(append('mangle', 'PREROUTING', [match]));

describe('addrtype', () => {
  const local = new TestEnvironment();
  local.types.set(parseIp('10.0.0.2'), 'LOCAL');
  local.deviceOf.set(parseIp('10.0.0.2'), 'e1');
  const passes = (
    match: Omit<Extract<Match, { kind: 'address-type' }>, 'kind'>,
    inDevice?: string,
  ) => {
    const bench = one({ kind: 'address-type', ...match }, new Bench(local));
    bench.run('PREROUTING', contextOf(udp(FLOW), { inDevice }));
    return bench.counters('mangle', 'PREROUTING')[0] === 1;
  };

  it('asks the FIB about either end, or both', () => {
    expect(passes({ destination: { type: 'LOCAL' } })).toBe(true);
    expect(passes({ destination: { type: 'LOCAL', invert: true } })).toBe(false);
    expect(passes({ source: { type: 'LOCAL' } })).toBe(false);
    expect(passes({ source: { type: 'UNICAST' }, destination: { type: 'LOCAL' } })).toBe(true);
    expect(
      passes({ source: { type: 'LOCAL', invert: true }, destination: { type: 'UNICAST' } }),
    ).toBe(false);
  });

  it('can be limited to the device', () => {
    expect(passes({ destination: { type: 'LOCAL' }, limitInterface: 'in' }, 'e1')).toBe(true);
    expect(passes({ destination: { type: 'LOCAL' }, limitInterface: 'in' }, 'e2')).toBe(false);
  });
});

describe('statistic', () => {
  it('draws by the threshold out of 2^31', () => {
    const bench = one({ kind: 'statistic', mode: 'random', threshold: Math.round(0.25 * 2 ** 31) });
    for (let i = 0; i < 4000; i++) bench.run('PREROUTING', udp(FLOW));
    const [matched = 0] = bench.counters('mangle', 'PREROUTING');
    expect(matched).toBeGreaterThan(900);
    expect(matched).toBeLessThan(1100);
  });

  it('never and always', () => {
    for (const [threshold, times] of [
      [0, 0],
      [0x8000_0000, 50],
    ] as const) {
      const bench = one({ kind: 'statistic', mode: 'random', threshold });
      for (let i = 0; i < 50; i++) bench.run('PREROUTING', udp(FLOW));
      expect(bench.counters('mangle', 'PREROUTING')).toEqual([times]);
    }
  });

  it('is the same again from the same seed', () => {
    const draws = (seed: number): readonly number[] => {
      const bench = one(
        { kind: 'statistic', mode: 'random', threshold: 2 ** 30 },
        new Bench(new TestEnvironment(seed)),
      );
      return Array.from({ length: 40 }, () => {
        bench.run('PREROUTING', udp(FLOW));
        return bench.counters('mangle', 'PREROUTING')[0] ?? 0;
      });
    };
    expect(draws(5)).toEqual(draws(5));
    expect(draws(5)).not.toEqual(draws(6));
  });
});

describe('rpfilter', () => {
  it('passes when the way back is the way in; Felix inverts it', () => {
    for (const [reversePath, invert, times] of [
      [true, false, 1],
      [true, true, 0],
      [false, false, 0],
      [false, true, 1],
    ] as const) {
      const bench = one({ kind: 'rpfilter', validMark: true, invert });
      bench.env.reversePath = reversePath;
      bench.run('PREROUTING', udp(FLOW));
      expect(bench.counters('mangle', 'PREROUTING')).toEqual([times]);
    }
  });
});

describe('set', () => {
  it('looks a packet up, inverted or not, and sees changes at once', () => {
    const bench = new Bench().apply(
      { kind: 'ipset', op: 'create', set: 's', type: 'hash:ip', family: 4 },
      append('mangle', 'PREROUTING', [{ kind: 'set', set: 's', directions: ['src'] }]),
      append('mangle', 'PREROUTING', [
        { kind: 'set', set: 's', directions: ['src'], invert: true },
      ]),
    );
    bench.run('PREROUTING', udp(FLOW));
    bench.apply({
      kind: 'ipset',
      op: 'add',
      set: 's',
      entry: { kind: 'ip', address: parseIp('10.0.0.1') },
    });
    bench.run('PREROUTING', udp(FLOW));
    bench.run('PREROUTING', udp(FLOW));
    expect(bench.counters('mangle', 'PREROUTING')).toEqual([2, 1]);
  });
});
