/** An address as four signed words, first the highest. */
export type Ipv6Words = Int32Array;

/** What keeps IPv6 prefixes. Values are signed; NONE stands for none. */
export interface Ipv6Store {
  readonly size: number;
  readonly memoryBytes: number;
  /** Adds or replaces; returns the value replaced, or NONE. */
  insert(key: Ipv6Words, length: number, value: number): number;
  /** Returns the value removed, or NONE. */
  delete(key: Ipv6Words, length: number): number;
  /** The value of exactly this prefix, or NONE. */
  get(key: Ipv6Words, length: number): number;
  /** The value of the longest prefix that covers the address, or NONE. */
  lookup(w0: number, w1: number, w2: number, w3: number): number;
  /** Every prefix, with a key of its own each: by address, shorter prefixes first. */
  entries(): IterableIterator<readonly [key: Ipv6Words, length: number, value: number]>;
  clone(): Ipv6Store;
}
