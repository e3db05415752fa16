import { scaleTo } from '../jenkins-hash.ts';
import type { ConntrackEntry } from './entry.ts';
import { Status } from './status.ts';
import type { Tuple } from './tuple.ts';
import type { Zone } from './zone.ts';

/** Told of every connection that enters and leaves the table. */
interface TableWatcher {
  inserted(entry: ConntrackEntry): void;
  removed(entry: ConntrackEntry): void;
}

type StoredTuple = Tuple<ConntrackEntry>;

/** `nf_ct_zone_equal`, in the direction of what is found. */
const isIn = (tuple: StoredTuple, { original, reply }: Zone): boolean =>
  tuple.zone === (tuple.isReply ? reply : original);

const FIRST_BUCKETS = 64;
/** Buckets looked through for expired entries on every insertion: the whole table while it doubles. */
const SWEPT_BUCKETS = 4;
/** Buckets of the kernel's table that are searched for somebody to make room (NF_CT_EVICTION_RANGE). */
const EVICTION_RANGE = 8;

/**
 * The confirmed connections by both of their tuples. Finding one allocates nothing. Expired entries
 * are not found; they go when they are met, or when insertions sweep past them.
 */
export class TupleTable {
  #buckets: (StoredTuple | undefined)[] = new Array(FIRST_BUCKETS).fill(undefined);
  /** To take the upper bits of a hash: neighbours in a larger table are neighbours here. */
  #shift = 32 - Math.log2(FIRST_BUCKETS);
  #tuples = 0;
  #sweep = 0;
  readonly #watcher: TableWatcher;

  constructor(watcher: TableWatcher) {
    this.#watcher = watcher;
  }

  /** Connections; those that have expired count until they are met. */
  get size(): number {
    return this.#tuples / 2;
  }

  /**
   * The stored tuple equal to the one asked for. A new connection clashes with another only where they are in one zone
   * by the other's direction: then `zone` is the new one's.
   */
  find(wanted: Tuple, nowMs: number, zone?: Zone): StoredTuple | undefined {
    let tuple = this.#buckets[wanted.hash >>> this.#shift];
    while (tuple !== undefined) {
      if (tuple.equals(wanted) && (zone === undefined || isIn(tuple, zone))) {
        const entry = tuple.owner;
        if (entry === undefined || entry.expiresAtMs > nowMs) return tuple;
        this.remove(entry);
        return undefined;
      }
      tuple = tuple.next;
    }
    return undefined;
  }

  insert(entry: ConntrackEntry, nowMs: number): void {
    this.#sweepSome(nowMs);
    if (this.#tuples >= this.#buckets.length) this.#grow();
    this.#link(entry.original);
    this.#link(entry.reply);
    this.#tuples += 2;
    this.#watcher.inserted(entry);
  }

  remove(entry: ConntrackEntry): void {
    // Both or neither are in the table.
    if (!this.#unlink(entry.original)) return;
    this.#unlink(entry.reply);
    this.#tuples -= 2;
    this.#watcher.removed(entry);
  }

  /**
   * Makes room when there are too many: of the connections whose tuples lie close to this one in a table of so many
   * buckets, as the kernel has, those go that are not assured. False when there is none (early_drop).
   */
  evictNear({ hash }: Tuple, kernelBuckets: number, nowMs: number): boolean {
    const start = scaleTo(hash, kernelBuckets);
    for (let i = 0; i < EVICTION_RANGE; i++) {
      if (this.#evictFrom((start + i) % kernelBuckets, kernelBuckets, nowMs)) return true;
    }
    return false;
  }

  removeWhere(isMeant: (entry: ConntrackEntry) => boolean): void {
    for (const entry of [...this.entries(Number.NEGATIVE_INFINITY)]) {
      if (isMeant(entry)) this.remove(entry);
    }
  }

  *entries(nowMs: number): IterableIterator<ConntrackEntry> {
    for (const bucket of this.#buckets) {
      for (let tuple = bucket; tuple !== undefined; tuple = tuple.next) {
        const entry = tuple.owner;
        if (entry !== undefined && !tuple.isReply && entry.expiresAtMs > nowMs) yield entry;
      }
    }
  }

  #evictFrom(kernelBucket: number, kernelBuckets: number, nowMs: number): boolean {
    const share = this.#buckets.length / kernelBuckets;
    const first = Math.floor(kernelBucket * share);
    const last = Math.max(first, Math.ceil((kernelBucket + 1) * share) - 1);
    const before = this.#tuples;
    let expired = 0;
    for (let index = first; index <= last; index++) {
      let tuple = this.#buckets[index];
      while (tuple !== undefined) {
        const entry = tuple.owner;
        const isThere = scaleTo(tuple.hash, kernelBuckets) === kernelBucket;
        const isOver = entry !== undefined && entry.expiresAtMs <= nowMs;
        if (isThere && entry !== undefined && (isOver || !entry.has(Status.ASSURED))) {
          this.remove(entry);
          if (isOver) expired += 2;
          // The next in the chain may have been the same entry's other tuple.
          tuple = this.#buckets[index];
        } else {
          tuple = tuple.next;
        }
      }
    }
    return before - this.#tuples > expired;
  }

  #link(tuple: StoredTuple): void {
    const index = tuple.hash >>> this.#shift;
    tuple.next = this.#buckets[index];
    this.#buckets[index] = tuple;
  }

  #unlink(tuple: StoredTuple): boolean {
    const index = tuple.hash >>> this.#shift;
    let before: StoredTuple | undefined;
    for (let at = this.#buckets[index]; at !== undefined; at = at.next) {
      if (at === tuple) {
        if (before === undefined) this.#buckets[index] = at.next;
        else before.next = at.next;
        at.next = undefined;
        return true;
      }
      before = at;
    }
    return false;
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = new Array(old.length * 2).fill(undefined);
    this.#shift--;
    for (const bucket of old) {
      let tuple = bucket;
      while (tuple !== undefined) {
        const next: StoredTuple | undefined = tuple.next;
        this.#link(tuple);
        tuple = next;
      }
    }
  }

  #sweepSome(nowMs: number): void {
    for (let i = 0; i < SWEPT_BUCKETS; i++) {
      this.#sweep = (this.#sweep + 1) & (this.#buckets.length - 1);
      let tuple = this.#buckets[this.#sweep];
      while (tuple !== undefined) {
        const next: StoredTuple | undefined = tuple.next;
        const entry = tuple.owner;
        if (entry !== undefined && entry.expiresAtMs <= nowMs) {
          this.remove(entry);
          // The next in the chain may have been the same entry's other tuple.
          tuple = this.#buckets[this.#sweep];
        } else {
          tuple = next;
        }
      }
    }
  }
}
