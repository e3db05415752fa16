import type { Ip } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import type { Match } from '../rule.ts';
import { ttlOf } from './header-fields.ts';
import type { MatchFunction } from './match-function.ts';
import { RecentList } from './recent-list.ts';

type Recent = Extract<Match, { readonly kind: 'recent' }>;
type Check = Extract<Recent['action'], { readonly kind: 'rcheck' | 'update' }>;

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
    const list = this.#lists.get(name);
    if (list === undefined) return;
    list.users += by;
    if (list.users === 0) this.#unused = true;
  }

  forgetUnused(): void {
    if (!this.#unused) return;
    this.#unused = false;
    for (const [name, list] of this.#lists) if (list.users === 0) this.#lists.delete(name);
  }

  compile(match: Recent, env: NetfilterEnvironment): MatchFunction {
    const { action, side = 'source', invert = false } = match;
    const list = this.#listOf(match);
    const addressOf = ({ src, dst }: PacketView): Ip => list.masked(side === 'source' ? src : dst);
    switch (action.kind) {
      case 'set':
        return (view) => {
          list.note(addressOf(view), ttlBefore(view), env.nowMs());
          return !invert;
        };
      case 'remove':
        return (view) => list.forget(addressOf(view)) !== invert;
      case 'rcheck':
      case 'update':
        return (view) => check({ list, action, invert }, addressOf(view), view, env.nowMs());
    }
  }

  #listOf(match: Recent): RecentList {
    const hitCount = 'hitCount' in match.action ? (match.action.hitCount ?? 0) : 0;
    let list = this.#lists.get(match.name);
    if (list === undefined) {
      list = new RecentList(match.mask);
      this.#lists.set(match.name, list);
      this.#unused = true;
    }
    list.makeRoomFor(hitCount);
    return list;
  }
}

interface Asked {
  readonly list: RecentList;
  readonly action: Check;
  readonly invert: boolean;
}

/** Whether the address has been seen as often and as lately as asked, or has not. */
const check = (
  { list, action, invert }: Asked,
  address: Ip,
  view: PacketView,
  nowMs: number,
): boolean => {
  const { kind, seconds = 0, hitCount = 0, reap = false, ttl = false } = action;
  const entry = list.find(address, ttl ? ttlBefore(view) : 0);
  if (entry === undefined) return invert;
  const sinceMs = seconds === 0 ? Number.NEGATIVE_INFINITY : nowMs - seconds * 1000;
  const matches = list.seen(entry, sinceMs) >= Math.max(1, hitCount) !== invert;
  const updates = kind === 'update' && matches;
  if (reap) list.reap(sinceMs, updates ? entry : undefined);
  if (updates) list.note(address, ttlBefore(view), nowMs);
  return matches;
};

/** As it was before this host forwarded the packet. */
const ttlBefore = (view: PacketView): number => {
  const { inDevice, outDevice } = view.context;
  return ttlOf(view) + (inDevice !== undefined && outDevice !== undefined ? 1 : 0);
};
