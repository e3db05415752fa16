import { checkBatch, checkLength, checkValue } from './checks.ts';
import { Ipv6Level } from './ipv6-level.ts';
import { addLevel, levelOf, removeLevel } from './levels.ts';
import { NO_MATCH, NONE } from './no-match.ts';

/** A prefix and its value. */
export interface Ipv6Entry {
  readonly address: bigint;
  readonly length: number;
  readonly value: number;
}

/**
 * Longest-prefix-match table for IPv6. A bigint is 128 bits; batches take four 32-bit words an address,
 * first the highest. Values are unsigned 32-bit numbers below `NO_MATCH`.
 *
 * Built as `Ipv4Table` is: a lookup costs at most one probe per length in the table (129 at the worst),
 * and memory is 40 to 160 bytes a prefix.
 */
export class Ipv6Table {
  /** From the longest to the shortest, none of them empty. */
  readonly #levels: Ipv6Level[] = [];
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
  insert(address: bigint, length: number, value: number): number {
    checkPrefix(address, length);
    checkValue(value);
    const level = levelOf(this.#levels, length) ?? addLevel(this.#levels, new Ipv6Level(length));
    const before = level.set(
      wordOf(address, 96n),
      wordOf(address, 64n),
      wordOf(address, 32n),
      wordOf(address, 0n),
      value,
    );
    if (before === NONE) this.#size++;
    return before >>> 0;
  }

  /** Returns the value removed, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  delete(address: bigint, length: number): number {
    checkPrefix(address, length);
    const level = levelOf(this.#levels, length);
    if (level === undefined) return NO_MATCH;
    const before = level.delete(
      wordOf(address, 96n),
      wordOf(address, 64n),
      wordOf(address, 32n),
      wordOf(address, 0n),
    );
    if (before !== NONE) this.#size--;
    if (level.size === 0) removeLevel(this.#levels, level);
    return before >>> 0;
  }

  /** The value of exactly this prefix, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  get(address: bigint, length: number): number {
    checkPrefix(address, length);
    const level = levelOf(this.#levels, length);
    if (level === undefined) return NO_MATCH;
    const value = level.find(
      wordOf(address, 96n),
      wordOf(address, 64n),
      wordOf(address, 32n),
      wordOf(address, 0n),
    );
    return value >>> 0;
  }

  /** The value of the longest prefix that covers the address, or NO_MATCH. Takes the address modulo 2^128. */
  lookup(address: bigint): number {
    // Storing a bigint into 64 bits cuts it off without making another one.
    halves[0] = address;
    halves[1] = address >> 64n;
    return this.lookupWords(
      words[3 - LOW] ?? 0,
      words[2 + LOW] ?? 0,
      words[1 - LOW] ?? 0,
      words[LOW] ?? 0,
    );
  }

  /** As `lookup`, with the address as four 32-bit words, first the highest. Allocates nothing. */
  lookupWords(w0: number, w1: number, w2: number, w3: number): number {
    const levels = this.#levels;
    for (let at = 0; at < levels.length; at++) {
      const value = levels[at]?.find(w0, w1, w2, w3) ?? NONE;
      if (value !== NONE) return value >>> 0;
    }
    return NO_MATCH;
  }

  /**
   * Looks up every four words into `out` at a quarter of the index. Allocates nothing.
   * Throws RangeError when there are no whole addresses or `out` is shorter than their number.
   */
  lookupBatch(words: Uint32Array, out: Uint32Array): void {
    if (words.length % 4 !== 0) {
      throw new RangeError(
        `an IPv6 address has 4 words, ${words.length} words are no whole number of them`,
      );
    }
    const count = words.length / 4;
    checkBatch(count, out);
    for (let index = 0; index < count; index++) {
      const at = index * 4;
      out[index] = this.lookupWords(
        words[at] ?? 0,
        words[at + 1] ?? 0,
        words[at + 2] ?? 0,
        words[at + 3] ?? 0,
      );
    }
  }

  /**
   * Every entry, by address, shorter prefixes first. The prefixes are those of the moment of the first step;
   * values are read when their turn comes, and prefixes that are gone by then are left out.
   */
  *entries(): IterableIterator<Ipv6Entry> {
    yield* this.covered(0n, 0);
  }

  /** The entries within a prefix, itself among them, as `entries` has them. Throws RangeError for host bits or a bad length. */
  *covered(address: bigint, length: number): IterableIterator<Ipv6Entry> {
    checkPrefix(address, length);
    for (const key of this.#sortedKeys(address, length)) {
      const prefix = { address: key >> 8n, length: Number(key & 0xffn) };
      const value = this.get(prefix.address, prefix.length);
      if (value !== NO_MATCH) yield { ...prefix, value };
    }
  }

  /** The entries that cover a prefix, itself among them, from the longest to the shortest. Throws as `covered` does. */
  *covering(address: bigint, length: number): IterableIterator<Ipv6Entry> {
    checkPrefix(address, length);
    for (const level of [...this.#levels]) {
      if (level.length > length) continue;
      const rest = BigInt(128 - level.length);
      const covering = (address >> rest) << rest;
      const value = this.get(covering, level.length);
      if (value !== NO_MATCH) yield { address: covering, length: level.length, value };
    }
  }

  /** A table with the same entries, which goes its own way. */
  clone(): Ipv6Table {
    const copy = new Ipv6Table();
    copy.#levels.push(...this.#levels.map((level) => level.clone()));
    copy.#size = this.#size;
    return copy;
  }

  /** Address and length of what is within a prefix, in one bigint. */
  #sortedKeys(within: bigint, length: number): bigint[] {
    const keys: bigint[] = [];
    const rest = BigInt(128 - length);
    for (const level of this.#levels) {
      if (level.length < length) break;
      for (const address of level.addresses()) {
        if (address >> rest === within >> rest) keys.push((address << 8n) | BigInt(level.length));
      }
    }
    return keys.sort((a, b) => (a < b ? -1 : 1));
  }
}

const END = 1n << 128n;

const halves = new BigUint64Array(2);
const words = new Int32Array(halves.buffer);
/** Where the machine keeps the lower half of 64 bits. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** The 32 bits above `shift`, as a signed number. */
const wordOf = (address: bigint, shift: bigint): number =>
  Number(BigInt.asIntN(32, address >> shift));

const checkPrefix = (address: bigint, length: number): void => {
  checkLength(length, 128);
  if (typeof address !== 'bigint' || address < 0n || address >= END) {
    throw new RangeError(`an IPv6 address is a bigint from 0 to 2^128 - 1, not ${address}`);
  }
  if (BigInt.asUintN(128 - length, address) !== 0n) {
    throw new RangeError(
      `the address 0x${address.toString(16)} has bits set beyond the prefix length ${length}`,
    );
  }
};
