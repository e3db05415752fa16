import { NONE } from './no-match.ts';

const SMALLEST_CAPACITY = 4;
const WORDS = 4;

/**
 * All IPv6 prefixes of one length: a hash table as in `Ipv4Level`, with keys of four signed 32-bit words
 * beside the values. It is written out once more because a key of four words shared with a key of one
 * would be looked up through an array.
 */
export class Ipv6Level {
  readonly length: number;
  readonly #mask0: number;
  readonly #mask1: number;
  readonly #mask2: number;
  readonly #mask3: number;
  #keys = new Int32Array(SMALLEST_CAPACITY * WORDS);
  #values = new Int32Array(SMALLEST_CAPACITY).fill(NONE);
  #size = 0;

  constructor(length: number) {
    this.length = length;
    this.#mask0 = ipv6MaskWord(length, 0);
    this.#mask1 = ipv6MaskWord(length, 1);
    this.#mask2 = ipv6MaskWord(length, 2);
    this.#mask3 = ipv6MaskWord(length, 3);
  }

  get size(): number {
    return this.#size;
  }

  get memoryBytes(): number {
    return this.#keys.byteLength + this.#values.byteLength;
  }

  /** The value of the prefix that the address lies in, or NONE. */
  find(w0: number, w1: number, w2: number, w3: number): number {
    const at = this.#slotOf(w0 & this.#mask0, w1 & this.#mask1, w2 & this.#mask2, w3 & this.#mask3);
    return this.#values[at] ?? NONE;
  }

  /** Adds or replaces; returns the value replaced, or NONE. */
  set(w0: number, w1: number, w2: number, w3: number, value: number): number {
    const at = this.#slotOf(w0 | 0, w1 | 0, w2 | 0, w3 | 0);
    const before = this.#values[at] ?? NONE;
    this.#put(at, w0, w1, w2, w3, value);
    if (before === NONE) {
      this.#size++;
      if (this.#size * 2 > this.#values.length) this.#rehash(this.#values.length * 2);
    }
    return before;
  }

  /** Returns the value removed, or NONE. */
  delete(w0: number, w1: number, w2: number, w3: number): number {
    const at = this.#slotOf(w0 | 0, w1 | 0, w2 | 0, w3 | 0);
    const before = this.#values[at] ?? NONE;
    if (before === NONE) return NONE;
    this.#close(at);
    this.#size--;
    const capacity = this.#values.length;
    if (this.#size * 8 < capacity && capacity > SMALLEST_CAPACITY) this.#rehash(capacity / 2);
    return before;
  }

  /** The prefixes' addresses, a copy each, in no order. */
  *keys(): IterableIterator<Int32Array> {
    const keys = this.#keys;
    for (const [slot, value] of this.#values.entries()) {
      if (value !== NONE) yield keys.slice(slot * WORDS, slot * WORDS + WORDS);
    }
  }

  clone(): Ipv6Level {
    const copy = new Ipv6Level(this.length);
    copy.#keys = this.#keys.slice();
    copy.#values = this.#values.slice();
    copy.#size = this.#size;
    return copy;
  }

  /** Where the key is, or the free slot where it would be. */
  #slotOf(w0: number, w1: number, w2: number, w3: number): number {
    const keys = this.#keys;
    const values = this.#values;
    const wrap = values.length - 1;
    let slot = hash(w0, w1, w2, w3) & wrap;
    while (values[slot] !== NONE) {
      const at = slot * WORDS;
      // The last words first: prefixes of one network differ there.
      if (keys[at + 3] === w3 && keys[at + 2] === w2 && keys[at + 1] === w1 && keys[at] === w0) {
        return slot;
      }
      slot = (slot + 1) & wrap;
    }
    return slot;
  }

  /** Frees a slot and moves up those behind it that would not be found any more. */
  #close(slot: number): void {
    const keys = this.#keys;
    const values = this.#values;
    const wrap = values.length - 1;
    let hole = slot;
    for (let next = (hole + 1) & wrap; values[next] !== NONE; next = (next + 1) & wrap) {
      const home = this.#homeOf(next) & wrap;
      if (((next - home) & wrap) < ((next - hole) & wrap)) continue;
      keys.copyWithin(hole * WORDS, next * WORDS, next * WORDS + WORDS);
      values.copyWithin(hole, next, next + 1);
      hole = next;
    }
    values[hole] = NONE;
  }

  #homeOf(slot: number): number {
    const at = slot * WORDS;
    const keys = this.#keys;
    return hash(keys[at] ?? 0, keys[at + 1] ?? 0, keys[at + 2] ?? 0, keys[at + 3] ?? 0);
  }

  #rehash(capacity: number): void {
    const oldKeys = this.#keys;
    const oldValues = this.#values;
    this.#keys = new Int32Array(capacity * WORDS);
    this.#values = new Int32Array(capacity).fill(NONE);
    for (let slot = 0; slot < oldValues.length; slot++) {
      const value = oldValues[slot] ?? NONE;
      if (value === NONE) continue;
      const at = slot * WORDS;
      const w0 = oldKeys[at] ?? 0;
      const w1 = oldKeys[at + 1] ?? 0;
      const w2 = oldKeys[at + 2] ?? 0;
      const w3 = oldKeys[at + 3] ?? 0;
      this.#put(this.#slotOf(w0, w1, w2, w3), w0, w1, w2, w3, value);
    }
  }

  #put(slot: number, w0: number, w1: number, w2: number, w3: number, value: number): void {
    const at = slot * WORDS;
    this.#keys[at] = w0;
    this.#keys[at + 1] = w1;
    this.#keys[at + 2] = w2;
    this.#keys[at + 3] = w3;
    this.#values[slot] = value;
  }
}

/** One word of the mask of a length, signed; word 0 is the highest. */
const ipv6MaskWord = (length: number, word: number): number => {
  const bits = Math.min(Math.max(length - 32 * word, 0), 32);
  return bits === 0 ? 0 : -1 << (32 - bits);
};

const hash = (w0: number, w1: number, w2: number, w3: number): number => {
  let mixed = Math.imul(w0 ^ (w0 >>> 16), 0x7feb_352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ w1, 0x846c_a68b);
  mixed = Math.imul(mixed ^ (mixed >>> 16) ^ w2, 0x7feb_352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ w3, 0x846c_a68b);
  return mixed ^ (mixed >>> 16);
};
