/** A seeded source of random draws (mulberry32): the same seed gives the same draws. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform unsigned 32-bit draw. */
  next32(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** Uniform draw from `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + Math.floor((this.next32() / 0x1_0000_0000) * (last - first + 1));
  }

  /** A unicast MAC address with the locally administered bit set, as the kernel makes for a new device. */
  mac(): number {
    const high = (this.next32() & 0xfcff) | 0x0200;
    return high * 0x1_0000_0000 + this.next32();
  }
}
