import type { NftElement } from '../model/ruleset.ts';

/** An element as a set keeps it. `Data` is what packets get that find it. */
export interface SetElement<Data> {
  readonly element: NftElement;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  readonly data: Data | undefined;
  /** Of the packets that have found it. */
  readonly counter: { packets: number; bytes: number } | undefined;
  /** How long it lives once it is there or has been updated; `undefined` for ever. */
  timeoutMs: number | undefined;
  expiresAtMs: number;
}

/** Elements of one set, to be found by the words of a packet's key. */
export interface SetIndex<Data> {
  readonly size: number;
  /** The element for the key whose words begin at `at`. Allocates nothing. */
  find(key: Uint32Array, at: number): SetElement<Data> | undefined;
  /** The element that stands in the way of this one: the same, or one that overlaps it. */
  conflict(first: Uint32Array, last: Uint32Array): SetElement<Data> | undefined;
  /** Adds one that nothing stands in the way of. */
  add(element: SetElement<Data>): void;
  delete(element: SetElement<Data>): void;
  elements(): Iterable<SetElement<Data>>;
}
