import { createMemory, PAGE_BYTES, type SharedMemory } from './web-assembly.ts';

/**
 * Where the tables lie that the kernels read, all in one shared memory. The first words of it are the head;
 * positions are in 32-bit words unless it says otherwise.
 *
 * - an end, 2 words: its identity, its flags
 * - an identity, 8 words: for egress, then for ingress, the row: first cell (in cells), mask of the hash, and the sets of
 *   traffic for pods and for others that have no cell of their own
 * - a cell, 2 words: the other identity (0: no cell), the set of traffic. A row is a hash table with linear probing that
 *   does not wrap: empty cells follow it.
 * - a protocol, 2 words: where its classes of traffic begin, and the mask of the port
 * - the class of each protocol and port, 16 bits each
 * - for each class, one bit for each set of traffic
 */
export const HEAD = {
  ends: 0,
  endCount: 1,
  identities: 2,
  protocols: 3,
  /** In units of 16 bits. */
  classes: 4,
  sets: 5,
  /** Words of the bits of one class. */
  setWords: 6,
  /** Where the next allocation goes; workers take their room for batches from it too. */
  next: 7,
} as const;

/** Words of the head that say where tables are. */
export const HEAD_FIELDS = HEAD.next;

export const END_WORDS = 2;
export const IDENTITY_WORDS = 8;

/** Of an end. Below them: its node's number, 0 outside. */
export const FLAG = {
  node: 0x8000_0000 | 0,
  /** No pod of the pod network. */
  other: 0x4000_0000,
  /** Host endpoints have a say, which the tables do not know. */
  ask: 0x2000_0000,
  gone: 0x1000_0000,
} as const;
export const LOCATION = 0x0fff_ffff;

/** The set of no traffic and that of all traffic. */
export const NOTHING = 0;
export const EVERYTHING = 1;

const HEAD_WORDS = 16;
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
  readonly #head: 'ends' | 'identities';
  readonly #words: number;
  #room = 0;

  constructor(tables: Tables, head: 'ends' | 'identities', words: number) {
    this.#tables = tables;
    this.#head = head;
    this.#words = words;
  }

  /** Makes room for this many. */
  reserve(count: number): void {
    if (count <= this.#room) return;
    const before = this.#tables.head(this.#head);
    const size = this.#room * this.#words;
    this.#room = Math.max(count, 2 * this.#room, 16);
    const start = this.#tables.allocate(this.#room * this.#words);
    this.#tables.words.copyWithin(start, before, before + size);
    this.#tables.setHead(this.#head, start);
    if (size > 0) this.#tables.release(before, size);
  }

  set(index: number, word: number, value: number): void {
    const { words } = this.#tables;
    words[this.#tables.head(this.#head) + index * this.#words + word] = value;
  }
}
