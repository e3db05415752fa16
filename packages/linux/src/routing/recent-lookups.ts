import type { Ip } from '@podpath/net';

const SLOTS = 128;

/**
 * What the last addresses led to, each in the only slot that it can have: packets of a flow ask the same again and again.
 * Takes up the same room however many addresses are asked for.
 */
export class RecentLookups<A extends Ip, V> {
  readonly #addresses: (A | undefined)[] = new Array<A | undefined>(SLOTS).fill(undefined);
  readonly #values: (V | undefined)[] = new Array<V | undefined>(SLOTS).fill(undefined);
  #isEmpty = true;

  /** `undefined`: not known here. */
  get(address: A): V | undefined {
    const slot = slotOf(address);
    return this.#addresses[slot] === address ? this.#values[slot] : undefined;
  }

  set(address: A, value: V): void {
    const slot = slotOf(address);
    this.#addresses[slot] = address;
    this.#values[slot] = value;
    this.#isEmpty = false;
  }

  /** After anything changed that the values follow from. */
  clear(): void {
    if (this.#isEmpty) return;
    this.#addresses.fill(undefined);
    this.#values.fill(undefined);
    this.#isEmpty = true;
  }
}

/** Neighbouring addresses lie side by side. */
function slotOf(address: Ip): number {
  const low = typeof address === 'number' ? address : lowWord(address);
  return (low ^ (low >>> 16)) & (SLOTS - 1);
}

const half = new BigUint64Array(1);
const words = new Uint32Array(half.buffer);
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** Storing a bigint into 64 bits cuts it off without making another one. */
function lowWord(address: bigint): number {
  half[0] = address;
  return words[LOW] ?? 0;
}
