const LENGTHS = 129;

/** How many members of a set have each prefix length. */
export class PrefixLengths {
  readonly #counts = new Uint32Array(LENGTHS);

  count(length: number, by: 1 | -1): void {
    this.#counts[length] = (this.#counts[length] ?? 0) + by;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** The length with which a packet's address would be added; `undefined` in an empty set. */
  get longest(): number | undefined {
    const length = this.#counts.findLastIndex((count) => count > 0);
    return length < 0 ? undefined : length;
  }
}
