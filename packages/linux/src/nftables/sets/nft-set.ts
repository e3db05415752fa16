import { type NftDatatype, wordsOf } from '../model/datatype.ts';
import type { NftElement, NftSetSpec } from '../model/ruleset.ts';
import type { NftSetUpdate } from '../model/statement.ts';
import type { NftCounts } from '../model/value.ts';
import { BoxIndex } from './box-index.ts';
import { type DeviceNumbers, encodeKey, keyWords } from './encode-key.ts';
import { HashIndex } from './hash-index.ts';
import { IntervalIndex } from './interval-index.ts';
import type { SetElement, SetIndex } from './set-element.ts';

/** What a set asks of the namespace around it. */
export interface SetEnvironment {
  nowMs(): number;
  readonly devices: DeviceNumbers;
}

/** A set or map, named or part of a rule. `Data` is what a map has for a key. */
export class NftSet<Data> {
  readonly key: readonly NftDatatype[];
  readonly words: number;
  #defaultTimeoutMs: number | undefined;
  #most: number | undefined;
  readonly #counter: NftCounts | undefined;
  readonly #interval: boolean;
  readonly #env: SetEnvironment;
  readonly #released: (data: Data) => void;
  #index: SetIndex<Data>;

  /** `released` is told of what elements had whose time is over. */
  constructor(
    spec: Pick<NftSetSpec, 'key' | 'interval' | 'timeoutMs' | 'size' | 'counter'>,
    env: SetEnvironment,
    released: (data: Data) => void = () => {},
  ) {
    this.#released = released;
    this.key = spec.key;
    this.words = keyWords(spec.key);
    this.#interval = spec.interval === true;
    this.#defaultTimeoutMs = spec.timeoutMs;
    this.#most = spec.size;
    this.#counter = spec.counter;
    this.#env = env;
    this.#index = this.#newIndex();
  }

  get size(): number {
    return this.#index.size;
  }

  /** Changes the time that elements get from now on, and how many there may be. */
  configure({ timeoutMs, size }: Pick<NftSetSpec, 'timeoutMs' | 'size'>): void {
    this.#defaultTimeoutMs = timeoutMs;
    this.#most = size;
  }

  get isFull(): boolean {
    return this.#most !== undefined && this.#index.size >= this.#most;
  }

  /** The element for the key whose words begin at the start of the array. Allocates nothing. */
  find(key: Uint32Array): SetElement<Data> | undefined {
    for (;;) {
      const found = this.#index.find(key, 0);
      if (found === undefined || !this.#isOver(found)) return found;
      this.#expire(found);
    }
  }

  /** An element ready to be added. */
  encode(element: NftElement, data: Data | undefined): SetElement<Data> {
    const { first, last } = encodeKey(this.key, element.key, this.#env.devices);
    const timeoutMs = element.timeoutMs ?? this.#defaultTimeoutMs;
    const leftMs = element.expiresMs ?? timeoutMs;
    const expiresAtMs =
      leftMs === undefined ? Number.POSITIVE_INFINITY : this.#env.nowMs() + leftMs;
    const counter = newCounter(element.counter ?? this.#counter);
    return { element, first, last, data, counter, timeoutMs, expiresAtMs };
  }

  /** The element that stands in this one's way. */
  conflict({
    first,
    last,
  }: Pick<SetElement<Data>, 'first' | 'last'>): SetElement<Data> | undefined {
    for (;;) {
      const found = this.#index.conflict(first, last);
      if (found === undefined || !this.#isOver(found)) return found;
      this.#expire(found);
    }
  }

  /** The element with exactly this key. */
  same({ first, last }: Pick<SetElement<Data>, 'first' | 'last'>): SetElement<Data> | undefined {
    const found = this.conflict({ first, last });
    return found !== undefined && isSameKey(found, first, last) ? found : undefined;
  }

  /**
   * The element that goes when one of this key is deleted: the same, and in a set with ranges side by side
   * the one that its first values lie in (nft_pipapo_deactivate).
   */
  doomed(wanted: Pick<SetElement<Data>, 'first' | 'last'>): SetElement<Data> | undefined {
    return this.#interval && this.key.length > 1 ? this.find(wanted.first) : this.same(wanted);
  }

  add(element: SetElement<Data>): void {
    this.#index.add(element);
  }

  delete(element: SetElement<Data>): void {
    this.#index.delete(element);
  }

  /** A packet's key enters the set; `undefined` when there is no room. */
  learn(
    key: Uint32Array,
    element: () => NftElement,
    { timeoutMs, counter }: Pick<NftSetUpdate, 'timeoutMs' | 'counter'>,
  ): SetElement<Data> | undefined {
    if (this.isFull) return undefined;
    const lifeMs = timeoutMs ?? this.#defaultTimeoutMs;
    const words = key.slice(0, this.words);
    const learnt: SetElement<Data> = {
      element: { ...element(), ...(timeoutMs === undefined ? {} : { timeoutMs }) },
      first: words,
      last: words,
      data: undefined,
      counter: newCounter(counter ?? this.#counter),
      timeoutMs: lifeMs,
      expiresAtMs: lifeMs === undefined ? Number.POSITIVE_INFINITY : this.#env.nowMs() + lifeMs,
    };
    this.#index.add(learnt);
    return learnt;
  }

  /** Starts an element's time anew; where neither the packet nor the set gives it one, that is over at once. */
  renew(element: SetElement<Data>, timeoutMs: number | undefined): void {
    const lifeMs = timeoutMs ?? this.#defaultTimeoutMs;
    if (lifeMs === undefined && element.timeoutMs === undefined) return;
    element.timeoutMs = lifeMs;
    element.expiresAtMs = this.#env.nowMs() + (lifeMs ?? 0);
  }

  /** Elements whose time is not over: of interval sets in order, of others in the order of the table. */
  *elements(): IterableIterator<SetElement<Data>> {
    for (const element of this.#index.elements()) if (!this.#isOver(element)) yield element;
  }

  #expire(element: SetElement<Data>): void {
    this.#index.delete(element);
    if (element.data !== undefined) this.#released(element.data);
  }

  #isOver({ expiresAtMs }: SetElement<Data>): boolean {
    return expiresAtMs !== Number.POSITIVE_INFINITY && expiresAtMs <= this.#env.nowMs();
  }

  #newIndex(): SetIndex<Data> {
    if (!this.#interval) return new HashIndex(this.words);
    return this.key.length === 1
      ? new IntervalIndex(this.words)
      : new BoxIndex(this.key.map(wordsOf));
  }
}

const newCounter = (counts: NftCounts | undefined): SetElement<unknown>['counter'] =>
  counts === undefined ? undefined : { packets: counts.packets, bytes: counts.bytes };

const isSameKey = (
  element: Pick<SetElement<unknown>, 'first' | 'last'>,
  first: Uint32Array,
  last: Uint32Array,
): boolean => isEqual(element.first, first) && isEqual(element.last, last);

const isEqual = (a: Uint32Array, b: Uint32Array): boolean =>
  a.length === b.length && a.every((word, index) => word === b[index]);
