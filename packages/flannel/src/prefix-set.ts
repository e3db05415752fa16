import { type Ip, lastAddress, type Prefix } from '@podpath/net';

/** Prefixes of one family that do not overlap, to ask whether another would. */
export class PrefixSet {
  /** By first address, ascending. */
  readonly #ranges: { readonly first: Ip; readonly last: Ip }[];

  constructor(prefixes: readonly Prefix[] = []) {
    this.#ranges = prefixes
      .map((prefix) => ({ first: prefix.address, last: lastAddress(prefix) }))
      .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  }

  /** Logarithmic in the size of the set. */
  overlaps(prefix: Prefix): boolean {
    const last = lastAddress(prefix);
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range !== undefined && range.first <= last) low = middle + 1;
      else high = middle;
    }
    const before = this.#ranges[low - 1];
    return before !== undefined && before.last >= prefix.address;
  }
}
