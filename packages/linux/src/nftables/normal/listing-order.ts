import { datatypeInfo, type NftDatatype, wordsOf } from '../model/datatype.ts';

/** Types whose values lie in keys with their last byte first, as on the machine. */
const HOST_ORDER: ReadonlySet<NftDatatype> = new Set([
  'mark',
  'iface_index',
  'ct_state',
  'ct_status',
  'fib_addrtype',
  'integer32',
]);

/**
 * The order in which nft lists elements of a set without ranges. Single values go by their number, device names by
 * the number that their bytes are with the last one first; so do keys of several places, taken as one
 * string of bytes (expr_msort_value and concat_expr_msort_value in nft's src/mergesort.c).
 */
export const compareListed = (
  types: readonly NftDatatype[],
  a: Uint32Array,
  b: Uint32Array,
): number => {
  const [type, ...others] = types;
  if (type !== undefined && others.length === 0 && type !== 'ifname') {
    return datatypeInfo(type).isBitmask === true ? compareBits(a, b) : compareNumbers(a, b);
  }
  const left = bytesOf(types, a);
  const right = bytesOf(types, b);
  for (let i = left.length - 1; i >= 0; i--) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

const compareNumbers = (a: Uint32Array, b: Uint32Array): number => {
  for (const [index, word] of a.entries()) {
    const other = b[index] ?? 0;
    if (word !== other) return word < other ? -1 : 1;
  }
  return 0;
};

/** Several bits go by the lowest. */
const compareBits = (a: Uint32Array, b: Uint32Array): number => {
  const left = a[0] ?? 0;
  const right = b[0] ?? 0;
  return (left & -left) - (right & -right) || right - left;
};

/** A key as nft has it in memory. */
const bytesOf = (types: readonly NftDatatype[], words: Uint32Array): readonly number[] => {
  const bytes: number[] = [];
  let at = 0;
  for (const type of types) {
    const count = wordsOf(type);
    const place: number[] = [];
    for (const word of words.subarray(at, at + count)) {
      place.push(word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff);
    }
    const used = place.slice(place.length - Math.ceil(datatypeInfo(type).bits / 8));
    bytes.push(...(HOST_ORDER.has(type) ? used.reverse() : used));
    at += count;
  }
  return bytes;
};
