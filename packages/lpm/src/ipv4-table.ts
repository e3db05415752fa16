import { checkBatch, checkLength, checkValue } from './checks.ts';
import { Dir248, MOST_DIR_24_8_VALUE } from './dir-24-8.ts';
import { ipv4Mask } from './ipv4-level.ts';
import { type Ipv4Entry, Ipv4Levels, prefixOfKey } from './ipv4-levels.ts';
import { NO_MATCH, NONE } from './no-match.ts';

/**
 * What look-ups go by. `hash`: a hash table for each prefix length, 16 to 64 bytes a prefix, as many probes as there are
 * lengths. `dir-24-8`: the same, and beside it a cell for each network of 256 addresses: one load or two, 48 MiB more, and
 * an update of a short prefix touches every cell in it; for values up to 32,766 and at most 32,767 networks with longer prefixes.
 */
export type Ipv4Structure = 'hash' | 'dir-24-8';

export interface Ipv4TableOptions {
  /** Default `auto`: `hash`, and `dir-24-8` from 200,000 prefixes on as long as values and prefixes suit it. */
  readonly structure?: Ipv4Structure | 'auto';
}

/** From so many prefixes on the cells are worth their memory. With half as many they are given up. */
const MANY = 200_000;

/**
 * Longest-prefix-match table for IPv4. Addresses are unsigned 32-bit numbers; values are unsigned
 * 32-bit numbers below `NO_MATCH`, by convention indices into the caller's array of next hops.
 */
export class Ipv4Table {
  #prefixes = new Ipv4Levels();
  #wanted: Ipv4Structure | 'auto';
  #cells: Dir248 | undefined;
  /** Prefixes came that cells cannot hold: they are tried again when the table has become small. */
  #unsuited = false;

  /** Throws RangeError for a structure that there is not. */
  constructor({ structure = 'auto' }: Ipv4TableOptions = {}) {
    if (structure !== 'auto' && structure !== 'hash' && structure !== 'dir-24-8') {
      throw new RangeError(`a structure is auto, hash or dir-24-8, not ${String(structure)}`);
    }
    this.#wanted = structure;
    if (structure === 'dir-24-8') this.#cells = new Dir248();
  }

  /** Prefixes in the table. */
  get size(): number {
    return this.#prefixes.size;
  }

  /** What look-ups go by at present. */
  get structure(): Ipv4Structure {
    return this.#cells === undefined ? 'hash' : 'dir-24-8';
  }

  /** Bytes of the arrays that hold the prefixes. */
  get memoryBytes(): number {
    return this.#prefixes.memoryBytes + (this.#cells?.memoryBytes ?? 0);
  }

  /**
   * Adds or replaces; returns the value replaced, or NO_MATCH. Throws RangeError for host bits, a bad length or value, and for
   * what `dir-24-8` cannot hold when that is asked for by name.
   */
  insert(address: number, length: number, value: number): number {
    checkPrefix(address, length);
    checkValue(value);
    const cells = this.#cells;
    if (cells !== undefined && !cells.hasRoomFor(address, length, value)) this.#giveUpCells(value);
    const before = this.#prefixes.insert(address, length, value);
    if (this.#cells !== undefined) {
      this.#cells.insert(address, length, value, before === NONE);
    } else if (this.#prefixes.size >= MANY && this.#wanted === 'auto' && !this.#unsuited) {
      this.#makeCells();
    }
    return before >>> 0;
  }

  /** Returns the value removed, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  delete(address: number, length: number): number {
    checkPrefix(address, length);
    const prefixes = this.#prefixes;
    const before = prefixes.delete(address, length);
    if (before === NONE) return NO_MATCH;
    if (this.#wanted === 'auto' && prefixes.size === MANY / 2) {
      this.#cells = undefined;
      this.#unsuited = false;
    }
    if (this.#cells !== undefined) {
      const [cover] = prefixes.covering(address, length);
      this.#cells.delete(address, length, cover?.length ?? -1, cover?.value ?? NONE);
    }
    return before >>> 0;
  }

  /** The value of exactly this prefix, or NO_MATCH. Throws RangeError for host bits or a bad length. */
  get(address: number, length: number): number {
    checkPrefix(address, length);
    return this.#prefixes.get(address, length) >>> 0;
  }

  /** The value of the longest prefix that covers the address, or NO_MATCH. Takes the address modulo 2^32; allocates nothing. */
  lookup(address: number): number {
    const cells = this.#cells;
    return (cells === undefined ? this.#prefixes : cells).lookup(address) >>> 0;
  }

  /** Looks up every address into `out` at the same index. Allocates nothing. Throws RangeError when `out` is shorter. */
  lookupBatch(addresses: Uint32Array, out: Uint32Array): void {
    checkBatch(addresses.length, out);
    if (this.#cells !== undefined) {
      this.#cells.lookupBatch(addresses, out);
      return;
    }
    const prefixes = this.#prefixes;
    for (let at = 0; at < addresses.length; at++) out[at] = prefixes.lookup(addresses[at] ?? 0);
  }

  /**
   * Every entry, by address, shorter prefixes first. The prefixes are those of the moment of the first step;
   * values are read when their turn comes, and prefixes that are gone by then are left out.
   */
  *entries(): IterableIterator<Ipv4Entry> {
    yield* this.covered(0, 0);
  }

  /** The entries within a prefix, itself among them, as `entries` has them. Throws RangeError for host bits or a bad length. */
  *covered(address: number, length: number): IterableIterator<Ipv4Entry> {
    checkPrefix(address, length);
    for (const key of this.#prefixes.sortedKeys(address, length)) {
      const prefix = prefixOfKey(key);
      const value = this.get(prefix.address, prefix.length);
      if (value !== NO_MATCH) yield { ...prefix, value };
    }
  }

  /** The entries that cover a prefix, itself among them, from the longest to the shortest. Throws as `covered` does. */
  *covering(address: number, length: number): IterableIterator<Ipv4Entry> {
    checkPrefix(address, length);
    yield* this.#prefixes.covering(address, length);
  }

  /** A table with the same entries, which goes its own way. */
  clone(): Ipv4Table {
    const copy = new Ipv4Table({ structure: 'hash' });
    copy.#wanted = this.#wanted;
    copy.#prefixes = this.#prefixes.clone();
    copy.#cells = this.#cells?.clone();
    copy.#unsuited = this.#unsuited;
    return copy;
  }

  #giveUpCells(value: number): void {
    if (this.#wanted === 'dir-24-8') {
      throw new RangeError(
        value > MOST_DIR_24_8_VALUE
          ? `a value of dir-24-8 is at most ${MOST_DIR_24_8_VALUE}, not ${value}`
          : 'dir-24-8 has prefixes longer than 24 bits in at most 32767 networks of 256 addresses',
      );
    }
    this.#cells = undefined;
    this.#unsuited = true;
  }

  /** From the shortest prefixes to the longest, each over those that cover it. */
  #makeCells(): void {
    const cells = new Dir248();
    for (const { length, addresses } of this.#prefixes.byLength()) {
      for (const address of addresses) {
        const value = this.#prefixes.get(address, length) >>> 0;
        if (!cells.hasRoomFor(address, length, value)) {
          this.#unsuited = true;
          return;
        }
        cells.insert(address, length, value, true);
      }
    }
    this.#cells = cells;
  }
}

const checkPrefix = (address: number, length: number): void => {
  checkLength(length, 32);
  if (!Number.isInteger(address) || address < 0 || address > 0xffff_ffff) {
    throw new RangeError(`an IPv4 address is an integer from 0 to 4294967295, not ${address}`);
  }
  if ((address & ~ipv4Mask(length)) !== 0) {
    throw new RangeError(`the address ${address} has bits set beyond the prefix length ${length}`);
  }
};
