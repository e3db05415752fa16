import type { Ipv4 } from '@podpath/net';
import { type AddressRange, overlapOf, sizeOf } from './address-range.ts';

/** A set of addresses, kept as sorted ranges that do not touch. Finding is logarithmic in their number. */
export class AddressSet {
  readonly #ranges: AddressRange[] = [];
  #size = 0;

  /** How many addresses it holds. */
  get size(): number {
    return this.#size;
  }

  ranges(): readonly AddressRange[] {
    return this.#ranges;
  }

  has(address: Ipv4): boolean {
    const range = this.#ranges[this.#firstEndingAfter(address)];
    return range !== undefined && range.start <= address;
  }

  /** The parts of the set inside a range, lowest first. */
  *within(range: AddressRange): IterableIterator<AddressRange> {
    for (let at = this.#firstEndingAfter(range.start); at < this.#ranges.length; at++) {
      const own = this.#ranges[at];
      const part = own === undefined ? undefined : overlapOf(own, range);
      if (part === undefined) return;
      yield part;
    }
  }

  countWithin(range: AddressRange): number {
    let count = 0;
    for (const part of this.within(range)) count += sizeOf(part);
    return count;
  }

  /** The lowest address of the set inside a range. */
  lowestWithin(range: AddressRange): Ipv4 | undefined {
    return this.within(range).next().value?.start;
  }

  /** Adds addresses; what was there stays. */
  add(range: AddressRange): void {
    if (sizeOf(range) <= 0) return;
    const from = this.#firstEndingAfter(range.start - 1);
    let { start, end } = range;
    let to = from;
    for (; to < this.#ranges.length; to++) {
      const own = this.#ranges[to];
      if (own === undefined || own.start > end) break;
      start = Math.min(start, own.start);
      end = Math.max(end, own.end);
    }
    this.#replace(from, to, [{ start, end }]);
  }

  /** Takes addresses away; what was not there is no error. */
  subtract(range: AddressRange): void {
    if (sizeOf(range) <= 0) return;
    const from = this.#firstEndingAfter(range.start);
    const left: AddressRange[] = [];
    let to = from;
    for (; to < this.#ranges.length; to++) {
      const own = this.#ranges[to];
      if (own === undefined || own.start >= range.end) break;
      if (own.start < range.start) left.push({ start: own.start, end: range.start });
      if (own.end > range.end) left.push({ start: range.end, end: own.end });
    }
    this.#replace(from, to, left);
  }

  #replace(from: number, to: number, by: readonly AddressRange[]): void {
    for (const gone of this.#ranges.splice(from, to - from, ...by)) this.#size -= sizeOf(gone);
    for (const come of by) this.#size += sizeOf(come);
  }

  /** Index of the first range that reaches beyond an address. */
  #firstEndingAfter(address: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.end ?? 0) > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
