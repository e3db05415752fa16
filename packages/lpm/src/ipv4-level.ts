import { NONE } from './no-match.ts';

const SMALLEST_CAPACITY = 4;

/**
 * All IPv4 prefixes of one length: an open-addressing hash table with linear probing. Everything is a signed
 * 32-bit integer, because the engine keeps those out of the heap. A slot is a key and a value, and free when
 * its value is `NONE`. At most half of the slots are taken; at least an eighth, or the table shrinks.
 */
export class Ipv4Level {
  readonly length: number;
  readonly #mask: number;
  #slots = emptySlots(SMALLEST_CAPACITY);
  #size = 0;

  constructor(length: number) {
    this.length = length;
    this.#mask = ipv4Mask(length);
  }

  get size(): number {
    return this.#size;
  }

  get memoryBytes(): number {
    return this.#slots.byteLength;
  }

  /** The value of the prefix that the address lies in, or NONE. */
  find(address: number): number {
    return this.#slots[this.#slotOf(address & this.#mask) + 1] ?? NONE;
  }

  /** Adds or replaces; returns the value replaced, or NONE. */
  set(address: number, value: number): number {
    const at = this.#slotOf(address | 0);
    const before = this.#slots[at + 1] ?? NONE;
    this.#slots[at] = address;
    this.#slots[at + 1] = value;
    if (before === NONE) {
      this.#size++;
      if (this.#size * 4 > this.#slots.length) this.#rehash(this.#slots.length);
    }
    return before;
  }

  /** Returns the value removed, or NONE. */
  delete(address: number): number {
    const at = this.#slotOf(address | 0);
    const before = this.#slots[at + 1] ?? NONE;
    if (before === NONE) return NONE;
    this.#close(at);
    this.#size--;
    const capacity = this.#slots.length / 2;
    if (this.#size * 8 < capacity && capacity > SMALLEST_CAPACITY) this.#rehash(capacity / 2);
    return before;
  }

  /** The prefixes' addresses, unsigned, in no order. */
  *addresses(): IterableIterator<number> {
    const slots = this.#slots;
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at + 1] !== NONE) yield (slots[at] ?? 0) >>> 0;
    }
  }

  /** Those within a prefix that is not longer. Asks for each that could be, where that is less than there are. */
  *addressesIn(address: number, length: number): IterableIterator<number> {
    const possible = 2 ** (this.length - length);
    if (possible < this.#slots.length) {
      const step = 2 ** (32 - this.length);
      for (let index = 0; index < possible; index++) {
        const each = address + index * step;
        if (this.find(each | 0) !== NONE) yield each;
      }
      return;
    }
    const mask = ipv4Mask(length);
    for (const each of this.addresses()) if ((each & mask) === (address | 0)) yield each;
  }

  clone(): Ipv4Level {
    const copy = new Ipv4Level(this.length);
    copy.#slots = this.#slots.slice();
    copy.#size = this.#size;
    return copy;
  }

  /** Where the key is, or the free slot where it would be. */
  #slotOf(key: number): number {
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let at = (hash(key) << 1) & wrap;
    while (slots[at + 1] !== NONE && slots[at] !== key) at = (at + 2) & wrap;
    return at;
  }

  /** Frees a slot and moves up those behind it that would not be found any more. */
  #close(slot: number): void {
    const slots = this.#slots;
    const wrap = slots.length - 1;
    let hole = slot;
    for (let at = (hole + 2) & wrap; slots[at + 1] !== NONE; at = (at + 2) & wrap) {
      const home = (hash(slots[at] ?? 0) << 1) & wrap;
      if (((at - home) & wrap) < ((at - hole) & wrap)) continue;
      slots.copyWithin(hole, at, at + 2);
      hole = at;
    }
    slots[hole + 1] = NONE;
  }

  #rehash(capacity: number): void {
    const old = this.#slots;
    this.#slots = emptySlots(capacity);
    for (let at = 0; at < old.length; at += 2) {
      const key = old[at] ?? 0;
      const value = old[at + 1] ?? NONE;
      if (value === NONE) continue;
      const to = this.#slotOf(key);
      this.#slots[to] = key;
      this.#slots[to + 1] = value;
    }
  }
}

/** As a signed number. */
export const ipv4Mask = (length: number): number => (length === 0 ? 0 : -1 << (32 - length));

const emptySlots = (capacity: number): Int32Array => new Int32Array(capacity * 2).fill(NONE);

/** Mixes all bits into the lower ones: keys have zeros there. */
const hash = (key: number): number => {
  let mixed = key ^ (key >>> 16);
  mixed = Math.imul(mixed, 0x7feb_352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846c_a68b);
  return mixed ^ (mixed >>> 16);
};
