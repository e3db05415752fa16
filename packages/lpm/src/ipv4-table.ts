import { NO_MATCH } from './no-match.ts';

/**
 * Longest-prefix-match table for IPv4. Addresses are unsigned 32-bit numbers; values are unsigned
 * 32-bit numbers below `NO_MATCH`, by convention indices into the caller's array of next hops.
 */
export class Ipv4Table {
  get size(): number {
    return 0;
  }
  /** Adds or replaces; returns the value replaced, or NO_MATCH. Throws RangeError for host bits, a bad length or value. */
  insert(_address: number, _length: number, _value: number): number {
    return NO_MATCH;
  }
  /** Returns the value removed, or NO_MATCH. */
  delete(_address: number, _length: number): number {
    return NO_MATCH;
  }
  /** The value of exactly this prefix. */
  get(_address: number, _length: number): number {
    return NO_MATCH;
  }
  /** The value of the longest prefix that covers the address. Allocates nothing. */
  lookup(_address: number): number {
    return NO_MATCH;
  }
  /** Looks up every address into `out` at the same index. Allocates nothing. */
  lookupBatch(_addresses: Uint32Array, _out: Uint32Array): void {}
  /** Every entry, by address, shorter prefixes first. */
  *entries(): IterableIterator<{ address: number; length: number; value: number }> {}
}
