import { createSingleKernel, type SingleKernel } from './kernel.ts';
import { HEAD_FIELDS, type Tables } from './tables.ts';

/** Keeps a kernel for single connections, made anew only where tables have moved. */
export class SingleJudge {
  readonly #tables: Tables;
  #words: Int32Array;
  #head: Int32Array;
  #kernel: SingleKernel;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#words = tables.words;
    this.#head = tables.words.slice(0, HEAD_FIELDS);
    this.#kernel = createSingleKernel(tables);
  }

  /** The kernel for the tables as they are now. */
  kernel(): SingleKernel {
    this.#tables.refresh();
    const { words } = this.#tables;
    if (words !== this.#words || !this.#head.every((word, at) => word === words[at])) {
      this.#words = words;
      this.#head = words.slice(0, HEAD_FIELDS);
      this.#kernel = createSingleKernel(this.#tables);
    }
    return this.#kernel;
  }
}
