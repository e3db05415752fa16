import { type Prefix, prefixCovers, prefixOf } from '@podpath/net';

/** The longest prefix that covers all of these, which are of one family and at least one. */
export const coverOf = (prefixes: readonly Prefix[]): Prefix => {
  const [first, ...rest] = prefixes;
  if (first === undefined) throw new RangeError('no prefixes to cover');
  return rest.reduce((cover, prefix) => {
    let length = Math.min(cover.length, prefix.length);
    while (!prefixCovers(prefixOf(cover.address, length), prefix)) length -= 1;
    return prefixOf(cover.address, length);
  }, first);
};

/** The prefix at this length, or itself if it is that short already. */
export const widen = (prefix: Prefix, length: number): Prefix =>
  prefix.length <= length ? prefix : prefixOf(prefix.address, length);
