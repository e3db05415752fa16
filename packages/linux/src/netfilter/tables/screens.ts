import type { AddressFilter, FilterMemory } from '../ipset/address-filter.ts';
import { Word } from '../packet-view.ts';
import type { Comparison } from './comparison.ts';
import { bitsOf, type SetQuestion } from './screen.ts';

/** Fewer rules than this are tried as they are. */
export const LEAST_RULES = 8;
/** Word, mask and value of a comparison; word, mask and place of a filter; and one to make it a power of two. */
const STRIDE = 4;
const LOG_STRIDE = 2;
/** A comparison of more bits than these holds back more than a filter does. */
const BITS_BEFORE_FILTER = 24;

/** What can be known of a rule without trying it. */
export interface Screened {
  readonly screen: Comparison | undefined;
  readonly questions: readonly SetQuestion[];
}

/**
 * The screens of a chain's rules, one behind the other, so that a packet goes past the many rules that do not fit at the
 * pace of memory. What gets through one has still to pass the rule's matches.
 */
export class Screens {
  readonly #tests: Int32Array;
  readonly #filters: FilterMemory;
  readonly #generation: number;
  /** Whether the hashes of addresses have to be there. */
  readonly askFilters: boolean = false;

  private constructor(rules: readonly Screened[], filters: FilterMemory) {
    this.#tests = new Int32Array(rules.length * STRIDE);
    this.#filters = filters;
    for (const [index, { screen, questions }] of rules.entries()) {
      const at = index * STRIDE;
      const isSharp = screen !== undefined && bitsOf(screen.mask) > BITS_BEFORE_FILTER;
      const filter = isSharp ? undefined : sharpest(questions, filters);
      if (filter !== undefined) {
        const word = filter.ofSource ? Word.SOURCE_HASH : Word.DESTINATION_HASH;
        this.#tests.set([word, filter.mask, filter.place], at);
        this.askFilters = true;
      } else if (screen !== undefined) {
        this.#tests.set([screen.word, screen.mask, screen.value], at);
      }
      // Without one everything passes: nothing of word 0 is nothing.
    }
    // Making filters may have moved others.
    this.#generation = filters.generation;
  }

  /** `undefined` where they would not be worth their memory: the chain is short, or nothing would be held back. */
  static of(rules: readonly Screened[], filters: FilterMemory): Screens | undefined {
    if (rules.length < LEAST_RULES) return undefined;
    if (rules.every(({ screen, questions }) => screen === undefined && questions.length === 0)) {
      return undefined;
    }
    return new Screens(rules, filters);
  }

  /** Whether the filters are still where they were. */
  get isCurrent(): boolean {
    return this.#generation === this.#filters.generation;
  }

  /** The first rule from `index` on whose screen lets the packet through; the number of rules when none does. */
  next(words: Int32Array, index: number): number {
    return this.askFilters ? this.#nextOfBoth(words, index) : this.#nextByWord(words, index);
  }

  #nextByWord(words: Int32Array, index: number): number {
    const tests = this.#tests;
    const end = tests.length;
    let at = index << LOG_STRIDE;
    while (
      at < end &&
      ((words[tests[at] ?? 0] ?? 0) & (tests[at + 1] ?? 0)) !== (tests[at + 2] ?? 0)
    ) {
      at += STRIDE;
    }
    return at >> LOG_STRIDE;
  }

  #nextOfBoth(words: Int32Array, index: number): number {
    const tests = this.#tests;
    const filters = this.#filters.words;
    const end = tests.length;
    let at = index << LOG_STRIDE;
    for (; at < end; at += STRIDE) {
      const word = tests[at] ?? 0;
      const masked = (words[word] ?? 0) & (tests[at + 1] ?? 0);
      const value = tests[at + 2] ?? 0;
      if (word < Word.SOURCE_HASH) {
        if (masked === value) break;
      } else {
        const bits = words[word + 1] ?? 0;
        if (((filters[value + masked] ?? 0) & bits) === bits) break;
      }
    }
    return at >> LOG_STRIDE;
  }
}

interface Place {
  readonly ofSource: boolean;
  readonly place: number;
  readonly mask: number;
}

/** The filter of the smallest of the sets that are asked before any that keeps count. */
function sharpest(questions: readonly SetQuestion[], memory: FilterMemory): Place | undefined {
  let best: { readonly filter: AddressFilter; readonly ofSource: boolean } | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const { slot, ofSource } of questions) {
    const filter = slot.set.filterIn?.(memory);
    if (filter === undefined) break;
    if (slot.set.size >= least) continue;
    best = { filter, ofSource };
    least = slot.set.size;
  }
  return best && { ofSource: best.ofSource, place: best.filter.place, mask: best.filter.mask };
}
