import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

/** What moves, in these tests, is what happens when it arrives. */
type Run = () => void;
const destination = { receive: (run: Run): void => run() };
const newQueue = () => new EventQueue<Run>();

describe('the event queue', () => {
  it('lets what moves go first, in its order, and then what is due', () => {
    const queue = newQueue();
    const seen: string[] = [];
    queue.after(0, () => seen.push('timer'));
    queue.soon(destination, () => {
      seen.push('first');
      queue.soon(destination, () => seen.push('third'));
    });
    queue.soon(destination, () => seen.push('second'));
    expect(queue.run(100)).toBe(true);
    expect(seen).toEqual(['first', 'second', 'third', 'timer']);
  });

  it('lets time pass only for timers', () => {
    const queue = newQueue();
    const times: number[] = [];
    queue.after(500, () => times.push(queue.nowMs));
    queue.after(200, () => queue.after(100, () => times.push(queue.nowMs)));
    queue.soon(destination, () => times.push(queue.nowMs));
    queue.run(100);
    expect(times).toEqual([0, 300, 500]);
    expect(queue.nowMs).toBe(500);
  });

  it('settles what moves without letting time pass', () => {
    const queue = newQueue();
    const seen: string[] = [];
    queue.after(0, () => seen.push('timer'));
    queue.soon(destination, () => {
      seen.push('first');
      queue.soon(destination, () => seen.push('second'));
    });
    queue.settle(1);
    expect(seen).toEqual(['first']);
    queue.settle(100);
    expect(seen).toEqual(['first', 'second']);
    queue.run(100);
    expect(seen).toEqual(['first', 'second', 'timer']);
  });

  it('does not go beyond the time it is given', () => {
    const queue = newQueue();
    let ran = false;
    queue.after(500, () => {
      ran = true;
    });
    expect(queue.run(100, 499)).toBe(true);
    expect([ran, queue.nowMs]).toEqual([false, 0]);
    queue.run(100, 500);
    expect([ran, queue.nowMs]).toEqual([true, 500]);
  });

  it('passes over what was cancelled, as if it had never been', () => {
    const queue = newQueue();
    const timer = queue.after(500, () => expect.unreachable());
    timer.cancelled = true;
    expect(queue.run(100)).toBe(true);
    expect(queue.nowMs).toBe(0);
  });

  it('gives up after so many events, and throws the rest away', () => {
    const queue = newQueue();
    let count = 0;
    const again = (): void => {
      count++;
      queue.soon(destination, again);
    };
    queue.soon(destination, again);
    queue.after(1, () => expect.unreachable());
    expect(queue.run(50)).toBe(false);
    expect(count).toBe(50);
    expect(queue.run(50)).toBe(true);
    expect(count).toBe(50);
  });

  it('keeps the order of events beyond the size of its stores', () => {
    const queue = newQueue();
    const seen: number[] = [];
    for (let index = 0; index < 10_000; index++) queue.soon(destination, () => seen.push(index));
    queue.run(20_000);
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  });

  it('runs timers by time, and those of the same time as they were set', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.boolean())), (timers) => {
        const queue = newQueue();
        const seen: number[] = [];
        const made = timers.map(([delay], index) => queue.after(delay, () => seen.push(index)));
        for (const [index, [, cancelled]] of timers.entries()) {
          const timer = made[index];
          if (timer !== undefined) timer.cancelled = cancelled;
        }
        queue.run(1000);
        const expected = timers
          .map(([delay, cancelled], index) => ({ delay, cancelled, index }))
          .filter(({ cancelled }) => !cancelled)
          .sort((a, b) => a.delay - b.delay || a.index - b.index)
          .map(({ index }) => index);
        expect(seen).toEqual(expected);
      }),
    );
  });
});
