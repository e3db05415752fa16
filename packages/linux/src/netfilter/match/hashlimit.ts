import { maskOf } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import { HASHLIMIT_SCALE, periodOf, unitSeconds } from '../packet-rate.ts';
import type { PacketView } from '../packet-view.ts';
import type { Match } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';
import { TokenBucket } from './token-bucket.ts';

type Hashlimit = Extract<Match, { readonly kind: 'hashlimit' }>;

const DEFAULT_BURST = 5;
const DEFAULT_COLLECT_MS = 1000;
const FIRST_BUCKETS = 64;
/** Microseconds, which are the tokens. */
const PER_MS = HASHLIMIT_SCALE / 1000;

/** Whatever packets are told apart by: two addresses as words, and the two ports as one word. */
const KEY_WORDS = 9;

/** The count of packets of one kind. */
interface Entry {
  readonly key: Uint32Array;
  readonly hash: number;
  bucket: TokenBucket;
  expiresAtMs: number;
  next: Entry | undefined;
}

/**
 * What one name counts (net/netfilter/xt_hashlimit.c): a bucket of tokens for each kind of packet. It is
 * kept as the first rule with the name says, and lives as long as a rule names it.
 */
export class HashlimitTable {
  users = 0;
  readonly #masks: Uint32Array;
  readonly #usesPorts: boolean;
  readonly #bucketOf: (nowMs: number) => TokenBucket;
  readonly #expireMs: number;
  readonly #collectMs: number;
  readonly #startedMs: number;
  readonly #key = new Uint32Array(KEY_WORDS);
  #buckets: (Entry | undefined)[] = new Array(FIRST_BUCKETS).fill(undefined);
  #size = 0;

  constructor(match: Hashlimit, wholeLength: number, nowMs: number) {
    const { rate, burst = DEFAULT_BURST, by = [] } = match;
    const cost = periodOf(rate, HASHLIMIT_SCALE);
    this.#bucketOf = (at) => new TokenBucket({ cost, most: cost * burst, tokensPerMs: PER_MS }, at);
    this.#masks = new Uint32Array(KEY_WORDS);
    if (by.includes('srcip')) setMask(this.#masks, 0, match.sourceMaskLength ?? wholeLength);
    if (by.includes('dstip')) setMask(this.#masks, 4, match.destinationMaskLength ?? wholeLength);
    this.#masks[8] =
      (by.includes('srcport') ? 0xffff_0000 : 0) | (by.includes('dstport') ? 0xffff : 0);
    this.#usesPorts = this.#masks[8] !== 0;
    this.#expireMs = match.expireMs ?? unitSeconds(rate) * 1000;
    this.#collectMs = match.collectMs ?? DEFAULT_COLLECT_MS;
    this.#startedMs = nowMs;
  }

  /** Whether a packet is within the rate of its kind. */
  isWithin(view: PacketView, nowMs: number): boolean {
    const entry = this.#entryOf(view, nowMs);
    entry.expiresAtMs = nowMs + this.#expireMs;
    return entry.bucket.take(nowMs);
  }

  #entryOf(view: PacketView, nowMs: number): Entry {
    const hash = this.#readKey(view);
    const index = hash & (this.#buckets.length - 1);
    for (let entry = this.#buckets[index]; entry !== undefined; entry = entry.next) {
      if (entry.hash !== hash || !sameKey(entry.key, this.#key)) continue;
      if (this.#isCollected(entry, nowMs)) entry.bucket = this.#bucketOf(nowMs);
      return entry;
    }
    if (this.#size >= this.#buckets.length) this.#grow(nowMs);
    const entry: Entry = {
      key: this.#key.slice(),
      hash,
      bucket: this.#bucketOf(nowMs),
      expiresAtMs: 0,
      next: undefined,
    };
    this.#link(entry);
    this.#size++;
    return entry;
  }

  /** The kernel looks for idle entries every so often, from when the table was made. */
  #isCollected({ expiresAtMs }: Entry, nowMs: number): boolean {
    if (nowMs < expiresAtMs) return false;
    const rounds = Math.floor((nowMs - this.#startedMs) / this.#collectMs);
    return this.#startedMs + rounds * this.#collectMs >= expiresAtMs;
  }

  #readKey({ family, srcWords, dstWords, srcPort, dstPort }: PacketView): number {
    const key = this.#key;
    const masks = this.#masks;
    const words = family === 4 ? 1 : 4;
    let hash = 0;
    for (let at = 0; at < words; at++) {
      key[at] = (srcWords[at] ?? 0) & (masks[at] ?? 0);
      key[at + 4] = (dstWords[at] ?? 0) & (masks[at + 4] ?? 0);
    }
    // Packets without ports are of one kind.
    key[8] = this.#usesPorts && srcPort >= 0 ? ((srcPort << 16) | dstPort) & (masks[8] ?? 0) : 0;
    for (let at = 0; at < KEY_WORDS; at++) {
      hash = Math.imul(hash ^ (key[at] ?? 0), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  #link(entry: Entry): void {
    const index = entry.hash & (this.#buckets.length - 1);
    entry.next = this.#buckets[index];
    this.#buckets[index] = entry;
  }

  #grow(nowMs: number): void {
    const old = this.#buckets;
    this.#buckets = new Array(old.length * 2).fill(undefined);
    this.#size = 0;
    for (const bucket of old) {
      let entry = bucket;
      while (entry !== undefined) {
        const next: Entry | undefined = entry.next;
        if (!this.#isCollected(entry, nowMs)) {
          this.#link(entry);
          this.#size++;
        }
        entry = next;
      }
    }
  }
}

const setMask = (masks: Uint32Array, from: number, length: number): void => {
  for (let at = 0; at < 4; at++) {
    masks[from + at] = maskOf(Math.min(32, Math.max(0, length - 32 * at)));
  }
};

const sameKey = (a: Uint32Array, b: Uint32Array): boolean => {
  for (let at = 0; at < KEY_WORDS; at++) if (a[at] !== b[at]) return false;
  return true;
};

/**
 * The tables of a family by name. As with `recent`, a table without rules is forgotten no sooner than when the next
 * packet comes: a program that replaces its rules takes the old ones away first.
 */
export class HashlimitTables {
  readonly #tables = new Map<string, HashlimitTable>();
  readonly #wholeLength: number;
  #unused = false;

  constructor(wholeLength: 32 | 128) {
    this.#wholeLength = wholeLength;
  }

  /** A rule with the match comes or goes. */
  count(name: string, by: 1 | -1): void {
    const table = this.#tables.get(name);
    if (table === undefined) return;
    table.users += by;
    if (table.users === 0) this.#unused = true;
  }

  forgetUnused(): void {
    if (!this.#unused) return;
    this.#unused = false;
    for (const [name, { users }] of this.#tables) if (users === 0) this.#tables.delete(name);
  }

  compile(match: Hashlimit, env: NetfilterEnvironment): MatchFunction {
    let table = this.#tables.get(match.name);
    if (table === undefined) {
      table = new HashlimitTable(match, this.#wholeLength, env.nowMs());
      this.#tables.set(match.name, table);
      this.#unused = true;
    }
    const counted = table;
    return match.compare === 'upto'
      ? (view) => counted.isWithin(view, env.nowMs())
      : (view) => !counted.isWithin(view, env.nowMs());
  }
}
