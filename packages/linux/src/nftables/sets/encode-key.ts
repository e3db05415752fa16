import { ipv6Words, lastAddress } from '@podpath/net';
import { datatypeInfo, type NftDatatype, wordsOf } from '../model/datatype.ts';
import {
  isPrefix,
  isRange,
  type NftKey,
  type NftScalar,
  type NftValue,
  placesOf,
} from '../model/value.ts';

/** Bytes of a device name, the last of them zero. */
const NAME_BYTES = 16;

/** A key as the words that packets are looked up by: of its first and its last value, place by place. */
export interface EncodedKey {
  readonly first: Uint32Array;
  /** The same array when the key is one value. */
  readonly last: Uint32Array;
}

/** The number of the device of that name, or 0. */
export type DeviceNumbers = (name: string) => number;

export const keyWords = (types: readonly NftDatatype[]): number =>
  types.reduce((sum, type) => sum + wordsOf(type), 0);

/** Takes a key that has been checked against its types. Numbers compare as their words do. */
export const encodeKey = (
  types: readonly NftDatatype[],
  key: NftKey,
  devices: DeviceNumbers,
): EncodedKey => {
  const first = new Uint32Array(keyWords(types));
  const places = placesOf(key);
  if (places.every(isSingle)) {
    encodeEnds(types, places, devices, first, undefined);
    return { first, last: first };
  }
  const last = new Uint32Array(first.length);
  encodeEnds(types, places, devices, first, last);
  return { first, last };
};

/** Whether it stands for one value only. */
export const isSingle = (value: NftValue): boolean =>
  typeof value !== 'object' && !isWildcard(value);

export const isWildcard = (value: NftValue): value is string =>
  typeof value === 'string' && value.endsWith('*');

const encodeEnds = (
  types: readonly NftDatatype[],
  places: readonly NftValue[],
  devices: DeviceNumbers,
  first: Uint32Array,
  last: Uint32Array | undefined,
): void => {
  let at = 0;
  for (const [index, type] of types.entries()) {
    const place = places[index] ?? 0;
    writeScalar(first, at, type, firstOf(type, place), devices, 0);
    if (last !== undefined) {
      writeScalar(last, at, type, lastOf(type, place), devices, isWildcard(place) ? 0xff : 0);
    }
    at += wordsOf(type);
  }
};

const firstOf = (type: NftDatatype, value: NftValue): NftScalar => {
  if (isRange(value)) return value.first;
  return isPrefix(value) ? value.address : withoutStar(type, value);
};

const lastOf = (type: NftDatatype, value: NftValue): NftScalar => {
  if (isRange(value)) return value.last;
  return isPrefix(value) ? lastAddress(value) : withoutStar(type, value);
};

const withoutStar = (type: NftDatatype, value: NftScalar): NftScalar =>
  type === 'ifname' && isWildcard(value) ? value.slice(0, -1) : value;

/** `fill` is what follows a name that has been cut off at its star. */
const writeScalar = (
  into: Uint32Array,
  at: number,
  type: NftDatatype,
  value: NftScalar,
  devices: DeviceNumbers,
  fill: number,
): void => {
  if (type === 'ifname') {
    writeName(into, at, String(value), fill);
  } else if (typeof value === 'bigint') {
    into.set(ipv6Words(value), at);
  } else {
    const number = typeof value === 'string' ? devices(value) : value;
    if (datatypeInfo(type).bits > 32) {
      into[at] = Math.floor(number / 0x1_0000_0000);
      into[at + 1] = number >>> 0;
    } else {
      into[at] = number;
    }
  }
};

/** A device name as four words, its first character the most significant byte. Allocates nothing. */
export const writeName = (into: Uint32Array, at: number, name: string, fill = 0): void => {
  for (let word = 0; word < NAME_BYTES / 4; word++) {
    let bits = 0;
    for (let byte = 4 * word; byte < 4 * word + 4; byte++) {
      bits = (bits << 8) | (byte < name.length ? name.charCodeAt(byte) & 0xff : fill);
    }
    into[at + word] = bits;
  }
};
