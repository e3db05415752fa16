/**
 * Blocks of a few units of so many 32-bit words in one array, where what is given back is used again for blocks of its size.
 * Addresses are indices of words; 0 is none.
 */
export class Blocks {
  words: Int32Array;
  readonly #unit: number;
  /** By the number of units. */
  readonly #free: number[][] = [];
  #end: number;

  constructor(unit: number) {
    this.#unit = unit;
    this.#end = unit;
    this.words = new Int32Array(unit * 16);
  }

  clone(): Blocks {
    const copy = new Blocks(this.#unit);
    copy.words = this.words.slice();
    copy.#end = this.#end;
    copy.#free.push(...this.#free.map((list) => [...list]));
    return copy;
  }

  allocate(units: number): number {
    const known = this.#free[units]?.pop();
    if (known !== undefined) return known;
    const at = this.#end;
    this.#end += units * this.#unit;
    if (this.#end > this.words.length) {
      const room = new Int32Array(Math.max(this.words.length * 2, this.#end));
      room.set(this.words);
      this.words = room;
    }
    return at;
  }

  free(at: number, units: number): void {
    for (let size = this.#free.length; size <= units; size++) this.#free.push([]);
    this.#free[units]?.push(at);
  }

  /** A block with one unit more, at `index`, which is all zeros; the old one is given back. */
  insertUnit(at: number, units: number, index: number): number {
    const unit = this.#unit;
    const to = this.allocate(units + 1);
    const { words } = this;
    const split = index * unit;
    words.copyWithin(to, at, at + split);
    words.fill(0, to + split, to + split + unit);
    words.copyWithin(to + split + unit, at + split, at + units * unit);
    if (units > 0) this.free(at, units);
    return to;
  }

  /** A block without the unit at `index`, or 0 where that was the last; the old one is given back. */
  removeUnit(at: number, units: number, index: number): number {
    const unit = this.#unit;
    const split = index * unit;
    const to = units === 1 ? 0 : this.allocate(units - 1);
    if (units > 1) {
      const { words } = this;
      words.copyWithin(to, at, at + split);
      words.copyWithin(to + split, at + split + unit, at + units * unit);
    }
    this.free(at, units);
    return to;
  }
}
