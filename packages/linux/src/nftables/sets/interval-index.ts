import { compareWords } from './compare-words.ts';
import type { SetElement, SetIndex } from './set-element.ts';

/** A full run is cut in two. */
const LONGEST_RUN = 256;

/**
 * Ranges that do not overlap, in order (net/netfilter/nft_set_rbtree.c). They are kept in short runs, so that
 * adding one moves few others; finding one searches the runs, then the run.
 */
export class IntervalIndex<Data> implements SetIndex<Data> {
  readonly #words: number;
  readonly #runs: SetElement<Data>[][] = [];
  #size = 0;

  constructor(words: number) {
    this.#words = words;
  }

  get size(): number {
    return this.#size;
  }

  find(key: Uint32Array, at: number): SetElement<Data> | undefined {
    const run = this.#runs[this.#runFor(key, at)];
    if (run === undefined) return undefined;
    const element = run[this.#lastFrom(run, key, at)];
    if (element === undefined) return undefined;
    return compareWords(key, at, element.last, 0, this.#words) <= 0 ? element : undefined;
  }

  /** Of those that overlap it, the one with the lowest start. */
  conflict(first: Uint32Array, last: Uint32Array): SetElement<Data> | undefined {
    const covering = this.find(first, 0);
    if (covering !== undefined) return covering;
    const next = this.#after(first);
    return next !== undefined && compareWords(next.first, 0, last, 0, this.#words) <= 0
      ? next
      : undefined;
  }

  add(element: SetElement<Data>): void {
    this.#size++;
    const index = Math.max(0, this.#runFor(element.first, 0));
    const run = this.#runs[index];
    if (run === undefined) {
      this.#runs.push([element]);
      return;
    }
    run.splice(this.#lastFrom(run, element.first, 0) + 1, 0, element);
    if (run.length > LONGEST_RUN) this.#runs.splice(index + 1, 0, run.splice(LONGEST_RUN / 2));
  }

  delete(element: SetElement<Data>): void {
    const index = this.#runFor(element.first, 0);
    const run = this.#runs[index];
    if (run === undefined) return;
    const at = this.#lastFrom(run, element.first, 0);
    if (run[at] !== element) return;
    run.splice(at, 1);
    if (run.length === 0) this.#runs.splice(index, 1);
    this.#size--;
  }

  *elements(): Iterable<SetElement<Data>> {
    for (const run of this.#runs) yield* run;
  }

  /** The first that starts after the key. */
  #after(key: Uint32Array): SetElement<Data> | undefined {
    const index = this.#runFor(key, 0);
    const run = this.#runs[index];
    const inRun = run?.[this.#lastFrom(run, key, 0) + 1];
    return inRun ?? this.#runs[index + 1]?.[0];
  }

  /** The last run whose first element starts at the key or before; -1 when none does. */
  #runFor(key: Uint32Array, at: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = this.#runs[middle]?.[0]?.first;
      if (start !== undefined && compareWords(start, 0, key, at, this.#words) <= 0)
        low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Likewise, the element in a run. */
  #lastFrom(run: readonly SetElement<Data>[], key: Uint32Array, at: number): number {
    let low = 0;
    let high = run.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = run[middle]?.first;
      if (start !== undefined && compareWords(start, 0, key, at, this.#words) <= 0)
        low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
