import type { PacketView } from '../packet-view.ts';

/** Whether a packet passes one match. Allocates nothing. */
export type MatchFunction = (view: PacketView) => boolean;

/** `inverted` is the `!` before a match. */
export const inverted = (match: MatchFunction, invert: boolean | undefined): MatchFunction =>
  invert === true ? (view) => !match(view) : match;

/** All of them in order, stopping at the first that fails; `undefined` when there is nothing to test. */
export const allOf = (matches: readonly MatchFunction[]): MatchFunction | undefined => {
  const [first, second, third] = matches;
  if (first === undefined) return undefined;
  if (second === undefined) return first;
  if (third === undefined) return (view) => first(view) && second(view);
  if (matches.length === 3) return (view) => first(view) && second(view) && third(view);
  return (view) => {
    for (const match of matches) if (!match(view)) return false;
    return true;
  };
};
