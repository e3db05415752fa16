import { describe, expect, it } from 'vitest';
import type { SelfTimed, Timed } from '../suites/suite.ts';
import { measure } from './measure.ts';

const timed = (more: Partial<Timed> = {}): Timed => ({
  kind: 'timed',
  operations: 4,
  holds: { rules: 3 },
  run: () => 1,
  check: () => 2,
  ...more,
});

const selfTimed: SelfTimed = {
  kind: 'self-timed',
  holds: {},
  check: () => 1,
  run: (timeMs) => ({ p50Ns: 10 * timeMs, p99Ns: 20 * timeMs }),
};

describe('measuring', () => {
  it('gives operations a second, or nanoseconds an operation', async () => {
    const rate = await measure(timed(), 'rate', 5);
    expect(rate).toMatchObject({ checked: 2, holds: { rules: 3 } });
    expect(rate.value * (rate.latency?.p50Ns ?? 0)).toBeCloseTo(1e9, 0);
    const duration = await measure(timed(), 'duration', 5);
    expect(duration.value).toBe(duration.latency?.p50Ns);
  });

  it('takes the word of what keeps its own time', async () => {
    expect(await measure(selfTimed, 'rate', 5)).toMatchObject({
      value: 1e9 / 50,
      latency: { p50Ns: 50, p99Ns: 100 },
    });
  });

  it('lets what has to happen in between happen before the next run', async () => {
    const order: string[] = [];
    const run = (): number => {
      order.push('run');
      return 1;
    };
    await measure(timed({ run, rest: () => order.push('rest') }), 'duration', 1);
    expect(order.length).toBeGreaterThan(3);
    expect(order.join(' ')).not.toContain('run run');
  });

  it('has no figure for wrong answers', async () => {
    const check = (): number => {
      throw new Error('expected 1, got 2');
    };
    await expect(measure(timed({ check }), 'rate', 1)).rejects.toThrow('expected 1, got 2');
    const run = () => Number.NaN;
    await expect(measure(timed({ run }), 'rate', 1)).rejects.toThrow(/no number/);
  });
});
