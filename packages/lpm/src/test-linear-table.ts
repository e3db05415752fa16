import { NO_MATCH } from './no-match.ts';

interface Entry {
  readonly address: bigint;
  readonly length: number;
  value: number;
}

/**
 * The oracle of the property tests: a list, looked through from end to end, with addresses compared bit by
 * bit as text. Slow and obvious on purpose. Not part of the package.
 */
export class LinearTable {
  readonly #bits: number;
  #entries: Entry[] = [];

  constructor(bits: 32 | 128) {
    this.#bits = bits;
  }

  get size(): number {
    return this.#entries.length;
  }

  insert(address: bigint, length: number, value: number): number {
    const before = this.get(address, length);
    this.delete(address, length);
    this.#entries.push({ address, length, value });
    return before;
  }

  delete(address: bigint, length: number): number {
    const before = this.get(address, length);
    this.#entries = this.#entries.filter(
      (entry) => entry.address !== address || entry.length !== length,
    );
    return before;
  }

  get(address: bigint, length: number): number {
    const same = this.#entries.find(
      (entry) => entry.address === address && entry.length === length,
    );
    return same?.value ?? NO_MATCH;
  }

  lookup(address: bigint): number {
    let longest: Entry | undefined;
    for (const entry of this.#entries) {
      const prefix = this.#text(entry.address).slice(0, entry.length);
      const covers = this.#text(address).startsWith(prefix);
      if (covers && (longest === undefined || entry.length > longest.length)) longest = entry;
    }
    return longest?.value ?? NO_MATCH;
  }

  entries(): { address: bigint; length: number; value: number }[] {
    const sortKey = (entry: Entry): string =>
      this.#text(entry.address) + String(entry.length).padStart(3, '0');
    return [...this.#entries].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  }

  covered(address: bigint, length: number): Entry[] {
    const prefix = this.#text(address).slice(0, length);
    return this.entries().filter(
      (entry) => entry.length >= length && this.#text(entry.address).startsWith(prefix),
    );
  }

  covering(address: bigint, length: number): Entry[] {
    const text = this.#text(address);
    return this.entries()
      .filter(
        (entry) =>
          entry.length <= length &&
          text.startsWith(this.#text(entry.address).slice(0, entry.length)),
      )
      .sort((a, b) => b.length - a.length);
  }

  #text(address: bigint): string {
    return address.toString(2).padStart(this.#bits, '0');
  }
}
