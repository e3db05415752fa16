import type { Prefix } from '@podpath/net';

/**
 * One value of a datatype: a number; for `ipv6_addr` a bigint; for `ifname` the name, in which a `*`
 * at the end stands for any ending; for `iface_index` the device's name or its number.
 */
export type NftScalar = number | bigint | string;

/** From the first to the last, both included. */
export interface NftRange {
  readonly first: NftScalar;
  readonly last: NftScalar;
}

/** What a field is compared with, or one place of a set's key. Prefixes are those of addresses. */
export type NftValue = NftScalar | Prefix | NftRange;

/** The key of a set element: one value, or as many as the set's key has places. */
export type NftKey = NftValue | readonly NftValue[];

/** What a counter has counted, or starts to count from. */
export interface NftCounts {
  readonly packets: number;
  readonly bytes: number;
}

/** The values of a key by place. */
export const placesOf = (key: NftKey): readonly NftValue[] => (isConcatenation(key) ? key : [key]);

export const isConcatenation = <T>(key: T | readonly T[]): key is readonly T[] =>
  Array.isArray(key);

export const isPrefix = (value: NftValue): value is Prefix =>
  typeof value === 'object' && 'length' in value;

export const isRange = (value: NftValue): value is NftRange =>
  typeof value === 'object' && 'first' in value;
