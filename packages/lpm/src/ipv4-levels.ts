import { Ipv4Level, ipv4Mask } from './ipv4-level.ts';
import { addLevel, levelOf, removeLevel } from './levels.ts';
import { NONE } from './no-match.ts';

/** A prefix and its value; addresses are unsigned. */
export interface Ipv4Entry {
  readonly address: number;
  readonly length: number;
  readonly value: number;
}

/**
 * IPv4 prefixes, a hash table for each length. A look-up asks one after the other, the longest first: at most one probe per
 * length in the table (33 at the worst), whatever the number of prefixes. 16 to 64 bytes a prefix.
 */
export class Ipv4Levels {
  /** From the longest to the shortest, none of them empty. */
  readonly #levels: Ipv4Level[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get memoryBytes(): number {
    return this.#levels.reduce((sum, level) => sum + level.memoryBytes, 0);
  }

  /** Adds or replaces; returns the value replaced, or NONE. */
  insert(address: number, length: number, value: number): number {
    const level = levelOf(this.#levels, length) ?? addLevel(this.#levels, new Ipv4Level(length));
    const before = level.set(address, value);
    if (before === NONE) this.#size++;
    return before;
  }

  /** Returns the value removed, or NONE. */
  delete(address: number, length: number): number {
    const level = levelOf(this.#levels, length);
    if (level === undefined) return NONE;
    const before = level.delete(address);
    if (before !== NONE) this.#size--;
    if (level.size === 0) removeLevel(this.#levels, level);
    return before;
  }

  /** The value of exactly this prefix, or NONE. */
  get(address: number, length: number): number {
    return levelOf(this.#levels, length)?.find(address) ?? NONE;
  }

  /** The value of the longest prefix that covers the address, or NONE. */
  lookup(address: number): number {
    const levels = this.#levels;
    for (let at = 0; at < levels.length; at++) {
      const value = levels[at]?.find(address) ?? NONE;
      if (value !== NONE) return value;
    }
    return NONE;
  }

  /** The prefixes that cover one, from the longest to the shortest; itself is the first, when it is there. */
  *covering(address: number, length: number): IterableIterator<Ipv4Entry> {
    for (const level of [...this.#levels]) {
      if (level.length > length) continue;
      const value = level.find(address);
      if (value === NONE) continue;
      const covering = (address & ipv4Mask(level.length)) >>> 0;
      yield { address: covering, length: level.length, value: value >>> 0 };
    }
  }

  /** Addresses of the prefixes of each length, from the shortest to the longest, in no order. */
  *byLength(): IterableIterator<{ length: number; addresses: IterableIterator<number> }> {
    for (const level of this.#levels.toReversed()) {
      yield { length: level.length, addresses: level.addresses() };
    }
  }

  /** Keys (see `entryOf`) of the prefixes within one, in order; of all of them for 0.0.0.0/0. */
  sortedKeys(address = 0, length = 0): Float64Array {
    const keys: number[] = [];
    for (const level of this.#levels) {
      if (level.length < length) break;
      for (const each of level.addressesIn(address, length)) {
        keys.push(each * KEY_LENGTHS + level.length);
      }
    }
    return Float64Array.from(keys).sort();
  }

  clone(): Ipv4Levels {
    const copy = new Ipv4Levels();
    copy.#levels.push(...this.#levels.map((level) => level.clone()));
    copy.#size = this.#size;
    return copy;
  }
}

/** Address and length in one number, which sorts as a number. */
const KEY_LENGTHS = 64;

/** The prefix that a key stands for. */
export const prefixOfKey = (key: number): { address: number; length: number } => ({
  address: Math.floor(key / KEY_LENGTHS),
  length: key % KEY_LENGTHS,
});
