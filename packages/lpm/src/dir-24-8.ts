import { NONE } from './no-match.ts';

/** Values are cells, less the bit that tells them from blocks. */
export const MOST_DIR_24_8_VALUE = 0x7ffe;
/** Blocks of 256 addresses that can have prefixes longer than 24 bits. */
const MOST_BLOCKS = 0x7fff;

const CELLS = 1 << 24;
const BLOCK = 256;
const IS_BLOCK = 0x8000;
/** In a cell and in a block: no prefix covers it. */
const EMPTY = 0xffff;
const FIRST_BLOCKS = 64;

/**
 * One cell of 16 bits for each of the 2^24 networks of 256 addresses: a value, or which block of 256 cells has the values
 * (Gupta, Lin, McKeown, "Routing lookups in hardware at memory access speeds"). A look-up is one load, or two. Beside the
 * cells stands how long the prefix is that each is of, so that an update touches no cell of a longer one. 48 MiB, whatever
 * the number of prefixes, and 768 bytes a block.
 *
 * It knows no prefixes: whoever keeps them says, when one goes, which one covers it now.
 */
export class Dir248 {
  readonly #cells: Uint16Array;
  /** One more than the length of the cell's prefix of at most 24 bits; 0 where there is none. */
  readonly #depths: Uint8Array;
  #blocks = new Uint16Array(FIRST_BLOCKS * BLOCK);
  #blockDepths = new Uint8Array(FIRST_BLOCKS * BLOCK);
  /** How many prefixes longer than 24 bits each block has. */
  #held = new Uint16Array(FIRST_BLOCKS);
  #blockCount = 0;
  readonly #freeBlocks: number[] = [];

  constructor(of?: Dir248) {
    this.#cells = of === undefined ? new Uint16Array(CELLS).fill(EMPTY) : of.#cells.slice();
    this.#depths = of === undefined ? new Uint8Array(CELLS) : of.#depths.slice();
    if (of === undefined) return;
    this.#blocks = of.#blocks.slice();
    this.#blockDepths = of.#blockDepths.slice();
    this.#held = of.#held.slice();
    this.#blockCount = of.#blockCount;
    this.#freeBlocks.push(...of.#freeBlocks);
  }

  clone(): Dir248 {
    return new Dir248(this);
  }

  get memoryBytes(): number {
    return (
      this.#cells.byteLength +
      this.#depths.byteLength +
      this.#blocks.byteLength +
      this.#blockDepths.byteLength +
      this.#held.byteLength
    );
  }

  /** Whether a prefix with this value can be taken in: not where it would need one block more than there can be. */
  hasRoomFor(address: number, length: number, value: number): boolean {
    if (value > MOST_DIR_24_8_VALUE) return false;
    if (length <= 24 || isBlock(this.#cells[address >>> 8] ?? EMPTY)) return true;
    return this.#freeBlocks.length > 0 || this.#blockCount < MOST_BLOCKS;
  }

  /** Adds a prefix (`isNew`), or gives one that is there another value. */
  insert(address: number, length: number, value: number, isNew: boolean): void {
    const depth = length + 1;
    if (length <= 24) {
      this.#write(address, length, 0, depth, value, depth);
      return;
    }
    const block = this.#blockAt(address >>> 8);
    if (isNew) this.#held[block] = (this.#held[block] ?? 0) + 1;
    const first = block * BLOCK + (address & 0xff);
    this.#writeBlock(first, first + 2 ** (32 - length), 0, depth, value, depth);
  }

  /** Takes a prefix away. What it covered is covered by a shorter one from now on, or by none: value NONE, length -1. */
  delete(address: number, length: number, coverLength: number, coverValue: number): void {
    const depth = length + 1;
    const cover = coverValue === NONE ? EMPTY : coverValue;
    if (length <= 24) {
      this.#write(address, length, depth, depth, cover, coverLength + 1);
      return;
    }
    const at = address >>> 8;
    const block = (this.#cells[at] ?? EMPTY) & ~IS_BLOCK;
    const first = block * BLOCK + (address & 0xff);
    this.#writeBlock(first, first + 2 ** (32 - length), depth, depth, cover, coverLength + 1);
    const held = (this.#held[block] ?? 0) - 1;
    this.#held[block] = held;
    if (held > 0) return;
    this.#cells[at] = this.#blocks[block * BLOCK] ?? EMPTY;
    this.#freeBlocks.push(block);
  }

  /** The value of the longest prefix that covers the address, or NONE. */
  lookup(address: number): number {
    const cell = this.#cells[address >>> 8] ?? EMPTY;
    return cell < IS_BLOCK ? cell : this.#resolve(cell, address);
  }

  /** Four at a time, as their loads do not wait for each other, and one test tells whether any of them needs a second. */
  lookupBatch(addresses: Uint32Array, out: Uint32Array): void {
    const cells = this.#cells;
    const count = addresses.length;
    const whole = count & ~3;
    for (let at = 0; at < whole; at += 4) {
      const a = addresses[at] ?? 0;
      const b = addresses[at + 1] ?? 0;
      const c = addresses[at + 2] ?? 0;
      const d = addresses[at + 3] ?? 0;
      const cellA = cells[a >>> 8] ?? 0;
      const cellB = cells[b >>> 8] ?? 0;
      const cellC = cells[c >>> 8] ?? 0;
      const cellD = cells[d >>> 8] ?? 0;
      if (((cellA | cellB | cellC | cellD) & IS_BLOCK) === 0) {
        out[at] = cellA;
        out[at + 1] = cellB;
        out[at + 2] = cellC;
        out[at + 3] = cellD;
      } else {
        out[at] = this.#resolve(cellA, a);
        out[at + 1] = this.#resolve(cellB, b);
        out[at + 2] = this.#resolve(cellC, c);
        out[at + 3] = this.#resolve(cellD, d);
      }
    }
    for (let at = whole; at < count; at++) out[at] = this.lookup(addresses[at] ?? 0);
  }

  #resolve(cell: number, address: number): number {
    if (cell < IS_BLOCK) return cell;
    if (cell === EMPTY) return NONE;
    const value = this.#blocks[((cell & ~IS_BLOCK) << 8) | (address & 0xff)] ?? EMPTY;
    return value === EMPTY ? NONE : value;
  }

  /** Gives the cells of a prefix of at most 24 bits, as far as their depth is between two, a value and a depth. */
  #write(
    address: number,
    length: number,
    shallowest: number,
    deepest: number,
    value: number,
    depth: number,
  ): void {
    const cells = this.#cells;
    const depths = this.#depths;
    const first = address >>> 8;
    const end = first + 2 ** (24 - length);
    for (let at = first; at < end; at++) {
      const now = depths[at] ?? 0;
      if (now < shallowest || now > deepest) continue;
      depths[at] = depth;
      const cell = cells[at] ?? EMPTY;
      if (!isBlock(cell)) {
        cells[at] = value;
        continue;
      }
      const block = (cell & ~IS_BLOCK) * BLOCK;
      this.#writeBlock(block, block + BLOCK, shallowest, deepest, value, depth);
    }
  }

  #writeBlock(
    first: number,
    end: number,
    shallowest: number,
    deepest: number,
    value: number,
    depth: number,
  ): void {
    const blocks = this.#blocks;
    const depths = this.#blockDepths;
    for (let at = first; at < end; at++) {
      const now = depths[at] ?? 0;
      if (now < shallowest || now > deepest) continue;
      depths[at] = depth;
      blocks[at] = value;
    }
  }

  /** The block of a cell, which gets one if it has none. */
  #blockAt(at: number): number {
    const cell = this.#cells[at] ?? EMPTY;
    if (isBlock(cell)) return cell & ~IS_BLOCK;
    const block = this.#freeBlocks.pop() ?? this.#newBlock();
    const first = block * BLOCK;
    this.#blocks.fill(cell, first, first + BLOCK);
    this.#blockDepths.fill(this.#depths[at] ?? 0, first, first + BLOCK);
    this.#held[block] = 0;
    this.#cells[at] = IS_BLOCK | block;
    return block;
  }

  #newBlock(): number {
    const block = this.#blockCount++;
    if (block < this.#held.length) return block;
    const room = Math.min(this.#held.length * 2, MOST_BLOCKS);
    const [blocks, depths, held] = [this.#blocks, this.#blockDepths, this.#held];
    this.#blocks = new Uint16Array(room * BLOCK);
    this.#blocks.set(blocks);
    this.#blockDepths = new Uint8Array(room * BLOCK);
    this.#blockDepths.set(depths);
    this.#held = new Uint16Array(room);
    this.#held.set(held);
    return block;
  }
}

const isBlock = (cell: number): boolean => cell >= IS_BLOCK && cell !== EMPTY;
