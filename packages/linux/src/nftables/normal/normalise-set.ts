import { valueFault } from '../check/check-value.ts';
import type { NftDatatype } from '../model/datatype.ts';
import { type NftLookupKey, operandDatatype, operandsOf } from '../model/operand.ts';
import { isConcatenation, type NftKey, type NftScalar, placesOf } from '../model/value.ts';
import { compareWords } from '../sets/compare-words.ts';
import { type DeviceNumbers, encodeKey, isSingle } from '../sets/encode-key.ts';
import { compareListed } from './listing-order.ts';
import { normaliseKey } from './normalise-key.ts';

/** Elements of a set in a rule: sorted, what is there twice once, and ranges that touch as one. */
export const normaliseElements = (
  key: NftLookupKey,
  elements: readonly NftKey[],
  devices: DeviceNumbers,
): readonly NftKey[] => {
  const types = operandsOf(key).map(operandDatatype);
  const keys = elements.map((element) => normaliseKey(types, element, devices));
  if (keys.some((element) => isFaulty(types, element))) return keys;
  const sorted = sortKeys(types, keys, devices, (element) => element).filter(
    (element, index, all) => index === 0 || !isSameKey(element, all[index - 1]),
  );
  const [type, ...others] = types;
  if (type === undefined || others.length > 0 || sorted.every(isSingleKey)) return sorted;
  return merge(type, sorted, devices);
};

/** Entries of a map in a rule, sorted. */
export const normaliseEntries = <Data>(
  key: NftLookupKey,
  entries: readonly { readonly key: NftKey; readonly data: Data }[],
  devices: DeviceNumbers,
): readonly { readonly key: NftKey; readonly data: Data }[] => {
  const types = operandsOf(key).map(operandDatatype);
  const keyed = entries.map(({ key: each, data }) => ({
    key: normaliseKey(types, each, devices),
    data,
  }));
  if (keyed.some((entry) => isFaulty(types, entry.key))) return keyed;
  return sortKeys(types, keyed, devices, (entry) => entry.key);
};

/** What is no key of these types stays as it is, for the check to refuse. */
const isFaulty = (types: readonly NftDatatype[], key: NftKey): boolean => {
  const places = isConcatenation(key) ? key : [key];
  return (
    places.length !== types.length ||
    places.some((place, index) => valueFault(types[index] ?? 'integer32', place) !== undefined)
  );
};

const isSingleKey = (key: NftKey): boolean => !isConcatenation(key) && isSingle(key);

/** In the order in which nft lists them. */
const sortKeys = <Item>(
  types: readonly NftDatatype[],
  items: readonly Item[],
  devices: DeviceNumbers,
  keyOf: (item: Item) => NftKey,
): readonly Item[] => {
  const intervals = items.some((item) => !isEveryPlaceSingle(keyOf(item)));
  // Ranges side by side come back in the order in which they were given.
  if (intervals && types.length > 1) return items;
  const encoded = items.map((item) => ({ item, ...encodeKey(types, keyOf(item), devices) }));
  encoded.sort((a, b) =>
    intervals
      ? compareWords(a.first, 0, b.first, 0, a.first.length)
      : compareListed(types, a.first, b.first),
  );
  return encoded.map(({ item }) => item);
};

const isEveryPlaceSingle = (key: NftKey): boolean =>
  isConcatenation(key) ? key.every(isSingle) : isSingle(key);

const isSameKey = (a: NftKey, b: NftKey | undefined): boolean =>
  b !== undefined && describe(a) === describe(b);

const describe = (key: NftKey): string =>
  placesOf(key)
    .map((place) =>
      typeof place === 'object' ? Object.values(place).map(String).join('/') : String(place),
    )
    .join(' ');

/** Ranges that overlap or touch are one (auto-merge, which sets in rules always have). */
const merge = (
  type: NftDatatype,
  sorted: readonly NftKey[],
  devices: DeviceNumbers,
): readonly NftKey[] => {
  if (type === 'ifname') return sorted;
  const merged: { first: bigint; last: bigint }[] = [];
  for (const key of sorted) {
    const range = rangeOf(type, key, devices);
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1n) {
      if (range.last > before.last) before.last = range.last;
    } else {
      merged.push(range);
    }
  }
  const scalar = (value: bigint): NftScalar => (type === 'ipv6_addr' ? value : Number(value));
  return merged.map(({ first, last }) =>
    normaliseKey([type], { first: scalar(first), last: scalar(last) }, devices),
  );
};

const rangeOf = (
  type: NftDatatype,
  key: NftKey,
  devices: DeviceNumbers,
): { first: bigint; last: bigint } => {
  const { first, last } = encodeKey([type], key, devices);
  return { first: toBigInt(first), last: toBigInt(last) };
};

const toBigInt = (words: Uint32Array): bigint =>
  words.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
