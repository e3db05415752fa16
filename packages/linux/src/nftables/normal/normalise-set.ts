import { valueFault } from '../check/check-value.ts';
import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import { type NftLookupKey, operandDatatype, operandsOf } from '../model/operand.ts';
import {
  isConcatenation,
  isPrefix,
  type NftKey,
  type NftScalar,
  placesOf,
} from '../model/value.ts';
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
  const intervals = !elements.every((element) => isPlain(types, element));
  const sorted = sortKeys(types, distinct(keys), intervals, devices, (element) => element);
  const [type, ...others] = types;
  // One range makes all of them ranges, were it from a value to itself.
  if (type === undefined || others.length > 0 || !intervals) return sorted;
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
  const intervals = !entries.every((entry) => isPlain(types, entry.key));
  return sortKeys(types, keyed, intervals, devices, (entry) => entry.key);
};

/** What is no key of these types stays as it is, for the check to refuse. */
const isFaulty = (types: readonly NftDatatype[], key: NftKey): boolean => {
  const places = isConcatenation(key) ? key : [key];
  return (
    places.length !== types.length ||
    places.some((place, index) => valueFault(types[index] ?? 'integer32', place) !== undefined)
  );
};

/** In the order in which nft lists them. */
const sortKeys = <Item>(
  types: readonly NftDatatype[],
  items: readonly Item[],
  intervals: boolean,
  devices: DeviceNumbers,
  keyOf: (item: Item) => NftKey,
): readonly Item[] => {
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

/** Whether no place of a key is a range. */
const isPlain = (types: readonly NftDatatype[], key: NftKey): boolean =>
  placesOf(key).every(
    (place, index) =>
      isSingle(place) ||
      (isPrefix(place) && place.length === datatypeInfo(types[index] ?? 'integer32').bits),
  );

/** Each key once. */
const distinct = (keys: readonly NftKey[]): readonly NftKey[] => [
  ...new Map(keys.map((key) => [describe(key), key])).values(),
];

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
