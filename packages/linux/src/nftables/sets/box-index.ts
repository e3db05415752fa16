import { compareWords } from './compare-words.ts';
import type { SetElement, SetIndex } from './set-element.ts';

/**
 * Elements with a range in each place of the key (net/netfilter/nft_set_pipapo.c). They are looked at one
 * after another, the first that was added first: they may overlap, as long as neither corner of a new one
 * lies in an old one.
 */
export class BoxIndex<Data> implements SetIndex<Data> {
  readonly #places: readonly number[];
  readonly #boxes: SetElement<Data>[] = [];

  /** `places` are the words of each place of the key. */
  constructor(places: readonly number[]) {
    this.#places = places;
  }

  get size(): number {
    return this.#boxes.length;
  }

  find(key: Uint32Array, at: number): SetElement<Data> | undefined {
    for (let i = 0; i < this.#boxes.length; i++) {
      const box = this.#boxes[i];
      if (box !== undefined && this.#covers(box, key, at)) return box;
    }
    return undefined;
  }

  conflict(first: Uint32Array, last: Uint32Array): SetElement<Data> | undefined {
    return this.find(first, 0) ?? this.find(last, 0);
  }

  add(element: SetElement<Data>): void {
    this.#boxes.push(element);
  }

  delete(element: SetElement<Data>): void {
    const at = this.#boxes.indexOf(element);
    if (at >= 0) this.#boxes.splice(at, 1);
  }

  elements(): Iterable<SetElement<Data>> {
    return this.#boxes;
  }

  #covers(box: SetElement<Data>, key: Uint32Array, at: number): boolean {
    let place = 0;
    for (let i = 0; i < this.#places.length; i++) {
      const words = this.#places[i] ?? 0;
      if (compareWords(key, at + place, box.first, place, words) < 0) return false;
      if (compareWords(key, at + place, box.last, place, words) > 0) return false;
      place += words;
    }
    return true;
  }
}
