import { Ipv4Table, Ipv6Table, NO_MATCH } from '@podpath/lpm';
import type { Ip, Prefix } from '@podpath/net';

/** Values by prefix, found by the longest that covers an address. Of one family, whichever comes first. */
export class PrefixMap<T> {
  readonly #ipv4 = new Ipv4Table();
  readonly #ipv6 = new Ipv6Table();
  readonly #values: (T | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#ipv4.size + this.#ipv6.size;
  }

  get({ address, length }: Prefix): T | undefined {
    const index =
      typeof address === 'number'
        ? this.#ipv4.get(address, length)
        : this.#ipv6.get(address, length);
    return index === NO_MATCH ? undefined : this.#values[index];
  }

  set({ address, length }: Prefix, value: T): void {
    const index = this.#free.pop() ?? this.#values.length;
    this.#values[index] = value;
    if (typeof address === 'number') this.#ipv4.insert(address, length, index);
    else this.#ipv6.insert(address, length, index);
  }

  delete({ address, length }: Prefix): void {
    const index =
      typeof address === 'number'
        ? this.#ipv4.delete(address, length)
        : this.#ipv6.delete(address, length);
    if (index === NO_MATCH) return;
    this.#values[index] = undefined;
    this.#free.push(index);
  }

  /** `words` are the address's, for IPv6. Allocates nothing. */
  lookup(address: Ip, words: Uint32Array): T | undefined {
    const index =
      typeof address === 'number'
        ? this.#ipv4.lookup(address)
        : this.#ipv6.lookupWords(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0);
    return index === NO_MATCH ? undefined : this.#values[index];
  }

  /** By prefix, shorter ones first. */
  *values(): IterableIterator<T> {
    for (const table of [this.#ipv4, this.#ipv6]) {
      for (const { value } of table.entries()) {
        const found = this.#values[value];
        if (found !== undefined) yield found;
      }
    }
  }
}
