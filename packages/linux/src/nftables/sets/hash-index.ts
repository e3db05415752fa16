import { KeyTable } from './key-table.ts';
import type { SetElement, SetIndex } from './set-element.ts';

/** Elements that are single values (net/netfilter/nft_set_hash.c). */
export class HashIndex<Data> implements SetIndex<Data> {
  readonly #table: KeyTable;
  readonly #elements: (SetElement<Data> | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(words: number) {
    this.#table = new KeyTable(words);
  }

  get size(): number {
    return this.#table.size;
  }

  find(key: Uint32Array, at: number): SetElement<Data> | undefined {
    const place = this.#table.get(key, at);
    return place < 0 ? undefined : this.#elements[place];
  }

  conflict(first: Uint32Array): SetElement<Data> | undefined {
    return this.find(first, 0);
  }

  add(element: SetElement<Data>): void {
    const place = this.#free.pop() ?? this.#elements.length;
    this.#elements[place] = element;
    this.#table.add(element.first, place);
  }

  delete({ first }: SetElement<Data>): void {
    const place = this.#table.get(first, 0);
    if (place < 0) return;
    this.#table.delete(first);
    this.#elements[place] = undefined;
    this.#free.push(place);
  }

  *elements(): Iterable<SetElement<Data>> {
    for (const element of this.#elements) if (element !== undefined) yield element;
  }
}
