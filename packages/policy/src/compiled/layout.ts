import { type Places, placesOf } from './kernel.ts';
import { HEAD_FIELDS, type Tables } from './tables.ts';

/** Knows where tables are, and looks again where they have moved. */
export class Layout {
  readonly #tables: Tables;
  #words: Int32Array;
  #head: Int32Array;
  #places: Places;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#words = tables.words;
    this.#head = tables.words.slice(0, HEAD_FIELDS);
    this.#places = placesOf(tables);
  }

  /** The same as before as long as all tables are where they were, and another after one has moved. */
  places(): Places {
    this.#tables.refresh();
    const { words } = this.#tables;
    if (words !== this.#words || this.#head.some((word, at) => word !== words[at])) {
      this.#words = words;
      this.#head = words.slice(0, HEAD_FIELDS);
      this.#places = placesOf(this.#tables);
    }
    return this.#places;
  }
}
