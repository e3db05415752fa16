import type { Ip } from '@podpath/net';
import type { FibEntry } from '../core.ts';

interface Known {
  readonly mtuBytes: number;
  readonly untilMs: number;
}

/**
 * What routers beyond the first link have said of their MTUs: by route and destination, for what this host sends
 * itself (`fnhe` in net/ipv4/route.c, exceptions in net/ipv6/route.c). It goes with the route.
 */
export class PathMtus {
  readonly #byRoute = new WeakMap<FibEntry, Map<Ip, Known>>();

  learn(entry: FibEntry, to: Ip, known: Known): void {
    const of = this.#byRoute.get(entry) ?? new Map<Ip, Known>();
    of.set(to, known);
    this.#byRoute.set(entry, of);
  }

  of(entry: FibEntry, to: Ip, nowMs: number): Known | undefined {
    const known = this.#byRoute.get(entry)?.get(to);
    return known === undefined || known.untilMs <= nowMs ? undefined : known;
  }
}
