import { type Destination, MovingQueue } from './moving-queue.ts';

/** Something set for a time. Once cancelled it is as if it had never been: time does not pass for it. */
export interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/**
 * What is about to happen, on a virtual clock. Frames on their way between devices take no time and
 * keep their order; timers fire when nothing moves any more, the earliest first.
 */
export class EventQueue<Moving extends object> {
  nowMs = 0;
  readonly #moving = new MovingQueue<Moving>();
  /** A binary heap by time, then by order of arrival. */
  readonly #timers: Timer[] = [];
  #orders = 0;

  /** Arrives after everything that moves already, at the same virtual time. */
  soon(destination: Destination<Moving>, moving: Moving): void {
    this.#moving.push(destination, moving);
  }

  /** Runs `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.nowMs + delayMs, order: this.#orders++, run, cancelled: false };
    const heap = this.#timers;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || earlier(above, timer)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
    return timer;
  }

  /**
   * Runs until nothing is left, or until the clock would pass `untilMs`. Returns false when it gave up
   * after `limit` events; what was left is then thrown away.
   */
  run(limit: number, untilMs = Number.POSITIVE_INFINITY): boolean {
    for (let count = 0; count < limit; count++) {
      if (this.#moving.arrive()) continue;
      const timer = this.#nextTimer(untilMs);
      if (timer === undefined) return true;
      timer();
    }
    this.#moving.clear();
    this.#timers.length = 0;
    return false;
  }

  /** Lets arrive what moves, up to `limit` times; no timer fires. */
  settle(limit: number): void {
    for (let count = 0; count < limit && this.#moving.arrive(); count++);
  }

  #nextTimer(untilMs: number): (() => void) | undefined {
    const heap = this.#timers;
    for (;;) {
      const first = heap[0];
      if (first === undefined || (first.atMs > untilMs && !first.cancelled)) return undefined;
      const last = heap.pop();
      if (last !== undefined && last !== first) sinkFromTop(heap, last);
      if (first.cancelled) continue;
      this.nowMs = Math.max(this.nowMs, first.atMs);
      return first.run;
    }
  }
}

const earlier = (a: Timer, b: Timer): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

function sinkFromTop(heap: Timer[], timer: Timer): void {
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    if (left === undefined) break;
    const right = heap[2 * index + 2];
    const rightFirst = right !== undefined && earlier(right, left);
    const child = rightFirst ? right : left;
    if (earlier(timer, child)) break;
    heap[index] = child;
    index = 2 * index + (rightFirst ? 2 : 1);
  }
  heap[index] = timer;
}
