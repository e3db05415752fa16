import type { IpsetEntry } from '../rule.ts';
import type { Member } from './member.ts';

/** When a member was to go as it was queued: it may have been given more time, or be gone, since. */
interface Due<E extends IpsetEntry> {
  readonly atMs: number;
  readonly member: Member<E>;
}

/** Members that do not stay, the first to go on top of a heap. */
export class ExpiryQueue<E extends IpsetEntry> {
  #heap: Due<E>[] = [];
  /** When the next member may have to go; infinite when all stay. */
  nextMs = Number.POSITIVE_INFINITY;

  add(member: Member<E>): void {
    if (member.expiresAtMs === Number.POSITIVE_INFINITY) return;
    const heap = this.#heap;
    const due = { atMs: member.expiresAtMs, member };
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || above.atMs <= due.atMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
    this.nextMs = heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#heap = [];
    this.nextMs = Number.POSITIVE_INFINITY;
  }

  /** Hands over all members whose time is up; those that got more time stay queued. A member lives to the very end of its last moment. */
  expire(nowMs: number, gone: (member: Member<E>) => void): void {
    while (this.nextMs < nowMs) {
      const { member, atMs } = this.#pop();
      if (member.expiresAtMs === atMs) gone(member);
    }
  }

  #pop(): Due<E> {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) throw new RangeError('the queue is empty');
    if (heap.length > 0) this.#sink(last);
    this.nextMs = heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
    return top;
  }

  /** Puts a member in at the top, and lets it down to where it belongs. */
  #sink(due: Due<E>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && right.atMs < left.atMs) {
        least = right;
        child++;
      }
      if (least.atMs >= due.atMs) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = due;
  }
}
