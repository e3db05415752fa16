import { datatypeInfo, type NftDatatype } from '../model/datatype.ts';
import {
  isConcatenation,
  isPrefix,
  isRange,
  type NftKey,
  type NftRange,
  type NftScalar,
  type NftValue,
} from '../model/value.ts';

import type { DeviceNumbers } from '../sets/encode-key.ts';

/** A key of a set as the kernel gives it back: a range that is a prefix is one. */
export const normaliseKey = (
  types: readonly NftDatatype[],
  key: NftKey,
  devices: DeviceNumbers,
): NftKey => {
  if (!isConcatenation(key)) return normaliseElement(types[0] ?? 'integer32', key, devices);
  const places = key.map((value, index) =>
    normaliseElement(types[index] ?? 'integer32', value, devices),
  );
  const [only, ...others] = places;
  return only !== undefined && others.length === 0 ? only : places;
};

const normaliseElement = (type: NftDatatype, value: NftValue, devices: DeviceNumbers): NftValue => {
  if (!isRange(value)) return normaliseValue(type, value, devices);
  if (value.first === value.last) return value.first;
  return prefixOfRange(type, value) ?? value;
};

/**
 * A value that a field is compared with: host bits of a prefix mean nothing, and devices are known by
 * number once a rule is in the kernel.
 */
export const normaliseValue = (
  type: NftDatatype,
  value: NftValue,
  devices: DeviceNumbers,
): NftValue => {
  if (type === 'iface_index' && typeof value === 'string') return devices(value) || value;
  if (!isPrefix(value)) return value;
  const { address, length } = value;
  const { bits } = datatypeInfo(type);
  if (length === bits) return address;
  const host = BigInt(Math.max(0, bits - length));
  const network = (BigInt(address) >> host) << host;
  return { address: typeof address === 'bigint' ? network : Number(network), length };
};

const prefixOfRange = (type: NftDatatype, { first, last }: NftRange): NftValue | undefined => {
  const { bits, hasPrefixes } = datatypeInfo(type);
  if (hasPrefixes !== true || !isNumeric(first) || !isNumeric(last)) return undefined;
  const different = BigInt(first) ^ BigInt(last);
  const isBlock = (different & (different + 1n)) === 0n && (BigInt(first) & different) === 0n;
  if (!isBlock || first > last) return undefined;
  return { address: first, length: bits - bitLength(different) };
};

const isNumeric = (scalar: NftScalar): scalar is number | bigint => typeof scalar !== 'string';

export const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);
