import { addToIp, type Ipv4, type Ipv4Prefix, lastAddress, prefixOf } from '@podpath/net';

/** The addresses from `start` up to but not including `end`, which may be one beyond the last address. */
export interface AddressRange {
  readonly start: Ipv4;
  readonly end: number;
}

export const sizeOf = (range: AddressRange): number => range.end - range.start;

export const rangeOf = (prefix: Ipv4Prefix): AddressRange => ({
  start: prefix.address,
  end: lastAddress(prefix) + 1,
});

/** What may be handed out of a subnet: all but its first and its last address. Empty below /30. */
export const hostRange = (subnet: Ipv4Prefix): AddressRange =>
  subnet.length > 30
    ? { start: subnet.address, end: subnet.address }
    : { start: addToIp(subnet.address, 1), end: lastAddress(subnet) };

/** What two ranges have in common; `undefined` when nothing. */
export const overlapOf = (a: AddressRange, b: AddressRange): AddressRange | undefined => {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : undefined;
};

/** Joins ranges that touch. The ranges come sorted and do not overlap. */
export const mergeAdjacent = (ranges: Iterable<AddressRange>): AddressRange[] => {
  const merged: AddressRange[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last?.end === range.start)
      merged[merged.length - 1] = { start: last.start, end: range.end };
    else merged.push(range);
  }
  return merged;
};

/**
 * The biggest block in a range whose size is a power of two and whose start is a multiple of it; of two
 * of the same size the lower. `undefined` for an empty range (weave, net/address/address.go).
 */
export const biggestBlock = (range: AddressRange): AddressRange | undefined => {
  for (let size = 2 ** Math.floor(Math.log2(sizeOf(range))); size >= 1; size /= 2) {
    const start = Math.ceil(range.start / size) * size;
    if (start + size <= range.end) return { start, end: start + size };
  }
  return undefined;
};

/** The fewest prefixes that make up a range, lowest first. */
export const prefixesOf = (range: AddressRange): Ipv4Prefix[] => {
  const prefixes: Ipv4Prefix[] = [];
  for (let start: number = range.start; start < range.end; ) {
    let length = 32;
    while (length > 0) {
      const size = 2 ** (33 - length);
      if (start % size !== 0 || start + size > range.end) break;
      length--;
    }
    prefixes.push(prefixOf(start, length));
    start += 2 ** (32 - length);
  }
  return prefixes;
};
