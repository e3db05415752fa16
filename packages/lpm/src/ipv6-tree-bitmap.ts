import { Blocks } from './blocks.ts';
import type { Ipv6Store, Ipv6Words } from './ipv6-store.ts';
import { NONE } from './no-match.ts';

const ROOT_BITS = 16;
const ROOTS = 1 << ROOT_BITS;
/** Nodes from the root to a host, whose last one has no bits of the address left. */
const DEEPEST = (128 - ROOT_BITS) / 4 + 1;

/** Words of a node: bits, where its children are, where its values are. */
const NODE = 3;
const CHILDREN = 1;
const VALUES = 2;
/** The lower bits stand for prefixes that end in the node: of no bit of it, of one, two and three. */
const OWN = 0x7fff;
/** The upper ones for children, by their four bits. */
const CHILD = 16;

/** Bits of a node's prefixes that cover four bits. */
const COVERING = Int32Array.from(
  { length: 16 },
  (_, four) => 1 | (1 << (1 + (four >> 3))) | (1 << (3 + (four >> 2))) | (1 << (7 + (four >> 1))),
);

/** The bit of a prefix that ends after so many of the four. */
const ownBit = (four: number, used: number): number =>
  1 << ((1 << used) - 1 + (four >> (4 - used)));

/** Of 16 bits. */
const countBits = (bits: number): number => {
  const pairs = bits - ((bits >>> 1) & 0x5555);
  const fours = (pairs & 0x3333) + ((pairs >>> 2) & 0x3333);
  const eights = (fours + (fours >>> 4)) & 0x0f0f;
  return (eights + (eights >>> 8)) & 0x1f;
};

/**
 * IPv6 prefixes of any lengths: a tree of nodes for four bits each (Eatherton, Varghese, Dittia, "Tree bitmap"), below an
 * array of all beginnings of 16 bits. A node has a bit for each prefix that ends in it and for each child; children and
 * values stand one after the other, and are found by counting bits. A look-up passes one node for each four bits of the
 * longest prefix on its way. 12 bytes a node, 4 a value, and 576 KiB for the array.
 */
export class Ipv6TreeBitmap implements Ipv6Store {
  /** What prefixes of up to 16 bits say, and one more than the length of the one that says it. */
  readonly #rootValues: Int32Array;
  readonly #rootDepths: Uint8Array;
  readonly #rootNodes: Int32Array;
  /** Prefixes of up to 16 bits, by `shortKey`: there are few. */
  readonly #short: Map<number, number>;
  readonly #nodes: Blocks;
  readonly #values: Blocks;
  #size: number;
  /** Nodes on the way to the prefix at hand. */
  readonly #path = new Int32Array(DEEPEST);

  constructor(of?: Ipv6TreeBitmap) {
    const isNew = of === undefined;
    this.#rootValues = isNew ? new Int32Array(ROOTS).fill(NONE) : of.#rootValues.slice();
    this.#rootDepths = isNew ? new Uint8Array(ROOTS) : of.#rootDepths.slice();
    this.#rootNodes = isNew ? new Int32Array(ROOTS) : of.#rootNodes.slice();
    this.#short = new Map(isNew ? [] : of.#short);
    this.#nodes = isNew ? new Blocks(NODE) : of.#nodes.clone();
    this.#values = isNew ? new Blocks(1) : of.#values.clone();
    this.#size = isNew ? 0 : of.#size;
  }

  clone(): Ipv6TreeBitmap {
    return new Ipv6TreeBitmap(this);
  }

  get size(): number {
    return this.#size;
  }

  get memoryBytes(): number {
    return (
      this.#rootValues.byteLength +
      this.#rootDepths.byteLength +
      this.#rootNodes.byteLength +
      this.#nodes.words.byteLength +
      this.#values.words.byteLength
    );
  }

  insert(key: Ipv6Words, length: number, value: number): number {
    if (length <= ROOT_BITS) return this.#insertShort(key, length, value);
    const level = (length - ROOT_BITS) >> 2;
    const node = this.#reach(key, level);
    const bit = ownBit(fourAt(key, level), length & 3);
    const nodes = this.#nodes.words;
    const own = (nodes[node] ?? 0) & OWN;
    const values = nodes[node + VALUES] ?? 0;
    const index = countBits(own & (bit - 1));
    if ((own & bit) !== 0) {
      const before = this.#values.words[values + index] ?? NONE;
      this.#values.words[values + index] = value;
      return before;
    }
    const at = this.#values.insertUnit(values, countBits(own), index);
    this.#values.words[at + index] = value;
    nodes[node] = (nodes[node] ?? 0) | bit;
    nodes[node + VALUES] = at;
    this.#size++;
    return NONE;
  }

  delete(key: Ipv6Words, length: number): number {
    if (length <= ROOT_BITS) return this.#deleteShort(key, length);
    const level = (length - ROOT_BITS) >> 2;
    const node = this.#find(key, level);
    const nodes = this.#nodes.words;
    const own = (nodes[node] ?? 0) & OWN;
    const bit = ownBit(fourAt(key, level), length & 3);
    if (node === 0 || (own & bit) === 0) return NONE;
    const values = nodes[node + VALUES] ?? 0;
    const index = countBits(own & (bit - 1));
    const before = this.#values.words[values + index] ?? NONE;
    nodes[node + VALUES] = this.#values.removeUnit(values, countBits(own), index);
    nodes[node] = (nodes[node] ?? 0) & ~bit;
    this.#size--;
    this.#prune(key, level);
    return before;
  }

  get(key: Ipv6Words, length: number): number {
    if (length <= ROOT_BITS) return this.#short.get(shortKey(key[0] ?? 0, length)) ?? NONE;
    const level = (length - ROOT_BITS) >> 2;
    const node = this.#find(key, level);
    if (node === 0) return NONE;
    return this.#valueOf(node, ownBit(fourAt(key, level), length & 3));
  }

  lookup(w0: number, w1: number, w2: number, w3: number): number {
    const nodes = this.#nodes.words;
    const root = w0 >>> ROOT_BITS;
    let node = this.#rootNodes[root] ?? 0;
    let word = w0 << ROOT_BITS;
    let left = 4;
    let next = 1;
    let found = 0;
    let covering = 0;
    while (node !== 0) {
      const four = word >>> 28;
      const bits = nodes[node] ?? 0;
      const covers = bits & (COVERING[four] ?? 0);
      if (covers !== 0) {
        found = node;
        covering = covers;
      }
      const children = bits >>> CHILD;
      if (((children >>> four) & 1) === 0) break;
      const before = countBits(children & ((1 << four) - 1));
      node = (nodes[node + CHILDREN] ?? 0) + before * NODE;
      word <<= 4;
      left--;
      if (left === 0) {
        word = next === 1 ? w1 : next === 2 ? w2 : next === 3 ? w3 : 0;
        next++;
        left = 8;
      }
    }
    if (found === 0) return this.#rootValues[root] ?? NONE;
    // The longest one's is the highest bit.
    return this.#valueOf(found, 1 << (31 - Math.clz32(covering)));
  }

  /** In order: by address, shorter prefixes first. */
  *entries(): IterableIterator<readonly [key: Ipv6Words, length: number, value: number]> {
    const short = [...this.#short].sort(([a], [b]) => a - b);
    let at = 0;
    for (let root = 0; root < ROOTS; root++) {
      for (let each = short[at]; each !== undefined; each = short[++at]) {
        const [shortKey, value] = each;
        if (shortKey >>> SHORT_LENGTHS !== root) break;
        const length = shortKey & ((1 << SHORT_LENGTHS) - 1);
        yield [Int32Array.of(root << ROOT_BITS, 0, 0, 0), length, value];
      }
      const node = this.#rootNodes[root] ?? 0;
      if (node !== 0) yield* this.#below(node, Int32Array.of(root << ROOT_BITS, 0, 0, 0), 0);
    }
  }

  *#below(
    node: number,
    key: Ipv6Words,
    level: number,
  ): IterableIterator<readonly [key: Ipv6Words, length: number, value: number]> {
    for (let four = 0; four < 16; four++) {
      const under = withFour(key, level, four);
      for (let used = 0; used < 4; used++) {
        // Each prefix once, at the first four bits that it covers.
        if ((four & ((1 << (4 - used)) - 1)) !== 0) continue;
        const value = this.#valueOf(node, ownBit(four, used));
        if (value !== NONE) yield [under, ROOT_BITS + level * 4 + used, value];
      }
      const child = this.#childOf(node, four);
      if (child !== 0) yield* this.#below(child, under, level + 1);
    }
  }

  #valueOf(node: number, bit: number): number {
    const nodes = this.#nodes.words;
    const bits = nodes[node] ?? 0;
    if ((bits & bit) === 0) return NONE;
    const index = countBits(bits & OWN & (bit - 1));
    return this.#values.words[(nodes[node + VALUES] ?? 0) + index] ?? NONE;
  }

  #childOf(node: number, four: number): number {
    const nodes = this.#nodes.words;
    const children = (nodes[node] ?? 0) >>> CHILD;
    if (((children >>> four) & 1) === 0) return 0;
    return (nodes[node + CHILDREN] ?? 0) + countBits(children & ((1 << four) - 1)) * NODE;
  }

  /** The node that a prefix of this level ends in, or 0. Leaves the way to it in `#path`. */
  #find(key: Ipv6Words, level: number): number {
    let node = this.#rootNodes[(key[0] ?? 0) >>> ROOT_BITS] ?? 0;
    for (let at = 0; at < level && node !== 0; at++) {
      this.#path[at] = node;
      node = this.#childOf(node, fourAt(key, at));
    }
    this.#path[level] = node;
    return node;
  }

  /** As `#find`, with the nodes made that there are not. */
  #reach(key: Ipv6Words, level: number): number {
    const root = (key[0] ?? 0) >>> ROOT_BITS;
    let node = this.#rootNodes[root] ?? 0;
    if (node === 0) {
      node = this.#nodes.insertUnit(0, 0, 0);
      this.#rootNodes[root] = node;
    }
    for (let at = 0; at < level; at++) {
      const four = fourAt(key, at);
      node = this.#childOf(node, four) || this.#addChild(node, four);
    }
    return node;
  }

  #addChild(node: number, four: number): number {
    const bits = this.#nodes.words[node] ?? 0;
    const children = bits >>> CHILD;
    const index = countBits(children & ((1 << four) - 1));
    const before = this.#nodes.words[node + CHILDREN] ?? 0;
    const at = this.#nodes.insertUnit(before, countBits(children), index);
    this.#nodes.words[node] = bits | (1 << (CHILD + four));
    this.#nodes.words[node + CHILDREN] = at;
    return at + index * NODE;
  }

  /** Takes away the nodes on the path that have nothing left. */
  #prune(key: Ipv6Words, level: number): void {
    const nodes = this.#nodes;
    for (let at = level; nodes.words[this.#path[at] ?? 0] === 0; at--) {
      if (at === 0) {
        nodes.free(this.#path[0] ?? 0, 1);
        this.#rootNodes[(key[0] ?? 0) >>> ROOT_BITS] = 0;
        return;
      }
      const parent = this.#path[at - 1] ?? 0;
      const four = fourAt(key, at - 1);
      const bits = nodes.words[parent] ?? 0;
      const children = bits >>> CHILD;
      const index = countBits(children & ((1 << four) - 1));
      const block = nodes.words[parent + CHILDREN] ?? 0;
      const kept = nodes.removeUnit(block, countBits(children), index);
      nodes.words[parent] = bits & ~(1 << (CHILD + four));
      nodes.words[parent + CHILDREN] = kept;
    }
  }

  #insertShort(key: Ipv6Words, length: number, value: number): number {
    const w0 = key[0] ?? 0;
    const short = shortKey(w0, length);
    const before = this.#short.get(short) ?? NONE;
    this.#short.set(short, value);
    if (before === NONE) this.#size++;
    this.#writeRoots(w0, length, 0, value, length + 1);
    return before;
  }

  #deleteShort(key: Ipv6Words, length: number): number {
    const w0 = key[0] ?? 0;
    const short = shortKey(w0, length);
    const before = this.#short.get(short) ?? NONE;
    if (before === NONE) return NONE;
    this.#short.delete(short);
    this.#size--;
    let cover = length - 1;
    while (cover >= 0 && !this.#short.has(shortKey(w0, cover))) cover--;
    const value = cover < 0 ? NONE : (this.#short.get(shortKey(w0, cover)) ?? NONE);
    this.#writeRoots(w0, length, length + 1, value, cover + 1);
    return before;
  }

  /** Gives the roots of a prefix, as far as their depth is from `shallowest` to its own, a value and a depth. */
  #writeRoots(w0: number, length: number, shallowest: number, value: number, depth: number): void {
    const first = w0 >>> ROOT_BITS;
    const end = first + 2 ** (ROOT_BITS - length);
    for (let at = first; at < end; at++) {
      const now = this.#rootDepths[at] ?? 0;
      if (now < shallowest || now > length + 1) continue;
      this.#rootValues[at] = value;
      this.#rootDepths[at] = depth;
    }
  }
}

const SHORT_LENGTHS = 5;

/** A prefix of up to 16 bits as one number, which sorts as prefixes do. */
const shortKey = (w0: number, length: number): number => {
  const root = w0 >>> ROOT_BITS;
  const rest = ROOT_BITS - length;
  return (((root >>> rest) << rest) << SHORT_LENGTHS) | length;
};

/** The four bits that a level is about; 0 beyond the address. */
const fourAt = (key: Ipv6Words, level: number): number => {
  const at = level + ROOT_BITS / 4;
  return ((key[at >> 3] ?? 0) >>> (28 - 4 * (at & 7))) & 15;
};

const withFour = (key: Ipv6Words, level: number, four: number): Ipv6Words => {
  const at = level + ROOT_BITS / 4;
  const copy = Int32Array.from(key);
  if (at < 32) copy[at >> 3] = (copy[at >> 3] ?? 0) | (four << (28 - 4 * (at & 7)));
  return copy;
};
