import { createMemory, PAGE_BYTES, type SharedMemory } from './web-assembly.ts';

/**
 * Where the tables lie that the kernels read, all in one shared memory. The first words of it are the head;
 * positions are in 32-bit words unless it says otherwise.
 *
 * - an end, 1 word: its identity, with the sign bit where its flags say more than where it is
 * - the flags of an end, 1 word
 * - an identity, 8 words: for egress, then for ingress, the row: where its cells begin (in cells, times 32) and the shift of
 *   the hash, the sets of traffic for pods and for others that have no cell of their own, and a word to spare
 * - a cell, 2 words: the other identity (0: no cell), with the sign bit where another that belongs here may be in the next
 *   cell; the set of traffic
 * - a protocol, 1 word: where its classes of traffic begin, with the sign bit where ports are to be added
 * - the class of each protocol and port, 16 bits each
 * - for each class, one bit for each set of traffic
 *
 * Most look-ups end at the first cell, whatever they find, so that a processor seldom guesses wrong.
 */
export const HEAD = {
  ends: 0,
  flags: 1,
  /** Numbers of ends have no other bits. */
  endMask: 2,
  identities: 3,
  protocols: 4,
  /** In units of 16 bits. */
  classes: 5,
  sets: 6,
  /** Words of the bits of one class. */
  setWords: 7,
  /** Where the next allocation goes; workers take their room for batches from it too. */
  next: 8,
} as const;

/** Words of the head that say where tables are. */
export const HEAD_FIELDS = HEAD.next;

export const IDENTITY_WORDS = 8;
export const CELL_WORDS = 2;

/** Of words that are mostly a number: the sign bit. */
export const SIGN = 0x8000_0000 | 0;
export const NUMBER = 0x7fff_ffff;

/** What identities are multiplied by for their place in a row. Spreads numbers in steps of any width; of MurmurHash3. */
export const SPREAD = 0x85eb_ca6b | 0;

/** Where a row without cells is. */
export const NO_CELLS = { start: 16, shift: 31 } as const;

/** Of an end. Below them: its node's number, 0 outside. Ends that have none of them are pods of the pod network. */
export const FLAG = {
  node: SIGN,
  /** No pod of the pod network. */
  other: 0x4000_0000,
  /** Host endpoints have a say, which the tables do not know. */
  ask: 0x2000_0000,
  gone: 0x1000_0000,
} as const;
export const LOCATION = 0x0fff_ffff;

const HEAD_WORDS = NO_CELLS.start + 2 * CELL_WORDS;
const FIRST_PAGES = 4;
/** A GiB; none of it is taken before it is needed. */
export const MOST_PAGES = 16_384;

/** The memory as kernels see it. */
export interface Views {
  readonly words: Int32Array;
  readonly halves: Uint16Array;
  readonly bytes: Uint8Array;
}

/** The memory, its views, and what is free in it. */
export class Tables implements Views {
  readonly memory: SharedMemory;
  words: Int32Array;
  halves: Uint16Array;
  bytes: Uint8Array;
  readonly #free = new Map<number, number[]>();

  constructor(memory?: SharedMemory) {
    this.memory = memory ?? createMemory(FIRST_PAGES, MOST_PAGES);
    this.words = new Int32Array(this.memory.buffer);
    this.halves = new Uint16Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    if (memory === undefined) this.words[HEAD.next] = HEAD_WORDS;
  }

  /** Bytes in use. */
  get size(): number {
    return 4 * (this.words[HEAD.next] ?? 0);
  }

  head(field: keyof typeof HEAD): number {
    return this.words[HEAD[field]] ?? 0;
  }

  setHead(field: keyof typeof HEAD, value: number): void {
    this.words[HEAD[field]] = value;
  }

  /** Zeroed words at an even position. */
  allocate(count: number): number {
    const size = count + (count & 1);
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) {
      this.words.fill(0, reused, reused + size);
      return reused;
    }
    const start = Atomics.add(this.words, HEAD.next, size);
    const missing = 4 * (start + size) - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.refresh();
    return start;
  }

  /** Gives back what `allocate` gave. */
  release(start: number, count: number): void {
    const size = count + (count & 1);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [start]);
    else list.push(start);
  }

  /** Looks at the memory again where it has grown. */
  refresh(): void {
    if (this.words.byteLength === this.memory.buffer.byteLength) return;
    this.words = new Int32Array(this.memory.buffer);
    this.halves = new Uint16Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
  }
}

/** Records of one size in a row that may grow: where its first is stands in the head. */
export class RecordTable {
  readonly #tables: Tables;
  readonly #head: 'ends' | 'flags' | 'identities';
  readonly #words: number;
  /** What is in records that nobody has written. */
  readonly #empty: number;
  /** For how many there is room: a power of two. */
  room = 0;

  constructor(tables: Tables, head: 'ends' | 'flags' | 'identities', words: number, empty = 0) {
    this.#tables = tables;
    this.#head = head;
    this.#words = words;
    this.#empty = empty;
  }

  /** Makes room for this many. */
  reserve(count: number): void {
    if (count <= this.room) return;
    const before = this.#tables.head(this.#head);
    const size = this.room * this.#words;
    this.room = 2 ** Math.ceil(Math.log2(Math.max(count, 16)));
    const start = this.#tables.allocate(this.room * this.#words);
    const { words } = this.#tables;
    words.copyWithin(start, before, before + size);
    words.fill(this.#empty, start + size, start + this.room * this.#words);
    this.#tables.setHead(this.#head, start);
    if (size > 0) this.#tables.release(before, size);
  }

  set(index: number, word: number, value: number): void {
    const { words } = this.#tables;
    words[this.#tables.head(this.#head) + index * this.#words + word] = value;
  }
}
