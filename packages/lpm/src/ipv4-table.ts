import { checkBatch, checkLength, checkValue } from './checks.ts';
import { Ipv4Level, ipv4Mask } from './ipv4-level.ts';
import { addLevel, levelOf, removeLevel } from './levels.ts';
import { NO_MATCH, NONE } from './no-match.ts';

/**
 * Longest-prefix-match table for IPv4. Addresses are unsigned 32-bit numbers; values are unsigned
 * 32-bit numbers below `NO_MATCH`, by convention indices into the caller's array of next hops.
 *
 * One hash table for each length that occurs; a lookup asks them from the longest to the shortest. It costs
 * at most one probe per length in the table (33 at the worst) whatever the number of prefixes, and memory
 * is 16 to 64 bytes a prefix. `insert`, `delete` and `get` cost one probe; growing is amortised.
 */
export class Ipv4Table {
  /** From the longest to the shortest, none of them empty. */
  readonly #levels: Ipv4Level[] = [];
  #size = 0;

  /** Prefixes in the table. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the arrays that hold the prefixes. */
  get memoryBytes(): number {
    return this.#levels.reduce((sum, level) => sum + level.memoryBytes, 0);
  }

  /** Adds or replaces; returns the value replaced, or NO_MATCH. Throws RangeError for host bits, a bad length or value. */
  insert(address: number, length: number, value: number): number {
    checkPrefix(address, length);
    checkValue(value);
    const level = levelOf(this.#levels, length) ?? addLevel(this.#levels, new Ipv4Level(length));
    const before = level.set(address, value);
    if (before === NONE) this.#size++;
    return before >>> 0;
  }

  /** Returns the value removed, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  delete(address: number, length: number): number {
    checkPrefix(address, length);
    const level = levelOf(this.#levels, length);
    if (level === undefined) return NO_MATCH;
    const before = level.delete(address);
    if (before !== NONE) this.#size--;
    if (level.size === 0) removeLevel(this.#levels, level);
    return before >>> 0;
  }

  /** The value of exactly this prefix, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  get(address: number, length: number): number {
    checkPrefix(address, length);
    return (levelOf(this.#levels, length)?.find(address) ?? NONE) >>> 0;
  }

  /** The value of the longest prefix that covers the address, or NO_MATCH. Takes the address modulo 2^32; allocates nothing. */
  lookup(address: number): number {
    const levels = this.#levels;
    for (let at = 0; at < levels.length; at++) {
      const value = levels[at]?.find(address) ?? NONE;
      if (value !== NONE) return value >>> 0;
    }
    return NO_MATCH;
  }

  /** Looks up every address into `out` at the same index. Allocates nothing. Throws RangeError when `out` is shorter. */
  lookupBatch(addresses: Uint32Array, out: Uint32Array): void {
    checkBatch(addresses.length, out);
    for (let at = 0; at < addresses.length; at++) out[at] = this.lookup(addresses[at] ?? 0);
  }

  /**
   * Every entry, by address, shorter prefixes first. The prefixes are those of the moment of the first step;
   * values are read when their turn comes, and prefixes that are gone by then are left out.
   */
  *entries(): IterableIterator<{ address: number; length: number; value: number }> {
    for (const key of this.#sortedKeys()) {
      const address = Math.floor(key / KEY_LENGTHS);
      const length = key % KEY_LENGTHS;
      const value = this.get(address, length);
      if (value !== NO_MATCH) yield { address, length, value };
    }
  }

  /** Address and length in one number, which sorts as a number. */
  #sortedKeys(): Float64Array {
    const keys = new Float64Array(this.#size);
    let at = 0;
    for (const level of this.#levels) {
      for (const address of level.addresses()) keys[at++] = address * KEY_LENGTHS + level.length;
    }
    return keys.sort();
  }
}

const KEY_LENGTHS = 64;

const checkPrefix = (address: number, length: number): void => {
  checkLength(length, 32);
  if (!Number.isInteger(address) || address < 0 || address > 0xffff_ffff) {
    throw new RangeError(`an IPv4 address is an integer from 0 to 4294967295, not ${address}`);
  }
  if ((address & ~ipv4Mask(length)) !== 0) {
    throw new RangeError(`the address ${address} has bits set beyond the prefix length ${length}`);
  }
};
