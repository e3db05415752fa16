import type { Ip } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { Match } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';

/** As many addresses as a list remembers (module parameter ip_list_tot). */
const MOST_ADDRESSES = 100;

type Recent = Extract<Match, { readonly kind: 'recent' }>;

/** One `-m recent` list: when each source address was last set, the longest ago first. */
class RecentList {
  users = 0;
  readonly #seenAtMs = new Map<Ip, number>();

  set(address: Ip, nowMs: number): void {
    if (!this.#seenAtMs.delete(address) && this.#seenAtMs.size >= MOST_ADDRESSES) {
      this.#forgetOldest();
    }
    this.#seenAtMs.set(address, nowMs);
  }

  /** Whether the address was set in the time given; reaping drops the oldest if it is past that. */
  check(address: Ip, nowMs: number, seconds: number, reap: boolean): boolean {
    const seen = this.#seenAtMs.get(address);
    if (seen === undefined) return false;
    const sinceMs = nowMs - seconds * 1000;
    const recent = seconds === 0 || seen >= sinceMs;
    if (reap) {
      const [oldest] = this.#seenAtMs.values();
      if (oldest !== undefined && oldest < sinceMs) this.#forgetOldest();
    }
    return recent;
  }

  #forgetOldest(): void {
    const [oldest] = this.#seenAtMs.keys();
    if (oldest !== undefined) this.#seenAtMs.delete(oldest);
  }
}

/**
 * The `recent` lists of a namespace (net/netfilter/xt_recent.c). A list lives as long as a rule names
 * it. A program that replaces its rules flushes them first, and the kernel sees only the whole: so a
 * list without users is forgotten no sooner than when the next packet comes.
 */
export class RecentLists {
  readonly #lists = new Map<string, RecentList>();
  #unused = false;

  /** A rule that names the list comes or goes. */
  count(name: string, by: 1 | -1): void {
    const list = this.#list(name);
    list.users += by;
    if (list.users === 0) this.#unused = true;
  }

  forgetUnused(): void {
    if (!this.#unused) return;
    this.#unused = false;
    for (const [name, list] of this.#lists) if (list.users === 0) this.#lists.delete(name);
  }

  compile({ name, action }: Recent, env: NetfilterEnvironment): MatchFunction {
    const list = this.#list(name);
    if (action.kind === 'set') {
      return (view) => {
        list.set(view.src, env.nowMs());
        return true;
      };
    }
    const { seconds, reap } = action;
    return (view) => list.check(view.src, env.nowMs(), seconds, reap);
  }

  #list(name: string): RecentList {
    let list = this.#lists.get(name);
    if (list === undefined) {
      list = new RecentList();
      this.#lists.set(name, list);
    }
    return list;
  }
}
