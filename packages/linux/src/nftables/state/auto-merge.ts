import type { NftDatatype } from '../model/datatype.ts';
import type { NftElement } from '../model/ruleset.ts';
import type { NftScalar } from '../model/value.ts';
import { normaliseKey } from '../normal/normalise-key.ts';
import { compareWords } from '../sets/compare-words.ts';
import { decodeKey } from '../sets/decode-key.ts';
import { type DeviceNumbers, encodeKey } from '../sets/encode-key.ts';
import type { NftSet } from '../sets/nft-set.ts';
import type { SetElement } from '../sets/set-element.ts';

interface Span {
  first: Uint32Array;
  last: Uint32Array;
  readonly element: NftElement;
}

/**
 * What is to be added to a set that merges intervals, in place of the elements given and of those of the set that they
 * overlap or touch, which `remove` is told of (nft's src/intervals.c). What lies within an element that is there changes
 * nothing; else one of the new elements lends what it has beside its interval, the lowest of them.
 */
export const autoMerged = <Data>(
  elements: readonly NftElement[],
  set: NftSet<Data>,
  devices: DeviceNumbers,
  remove: (element: SetElement<Data>) => void,
): readonly NftElement[] => {
  const spans = elements
    .map((element): Span => ({ ...encodeKey(set.key, element.key, devices), element }))
    .filter((span) => !isWithin(span, set.conflict(span)))
    .sort((a, b) => compare(a.first, b.first));
  const merged: Span[] = [];
  for (const span of spans) {
    const before = merged.at(-1);
    if (before !== undefined && compare(span.first, next(before.last)) <= 0) extend(before, span);
    else merged.push(span);
    const current = merged.at(-1) ?? span;
    for (;;) {
      const there = set.conflict({ first: previous(current.first), last: next(current.last) });
      if (there === undefined) break;
      remove(there);
      extend(current, there);
    }
  }
  return merged.map(({ first, last, element }) => ({
    ...element,
    key: normaliseKey(
      set.key,
      { first: scalar(set.key, first), last: scalar(set.key, last) },
      devices,
    ),
  }));
};

const compare = (a: Uint32Array, b: Uint32Array): number => compareWords(a, 0, b, 0, a.length);

const isWithin = (span: Span, there: Pick<Span, 'first' | 'last'> | undefined): boolean =>
  there !== undefined &&
  compare(there.first, span.first) <= 0 &&
  compare(span.last, there.last) <= 0;

const extend = (span: Span, by: Pick<Span, 'first' | 'last'>): void => {
  if (compare(by.first, span.first) < 0) span.first = by.first;
  if (compare(by.last, span.last) > 0) span.last = by.last;
};

/** The value after, and the one before; of the last and of the first, itself. */
const next = (words: Uint32Array): Uint32Array => stepped(words, 1, 0xffff_ffff);
const previous = (words: Uint32Array): Uint32Array => stepped(words, -1, 0);

const stepped = (words: Uint32Array, step: 1 | -1, end: number): Uint32Array => {
  const result = words.slice();
  for (let at = words.length - 1; at >= 0; at--) {
    result[at] = (words[at] ?? 0) + step;
    if (words[at] !== end) return result;
  }
  return words;
};

const scalar = (types: readonly NftDatatype[], words: Uint32Array): NftScalar => {
  const value = decodeKey(types, words);
  return typeof value === 'object' ? 0 : value;
};
