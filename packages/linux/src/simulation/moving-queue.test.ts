import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MovingQueue } from './moving-queue.ts';

interface Marble {
  readonly number: number;
}

describe('what moves', () => {
  it('arrives where it is going to', () => {
    const queue = new MovingQueue<Marble>();
    const seen: string[] = [];
    const to = (name: string) => ({
      receive: ({ number }: Marble) => seen.push(`${number} ${name}`),
    });
    queue.push(to('left'), { number: 1 });
    queue.push(to('right'), { number: 2 });
    expect([queue.arrive(), queue.arrive(), queue.arrive()]).toEqual([true, true, false]);
    expect(seen).toEqual(['1 left', '2 right']);
  });

  it('is gone when the queue is cleared', () => {
    const queue = new MovingQueue<Marble>();
    queue.push({ receive: () => expect.unreachable() }, { number: 1 });
    queue.clear();
    expect(queue.arrive()).toBe(false);
    expect(queue.size).toBe(0);
  });

  it('arrives in the order in which it set out, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (comings) => {
        const queue = new MovingQueue<Marble>();
        const seen: number[] = [];
        const expected: number[] = [];
        let pushed = 0;
        const destination = { receive: ({ number }: Marble) => seen.push(number) };
        // Two set out for every one that arrives: the ring grows with its head anywhere.
        for (const coming of comings) {
          if (coming) {
            queue.push(destination, { number: pushed++ });
            queue.push(destination, { number: pushed++ });
          } else if (queue.arrive()) {
            expected.push(expected.length);
          }
          expect(queue.size).toBe(pushed - expected.length);
        }
        while (queue.arrive()) expected.push(expected.length);
        expect(seen).toEqual(expected);
        expect(seen.length).toBe(pushed);
      }),
    );
  });
});
