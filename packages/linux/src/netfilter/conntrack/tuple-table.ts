import type { ConntrackEntry } from './entry.ts';
import type { Tuple } from './tuple.ts';

/** Told of every connection that enters and leaves the table. */
interface TableWatcher {
  inserted(entry: ConntrackEntry): void;
  removed(entry: ConntrackEntry): void;
}

type StoredTuple = Tuple<ConntrackEntry>;

const FIRST_BUCKETS = 64;
/** Buckets looked through for expired entries on every insertion: the whole table while it doubles. */
const SWEPT_BUCKETS = 4;

/**
 * The confirmed connections by both of their tuples. Finding one allocates nothing. Expired entries
 * are not found; they go when they are met, or when insertions sweep past them.
 */
export class TupleTable {
  #buckets: (StoredTuple | undefined)[] = new Array(FIRST_BUCKETS).fill(undefined);
  #tuples = 0;
  #sweep = 0;
  readonly #watcher: TableWatcher;

  constructor(watcher: TableWatcher) {
    this.#watcher = watcher;
  }

  /** The stored tuple equal to the one asked for. */
  find(wanted: Tuple, nowMs: number): StoredTuple | undefined {
    let tuple = this.#buckets[wanted.hash & (this.#buckets.length - 1)];
    while (tuple !== undefined) {
      if (tuple.equals(wanted)) {
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

  *entries(nowMs: number): IterableIterator<ConntrackEntry> {
    for (const bucket of this.#buckets) {
      for (let tuple = bucket; tuple !== undefined; tuple = tuple.next) {
        const entry = tuple.owner;
        if (entry !== undefined && !tuple.isReply && entry.expiresAtMs > nowMs) yield entry;
      }
    }
  }

  #link(tuple: StoredTuple): void {
    const index = tuple.hash & (this.#buckets.length - 1);
    tuple.next = this.#buckets[index];
    this.#buckets[index] = tuple;
  }

  #unlink(tuple: StoredTuple): boolean {
    const index = tuple.hash & (this.#buckets.length - 1);
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
