import { addToIp, compareIps, formatIp } from '@podpath/net';
import type { AddressRange } from '@podpath/policy';

interface RangeWithText {
  readonly range: AddressRange;
  readonly text: string;
}

/** The ranges that have a text, in order, those that touch and have the same joined into one. */
export const joinRanges = (ranges: readonly RangeWithText[]): readonly RangeWithText[] => {
  const joined: RangeWithText[] = [];
  for (const next of ranges.toSorted((a, b) => compareIps(a.range.first, b.range.first))) {
    if (next.text === '') continue;
    const previous = joined.at(-1);
    if (previous?.text === next.text && touches(previous.range, next.range)) {
      const range = { first: previous.range.first, last: next.range.last };
      joined.splice(-1, 1, { range, text: next.text });
    } else {
      joined.push(next);
    }
  }
  return joined;
};

const touches = (a: AddressRange, b: AddressRange): boolean =>
  typeof a.last === typeof b.first && a.last < b.first && addToIp(a.last, 1) === b.first;

export const rangeText = ({ first, last }: AddressRange): string =>
  `${formatIp(first)}-${formatIp(last)}[External]`;
