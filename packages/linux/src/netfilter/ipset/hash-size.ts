import type { Member } from './member.ts';

/** Members that a bucket of the kernel's hash table holds before the table grows (AHASH_MAX_TUNED). */
const BUCKET_SIZE = 12;
const LEAST_SIZE = 64;

/**
 * How large the kernel's hash table for a set is (net/netfilter/ipset/ip_set_hash_gen.h): it doubles when a member
 * comes to a bucket that is full, and never shrinks.
 */
export class HashSize {
  #mask: number;
  #filled: Uint8Array;

  constructor(asked: number) {
    const size = Math.max(LEAST_SIZE, 2 ** Math.ceil(Math.log2(Math.max(1, asked))));
    this.#mask = size - 1;
    this.#filled = new Uint8Array(size);
  }

  get size(): number {
    return this.#mask + 1;
  }

  /** `members` are those that are there already. */
  add({ hash }: Member, members: () => Iterable<Member>): void {
    while ((this.#filled[hash & this.#mask] ?? 0) >= BUCKET_SIZE) this.#grow(members);
    const index = hash & this.#mask;
    this.#filled[index] = (this.#filled[index] ?? 0) + 1;
  }

  remove({ hash }: Member): void {
    const index = hash & this.#mask;
    this.#filled[index] = (this.#filled[index] ?? 1) - 1;
  }

  clear(): void {
    this.#filled.fill(0);
  }

  #grow(members: () => Iterable<Member>): void {
    do {
      this.#mask = this.#mask * 2 + 1;
    } while (!this.#spread(members()));
  }

  /** False when there is a bucket with too many even so. */
  #spread(members: Iterable<Member>): boolean {
    this.#filled = new Uint8Array(this.size);
    for (const { hash } of members) {
      const index = hash & this.#mask;
      const filled = this.#filled[index] ?? 0;
      if (filled >= BUCKET_SIZE) return false;
      this.#filled[index] = filled + 1;
    }
    return true;
  }
}
