import { NO_MATCH } from './no-match.ts';

/** Longest-prefix-match table for IPv6. A bigint is 128 bits; batches take four 32-bit words an address, first the highest. */
export class Ipv6Table {
  get size(): number {
    return 0;
  }
  insert(_address: bigint, _length: number, _value: number): number {
    return NO_MATCH;
  }
  delete(_address: bigint, _length: number): number {
    return NO_MATCH;
  }
  get(_address: bigint, _length: number): number {
    return NO_MATCH;
  }
  lookup(_address: bigint): number {
    return NO_MATCH;
  }
  lookupWords(_w0: number, _w1: number, _w2: number, _w3: number): number {
    return NO_MATCH;
  }
  lookupBatch(_words: Uint32Array, _out: Uint32Array): void {}
  *entries(): IterableIterator<{ address: bigint; length: number; value: number }> {}
}
