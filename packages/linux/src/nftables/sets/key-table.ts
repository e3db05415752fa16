const NONE = -1;
const FIRST_BUCKETS = 16;

/**
 * A hash table from keys of a fixed number of 32-bit words to small numbers. Finding one allocates
 * nothing: keys are read where they lie in the caller's array.
 */
export class KeyTable {
  readonly #words: number;
  #heads = new Int32Array(FIRST_BUCKETS).fill(NONE);
  #next = new Int32Array(FIRST_BUCKETS);
  #keys: Uint32Array;
  #values = new Int32Array(FIRST_BUCKETS);
  /** Slots used so far, and those free again among them, chained by `#next`. */
  #slots = 0;
  #free = NONE;
  #size = 0;

  constructor(words: number) {
    this.#words = words;
    this.#keys = new Uint32Array(FIRST_BUCKETS * words);
  }

  get size(): number {
    return this.#size;
  }

  /** The value of the key whose words begin at `at`; -1 when there is none. */
  get(key: Uint32Array, at: number): number {
    for (let slot = this.#head(key, at); slot !== NONE; slot = this.#next[slot] ?? NONE) {
      if (this.#isAt(slot, key, at)) return this.#values[slot] ?? NONE;
    }
    return NONE;
  }

  /** Adds a key that is not there. */
  add(key: Uint32Array, value: number): void {
    let slot = this.#free;
    if (slot !== NONE) {
      this.#free = this.#next[slot] ?? NONE;
    } else {
      if (this.#slots === this.#values.length) this.#grow();
      slot = this.#slots++;
    }
    this.#keys.set(key, slot * this.#words);
    this.#values[slot] = value;
    this.#link(slot);
    this.#size++;
  }

  delete(key: Uint32Array): void {
    const bucket = this.#hash(key, 0) & (this.#heads.length - 1);
    let before = NONE;
    for (let slot = this.#heads[bucket] ?? NONE; slot !== NONE; slot = this.#next[slot] ?? NONE) {
      if (this.#isAt(slot, key, 0)) {
        const after = this.#next[slot] ?? NONE;
        if (before === NONE) this.#heads[bucket] = after;
        else this.#next[before] = after;
        this.#next[slot] = this.#free;
        this.#free = slot;
        this.#size--;
        return;
      }
      before = slot;
    }
  }

  #head(key: Uint32Array, at: number): number {
    return this.#heads[this.#hash(key, at) & (this.#heads.length - 1)] ?? NONE;
  }

  #isAt(slot: number, key: Uint32Array, at: number): boolean {
    const from = slot * this.#words;
    for (let i = 0; i < this.#words; i++) {
      if (this.#keys[from + i] !== key[at + i]) return false;
    }
    return true;
  }

  /** Mixes each word in as MurmurHash3 does. */
  #hash(key: Uint32Array, at: number): number {
    let hash = 0;
    for (let i = 0; i < this.#words; i++) {
      const word = Math.imul(key[at + i] ?? 0, 0xcc9e_2d51);
      hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b87_3593);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe654_6b64) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #link(slot: number): void {
    const bucket = this.#hash(this.#keys, slot * this.#words) & (this.#heads.length - 1);
    this.#next[slot] = this.#heads[bucket] ?? NONE;
    this.#heads[bucket] = slot;
  }

  /** Only ever called with every slot in use. */
  #grow(): void {
    const capacity = this.#values.length * 2;
    const next = new Int32Array(capacity);
    const keys = new Uint32Array(capacity * this.#words);
    const values = new Int32Array(capacity);
    keys.set(this.#keys);
    values.set(this.#values);
    this.#next = next;
    this.#keys = keys;
    this.#values = values;
    this.#heads = new Int32Array(capacity).fill(NONE);
    for (let slot = 0; slot < this.#slots; slot++) this.#link(slot);
  }
}
