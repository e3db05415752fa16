import { type Ip, writeIpv6Words } from '@podpath/net';

/** Of the hash that bits are taken from; the rest chooses the word. */
const LOG_BITS = 5;
const BIT_PARTS_SHIFT = 15;

/** All filters of a namespace in one array: whoever asks many of them goes through it at the pace of memory. */
export class FilterMemory {
  words = new Int32Array(0);
  /** Counts up whenever what somebody has noted of a filter's place may no longer be so. */
  generation = 0;
  #used = 0;
  /** Places that are free, by their size's logarithm. */
  readonly #free: number[][] = [];

  /** The place of so many words, a power of two, all of them 0. */
  take(size: number): number {
    const free = this.#free[Math.log2(size)]?.pop();
    if (free !== undefined) return free;
    const place = this.#used;
    this.#used += size;
    if (this.#used > this.words.length) {
      const longer = new Int32Array(Math.max(this.#used, 2 * this.words.length));
      longer.set(this.words);
      this.words = longer;
    }
    return place;
  }

  giveBack(place: number, size: number): void {
    this.words.fill(0, place, place + size);
    const log = Math.log2(size);
    const free = this.#free[log];
    if (free === undefined) this.#free[log] = [place];
    else free.push(place);
  }
}

/**
 * Tells most addresses that are not in a set from those that are, without asking the set (a Bloom filter in blocks of a
 * word). Whatever is or was in the set gets through.
 */
export class AddressFilter {
  readonly #memory: FilterMemory;
  #place: number;
  #size: number;
  #added = 0;

  constructor(memory: FilterMemory, addresses: Iterable<Ip>, count: number) {
    this.#memory = memory;
    this.#size = sizeFor(count);
    this.#place = memory.take(this.#size);
    for (const address of addresses) this.#mark(address);
  }

  /** Where it begins in the memory. */
  get place(): number {
    return this.#place;
  }

  /** Of the part of an address's hash that chooses its word. */
  get mask(): number {
    return this.#size - 1;
  }

  /** `all` are the set's addresses, this one too, for when there is no room for more. */
  add(address: Ip, all: () => Iterable<Ip>, count: number): void {
    if (this.#added < this.#size) {
      this.#mark(address);
      return;
    }
    this.release();
    this.#added = 0;
    this.#size = sizeFor(count);
    this.#place = this.#memory.take(this.#size);
    for (const each of all()) this.#mark(each);
  }

  /** The filter is of no use from then on. */
  release(): void {
    this.#memory.giveBack(this.#place, this.#size);
    this.#memory.generation++;
  }

  #mark(address: Ip): void {
    const hash = hashOf(address);
    const at = this.#place + (wordOf(hash) & this.mask);
    this.#memory.words[at] = (this.#memory.words[at] ?? 0) | bitsOf(hash);
    this.#added++;
  }
}

/** Room for as many again. */
const sizeFor = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(4, 2 * count)));

const split = new Uint32Array(4);

function hashOf(address: Ip): number {
  if (typeof address === 'number') return hashOfWord(address);
  writeIpv6Words(address, split, 0);
  return hashOfWords(split);
}

/** Of an IPv4 address. */
export const hashOfWord = (word: number): number => finish(Math.imul(word, 0x9e37_79b1));

/** Of an IPv6 address. */
export const hashOfWords = (words: Uint32Array): number => {
  let hash = 0;
  for (let at = 0; at < 4; at++) {
    hash = Math.imul(hash ^ (words[at] ?? 0), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return finish(hash);
};

const finish = (mixed: number): number => {
  const hash = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
};

/** What of a hash chooses the word. */
export const wordOf = (hash: number): number => hash >>> BIT_PARTS_SHIFT;

/** The bits of its word that an address sets: up to three. */
export const bitsOf = (hash: number): number =>
  (1 << hash) | (1 << (hash >>> LOG_BITS)) | (1 << (hash >>> (2 * LOG_BITS)));
