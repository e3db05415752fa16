import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { append, Bench, udp } from '../test-support.ts';
import { TokenBucket } from './token-bucket.ts';

const SECOND = { packets: 1, per: 'second' } as const;

const packet = (source = '10.0.0.1', port = 9) => udp(`${source}:5 > 10.0.0.2:${port}`);

/** How often each of the matches holds as packets come by, and time between. */
const bench = (...matches: readonly Match[]): Bench =>
  new Bench().apply(...matches.map((match) => append('filter', 'FORWARD', [match])));

const counted = (on: Bench): readonly number[] => on.counters('filter', 'FORWARD');

describe('limit', () => {
  it('lets a burst through, and then one packet a period', () => {
    const on = bench({ kind: 'limit', rate: SECOND, burst: 3 });
    for (let i = 0; i < 7; i++) on.forward(packet());
    expect(counted(on)).toEqual([3]);
    on.env.now += 2500;
    for (let i = 0; i < 4; i++) on.forward(packet());
    expect(counted(on)).toEqual([5]);
    on.env.now += 500;
    on.forward(packet());
    expect(counted(on)).toEqual([6]);
  });

  it('has a burst of five unless it says so', () => {
    const on = bench({ kind: 'limit', rate: { packets: 3, per: 'hour' } });
    for (let i = 0; i < 9; i++) on.forward(packet());
    expect(counted(on)).toEqual([5]);
    on.env.now += 20 * 60_000 - 1;
    on.forward(packet());
    expect(counted(on)).toEqual([5]);
    on.env.now += 1;
    on.forward(packet());
    expect(counted(on)).toEqual([6]);
  });

  it('keeps the rate that iptables makes of what is asked', () => {
    // 6000 a second come out as one every ten thousandth of it.
    const on = bench({ kind: 'limit', rate: { packets: 6000, per: 'second' }, burst: 1 });
    on.forward(packet());
    on.env.now += 0.1;
    on.forward(packet());
    expect(counted(on)).toEqual([2]);
  });

  it('never lets through more than rate and burst allow in any stretch of time', () => {
    const cost = 1000;
    const burst = 4;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }), (gaps) => {
        const bucket = new TokenBucket({ cost, most: cost * burst, tokensPerMs: 1 }, 0);
        const taken: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (bucket.take(now)) taken.push(now);
        }
        for (const [at, since] of taken.entries()) {
          for (const [later, until] of taken.slice(at).entries()) {
            expect((later + 1) * cost).toBeLessThanOrEqual(burst * cost + until - since);
          }
        }
      }),
    );
  });
});

describe('statistic by turns', () => {
  it('matches one packet of so many, the first after as many as it says', () => {
    const nth = (turn: number, invert = false): Match => ({
      kind: 'statistic',
      mode: 'nth',
      every: 3,
      packet: turn,
      ...(invert ? { invert } : {}),
    });
    const on = bench(nth(0), nth(1), nth(2), nth(0, true));
    const seen: (readonly number[])[] = [];
    for (let i = 0; i < 4; i++) {
      on.forward(packet());
      seen.push(counted(on));
    }
    expect(seen).toEqual([
      [1, 0, 0, 0],
      [1, 1, 0, 1],
      [1, 1, 1, 2],
      [2, 1, 1, 2],
    ]);
  });
});

describe('hashlimit', () => {
  type Hashlimit = Extract<Match, { readonly kind: 'hashlimit' }>;
  const hashlimit = (rest: Partial<Hashlimit> & Pick<Hashlimit, 'name'>): Match => ({
    kind: 'hashlimit',
    compare: 'upto',
    rate: SECOND,
    burst: 2,
    ...rest,
  });

  /* Steps and counts as a kernel (6.18) showed them. */
  it('counts by address, by address and port, by network, and shares a name', () => {
    const hour = { packets: 1, per: 'hour' } as const;
    const two = { packets: 2, per: 'second' } as const;
    const on = bench(
      hashlimit({ name: 'a', rate: two, by: ['srcip'] }),
      hashlimit({ name: 'b', rate: two, compare: 'above', by: ['srcip', 'dstport'] }),
      hashlimit({ name: 'c', rate: hour, by: ['srcip'], sourceMaskLength: 24, expireMs: 1500 }),
      hashlimit({ name: 'a', rate: hour, burst: 1 }),
    );
    const steps: readonly (readonly [string, number, number, readonly number[]])[] = [
      ['10.1.0.2', 9, 0, [1, 0, 1, 1]],
      ['10.1.0.2', 9, 0, [1, 0, 2, 1]],
      ['10.1.0.2', 9, 0, [1, 1, 2, 1]],
      ['10.1.0.2', 10, 0, [1, 1, 2, 1]],
      ['10.1.0.3', 9, 0, [2, 1, 2, 2]],
      ['10.1.0.3', 9, 0, [2, 1, 2, 2]],
      ['10.1.0.2', 9, 700, [3, 1, 2, 2]],
      ['10.1.0.2', 9, 30, [3, 2, 2, 2]],
      ['10.1.0.2', 9, 3100, [4, 2, 3, 3]],
      ['10.1.0.2', 9, 30, [4, 2, 4, 3]],
    ];
    for (const [source, port, afterMs, expected] of steps) {
      on.env.now += afterMs;
      on.forward(packet(source, port));
      expect(counted(on)).toEqual(expected);
    }
  });

  it('without anything to tell packets apart by is one limit for all', () => {
    const on = bench(hashlimit({ name: 'a' }), hashlimit({ name: 'b', compare: 'above' }));
    for (const host of [1, 2, 3, 4]) on.forward(packet(`10.0.0.${host}`));
    expect(counted(on)).toEqual([2, 2]);
  });

  it('tells IPv6 addresses and both ports apart', () => {
    const match = hashlimit({ name: 'a', burst: 1, by: ['srcip', 'dstip', 'srcport', 'dstport'] });
    const on = new Bench().apply(append('filter', 'FORWARD', [match], undefined, 6));
    for (const flow of [
      '[fd00::1]:1 > [fd00::2]:2',
      '[fd00::1]:1 > [fd00::2]:2',
      '[fd00::1]:1 > [fd00::2]:3',
      '[fd00::1]:2 > [fd00::2]:2',
      '[fd00::1]:1 > [fd00::3]:2',
      '[fd00:1::1]:1 > [fd00::2]:2',
    ]) {
      on.forward(udp(flow));
    }
    expect(on.counters('filter', 'FORWARD', 6)).toEqual([5]);
  });

  it('forgets what no rule counts by any more, once a packet has come by', () => {
    const match = hashlimit({ name: 'a', burst: 1, rate: { packets: 1, per: 'day' } });
    const on = bench(match);
    on.forward(packet());
    on.forward(packet());
    expect(counted(on)).toEqual([1]);
    const flush = {
      kind: 'iptables',
      family: 4,
      table: 'filter',
      op: 'flush-chain',
      chain: 'FORWARD',
    } as const;
    on.apply(flush, append('filter', 'FORWARD', [match]));
    on.forward(packet());
    expect(counted(on)).toEqual([0]);
    on.apply(flush);
    on.forward(packet());
    on.apply(append('filter', 'FORWARD', [match]));
    on.forward(packet());
    expect(counted(on)).toEqual([1]);
  });

  it('agrees with counting in a list, whatever packets come', () => {
    const step = fc.record({
      host: fc.integer({ min: 1, max: 40 }),
      port: fc.integer({ min: 1, max: 3 }),
      afterMs: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const on = bench(
          hashlimit({ name: 'a', by: ['srcip', 'dstport'], sourceMaskLength: 30, expireMs: 1e9 }),
        );
        const tokens = new Map<string, { left: number; at: number }>();
        let within = 0;
        for (const { host, port, afterMs } of steps) {
          on.env.now += afterMs;
          const { now } = on.env;
          on.forward(packet(`10.0.0.${host}`, port));
          const key = `${host >> 2} ${port}`;
          const before = tokens.get(key) ?? { left: 2000, at: now };
          const left = Math.min(2000, before.left + now - before.at);
          if (left >= 1000) within++;
          tokens.set(key, { left: left >= 1000 ? left - 1000 : left, at: now });
        }
        expect(counted(on)).toEqual([within]);
      }),
      { numRuns: 50 },
    );
  });
});
