import { Ipv4Table, Ipv6Table, NO_MATCH } from '@podpath/lpm';
import type { Ip, Ipv4, Ipv6, Prefix } from '@podpath/net';
import { prefixOf } from '@podpath/net';
import { RecentLookups } from './recent-lookups.ts';

/** The longest-prefix-match table of either family. */
interface PrefixTable<A extends Ip> {
  insert(address: A, length: number, value: number): number;
  delete(address: A, length: number): number;
  get(address: A, length: number): number;
  lookup(address: A): number;
}

interface PrefixList<V> {
  readonly prefix: Prefix;
  readonly values: V[];
}

/** With fewer prefixes the table itself is as quick. */
const LEAST_PREFIXES = 16;

/**
 * A list of values per prefix. A lookup can go on to the next shorter prefix when nothing in the
 * longest one's list will do, which is what a FIB needs and a plain match table does not offer.
 */
export class PrefixLists<A extends Ip, V> {
  readonly #table: PrefixTable<A>;
  readonly #lists: PrefixList<V>[] = [];
  readonly #free: number[] = [];
  /** How many prefixes there are of each length: the lengths worth trying when backtracking. */
  readonly #perLength: number[];
  #prefixes = 0;
  #recent: RecentLookups<A, PrefixList<V>> | undefined;

  private constructor(table: PrefixTable<A>, bits: number) {
    this.#table = table;
    this.#perLength = new Array<number>(bits + 1).fill(0);
  }

  static ipv4<V>(): PrefixLists<Ipv4, V> {
    return new PrefixLists<Ipv4, V>(new Ipv4Table(), 32);
  }

  static ipv6<V>(): PrefixLists<Ipv6, V> {
    return new PrefixLists<Ipv6, V>(new Ipv6Table(), 128);
  }

  /** The values of exactly this prefix, to read. */
  at(address: A, length: number): readonly V[] {
    return this.#lists[this.#table.get(address, length)]?.values ?? [];
  }

  insert(address: A, length: number, value: V, position: number): void {
    const known = this.#lists[this.#table.get(address, length)];
    if (known !== undefined) {
      known.values.splice(position, 0, value);
      return;
    }
    const index = this.#free.pop() ?? this.#lists.length;
    this.#lists[index] = { prefix: { address, length }, values: [value] };
    this.#table.insert(address, length, index);
    this.#perLength[length] = (this.#perLength[length] ?? 0) + 1;
    this.#prefixes++;
    this.#recent?.clear();
  }

  /** Returns whether the value was there. */
  remove(address: A, length: number, value: V): boolean {
    const index = this.#table.get(address, length);
    const values = this.#lists[index]?.values;
    const position = values?.indexOf(value) ?? -1;
    if (values === undefined || position < 0) return false;
    values.splice(position, 1);
    if (values.length === 0) {
      this.#table.delete(address, length);
      this.#perLength[length] = (this.#perLength[length] ?? 1) - 1;
      this.#prefixes--;
      this.#recent?.clear();
      delete this.#lists[index];
      this.#free.push(index);
    }
    return true;
  }

  /** The longest prefix's values that cover the address; with `below`, of those shorter than it. */
  covering(
    address: A,
    below?: number,
  ): { readonly prefix: Prefix; readonly values: readonly V[] } | undefined {
    if (below === undefined) return this.#longest(address);
    for (let length = below - 1; length >= 0; length--) {
      if (this.#perLength[length] === 0) continue;
      const masked = prefixOf(address, length).address as A;
      const list = this.#lists[this.#table.get(masked, length)];
      if (list !== undefined) return list;
    }
    return undefined;
  }

  #longest(address: A): PrefixList<V> | undefined {
    const known = this.#recent?.get(address);
    if (known !== undefined) return known;
    const index = this.#table.lookup(address);
    const list = index === NO_MATCH ? undefined : this.#lists[index];
    if (list === undefined || this.#prefixes < LEAST_PREFIXES) return list;
    this.#recent ??= new RecentLookups();
    this.#recent.set(address, list);
    return list;
  }

  /** Every value; those of one prefix in their order. */
  *values(): IterableIterator<V> {
    for (const list of this.#lists) if (list !== undefined) yield* list.values;
  }
}
