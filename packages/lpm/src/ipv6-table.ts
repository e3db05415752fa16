import { checkBatch, checkLength, checkValue } from './checks.ts';
import { Ipv6Levels } from './ipv6-levels.ts';
import type { Ipv6Store, Ipv6Words } from './ipv6-store.ts';
import { Ipv6TreeBitmap } from './ipv6-tree-bitmap.ts';
import { NO_MATCH } from './no-match.ts';

/** A prefix and its value. */
export interface Ipv6Entry {
  readonly address: bigint;
  readonly length: number;
  readonly value: number;
}

/**
 * What keeps the prefixes. `hash`: a hash table for each length, 40 to 160 bytes a prefix, as many probes as there are lengths:
 * for clusters, whose prefixes are long and of few lengths. `tree-bitmap`: a tree of four bits a step below an array of 576
 * KiB: for tables like the internet's, with many lengths and much in common.
 */
export type Ipv6Structure = 'hash' | 'tree-bitmap';

export interface Ipv6TableOptions {
  /** Default `auto`: `hash`, and `tree-bitmap` from 5,000 prefixes of more than 12 lengths on. */
  readonly structure?: Ipv6Structure | 'auto';
}

const MANY = 5_000;
const MANY_LENGTHS = 12;

/**
 * Longest-prefix-match table for IPv6. A bigint is 128 bits; batches take four 32-bit words an address,
 * first the highest. Values are unsigned 32-bit numbers below `NO_MATCH`.
 */
export class Ipv6Table {
  #store: Ipv6Store;
  #wanted: Ipv6Structure | 'auto';
  /** Prefixes of each length. */
  #perLength = new Uint32Array(129);
  #lengths = 0;

  /** Throws RangeError for a structure that there is not. */
  constructor({ structure = 'auto' }: Ipv6TableOptions = {}) {
    if (structure !== 'auto' && structure !== 'hash' && structure !== 'tree-bitmap') {
      throw new RangeError(`a structure is auto, hash or tree-bitmap, not ${String(structure)}`);
    }
    this.#wanted = structure;
    this.#store = structure === 'tree-bitmap' ? new Ipv6TreeBitmap() : new Ipv6Levels();
  }

  /** Prefixes in the table. */
  get size(): number {
    return this.#store.size;
  }

  /** What keeps them at present. */
  get structure(): Ipv6Structure {
    return this.#store instanceof Ipv6Levels ? 'hash' : 'tree-bitmap';
  }

  /** Bytes of the arrays that hold the prefixes. */
  get memoryBytes(): number {
    return this.#store.memoryBytes;
  }

  /** Adds or replaces; returns the value replaced, or NO_MATCH. Throws RangeError for host bits, a bad length or value. */
  insert(address: bigint, length: number, value: number): number {
    checkPrefix(address, length);
    checkValue(value);
    const before = this.#store.insert(keyOf(address), length, value | 0) >>> 0;
    if (before === NO_MATCH) this.#count(length, 1);
    return before;
  }

  /** Returns the value removed, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  delete(address: bigint, length: number): number {
    checkPrefix(address, length);
    const before = this.#store.delete(keyOf(address), length) >>> 0;
    if (before !== NO_MATCH) this.#count(length, -1);
    return before;
  }

  /** The value of exactly this prefix, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  get(address: bigint, length: number): number {
    checkPrefix(address, length);
    return this.#store.get(keyOf(address), length) >>> 0;
  }

  /** The value of the longest prefix that covers the address, or NO_MATCH. Takes the address modulo 2^128. */
  lookup(address: bigint): number {
    const key = keyOf(address);
    return this.#store.lookup(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0) >>> 0;
  }

  /** As `lookup`, with the address as four 32-bit words, first the highest. Allocates nothing. */
  lookupWords(w0: number, w1: number, w2: number, w3: number): number {
    return this.#store.lookup(w0, w1, w2, w3) >>> 0;
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
    const store = this.#store;
    for (let index = 0; index < count; index++) {
      const at = index * 4;
      out[index] = store.lookup(
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

  /**
   * The entries within a prefix, itself among them, as `entries` has them. Goes through all that there are. Throws
   * RangeError for host bits or a bad length.
   */
  *covered(address: bigint, length: number): IterableIterator<Ipv6Entry> {
    checkPrefix(address, length);
    const rest = BigInt(128 - length);
    const prefixes: { address: bigint; length: number }[] = [];
    for (const [key, each] of this.#store.entries()) {
      const start = addressOf(key);
      const isWithin = each >= length && start >> rest === address >> rest;
      if (isWithin) prefixes.push({ address: start, length: each });
    }
    for (const prefix of prefixes) {
      const value = this.get(prefix.address, prefix.length);
      if (value !== NO_MATCH) yield { ...prefix, value };
    }
  }

  /** The entries that cover a prefix, itself among them, from the longest to the shortest. Throws as `covered` does. */
  *covering(address: bigint, length: number): IterableIterator<Ipv6Entry> {
    checkPrefix(address, length);
    for (let each = length; each >= 0; each--) {
      if (this.#perLength[each] === 0) continue;
      const rest = BigInt(128 - each);
      const start = (address >> rest) << rest;
      const value = this.get(start, each);
      if (value !== NO_MATCH) yield { address: start, length: each, value };
    }
  }

  /** A table with the same entries, which goes its own way. */
  clone(): Ipv6Table {
    const copy = new Ipv6Table({ structure: 'hash' });
    copy.#wanted = this.#wanted;
    copy.#store = this.#store.clone();
    copy.#perLength = this.#perLength.slice();
    copy.#lengths = this.#lengths;
    return copy;
  }

  #count(length: number, by: 1 | -1): void {
    const before = this.#perLength[length] ?? 0;
    this.#perLength[length] = before + by;
    if (before === 0) this.#lengths++;
    else if (before + by === 0) this.#lengths--;
    if (this.#wanted !== 'auto') return;
    if (this.structure === 'hash') {
      if (this.size >= MANY && this.#lengths > MANY_LENGTHS) this.#moveTo(new Ipv6TreeBitmap());
    } else if (this.size < MANY / 2) {
      this.#moveTo(new Ipv6Levels());
    }
  }

  #moveTo(store: Ipv6Store): void {
    for (const [key, length, value] of this.#store.entries()) store.insert(key, length, value);
    this.#store = store;
  }
}

const END = 1n << 128n;

const halves = new BigUint64Array(2);
const words = new Int32Array(halves.buffer);
/** Where the machine keeps the lower half of 64 bits. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const key: Ipv6Words = new Int32Array(4);

/** The words of an address, modulo 2^128, until the next call. */
const keyOf = (address: bigint): Ipv6Words => {
  // Storing a bigint into 64 bits cuts it off without making another one.
  halves[0] = address;
  halves[1] = address >> 64n;
  key[0] = words[3 - LOW] ?? 0;
  key[1] = words[2 + LOW] ?? 0;
  key[2] = words[1 - LOW] ?? 0;
  key[3] = words[LOW] ?? 0;
  return key;
};

const addressOf = (key: Ipv6Words): bigint => {
  let address = 0n;
  for (const word of key) address = (address << 32n) | BigInt(word >>> 0);
  return address;
};

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
