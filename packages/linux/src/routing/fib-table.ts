import type { Ip } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import { type Flow, serviceOf } from './flow.ts';
import type { PrefixLists } from './prefix-lists.ts';

/** What a lookup demands of a route besides its prefix. */
export interface RouteDemand {
  /** The route must leave by this device. */
  readonly device?: Device | undefined;
  /** Of IPv6 routes that are as good as each other, the one by this device. */
  readonly preferred?: Device | undefined;
  /** Routes that will not do as long as there are others, whatever their prefixes. */
  readonly isDead?: ((entry: FibEntry) => boolean) | undefined;
  /** Kernel scope number that the route must reach at least (net/ipv4/fib_trie.c). */
  readonly scope?: number;
  /** Routes whose device has lost its carrier count although the device says to ignore them. */
  readonly ignoreLinkState?: boolean;
  /** What is to be routed. Read only where `Fib.readsFlows` says that something depends on it. */
  readonly flow?: Flow | undefined;
}

const NO_DEMAND: RouteDemand = {};

/** One routing table of one family. */
export class FibTable<A extends Ip> {
  readonly id: number;
  readonly #routes: PrefixLists<A, FibEntry>;
  /** The address of each route's prefix, known to be of this table's family. */
  readonly #addresses = new Map<FibEntry, A>();
  /** Per device, so that its going down is not a walk through every route. */
  readonly #byDevice = new Map<Device, Set<FibEntry>>();

  constructor(id: number, routes: PrefixLists<A, FibEntry>) {
    this.id = id;
    this.#routes = routes;
  }

  get size(): number {
    return this.#addresses.size;
  }

  /** As `match`, but a `throw` route is as good as none. */
  lookup(address: A, demand?: RouteDemand): FibEntry | undefined {
    const entry = this.match(address, demand);
    return entry?.type === 'throw' ? undefined : entry;
  }

  /**
   * The route of the longest prefix that fits the demand, those for a type of service first, then lowest metric,
   * then in order of insertion; shorter prefixes follow when none of a prefix's routes fits.
   */
  match(address: A, demand: RouteDemand = NO_DEMAND): FibEntry | undefined {
    if (demand.isDead === undefined) return this.#match(address, demand, undefined);
    return this.#match(address, demand, demand.isDead) ?? this.#match(address, demand, undefined);
  }

  #match(address: A, demand: RouteDemand, isDead: RouteDemand['isDead']): FibEntry | undefined {
    let list = this.#routes.covering(address);
    while (list !== undefined) {
      const { values } = list;
      for (let at = 0; at < values.length; at++) {
        const entry = values[at];
        if (entry === undefined || !fits(entry, demand) || isDead?.(entry) === true) continue;
        return demand.preferred === undefined ? entry : preferredTo(entry, list.values, demand);
      }
      list = this.#routes.covering(address, list.prefix.length);
    }
    return undefined;
  }

  /** The routes of exactly this prefix, in the order in which they are tried. */
  at(address: A, length: number): readonly FibEntry[] {
    return this.#routes.at(address, length);
  }

  /** Adds before (`first`) or after the routes of the same prefix and metric. */
  insert(address: A, entry: FibEntry, place: 'first' | 'last'): void {
    const { length } = entry.prefix;
    const others = this.#routes.at(address, length);
    const before = (other: FibEntry): boolean =>
      (other.tos ?? 0) > (entry.tos ?? 0) ||
      (other.tos === entry.tos &&
        (place === 'first' ? other.metric < entry.metric : other.metric <= entry.metric));
    this.#routes.insert(address, length, entry, others.findLastIndex(before) + 1);
    this.#note(address, entry);
  }

  /** Puts an entry in another one's place. */
  replace(before: FibEntry, after: FibEntry): void {
    const address = this.#addresses.get(before);
    if (address === undefined) return;
    const { length } = before.prefix;
    const position = this.#routes.at(address, length).indexOf(before);
    this.#routes.insert(address, length, after, position);
    this.#note(address, after);
    this.remove(before);
  }

  #note(address: A, entry: FibEntry): void {
    this.#addresses.set(entry, address);
    for (const device of devicesOf(entry)) {
      const ofDevice = this.#byDevice.get(device);
      if (ofDevice === undefined) this.#byDevice.set(device, new Set([entry]));
      else ofDevice.add(entry);
    }
  }

  remove(entry: FibEntry): boolean {
    const address = this.#addresses.get(entry);
    if (address === undefined) return false;
    this.#addresses.delete(entry);
    this.#routes.remove(address, entry.prefix.length, entry);
    for (const device of devicesOf(entry)) {
      const ofDevice = this.#byDevice.get(device);
      ofDevice?.delete(entry);
      if (ofDevice?.size === 0) this.#byDevice.delete(device);
    }
    return true;
  }

  countThrough(device: Device): number {
    return this.#byDevice.get(device)?.size ?? 0;
  }

  throughDevice(device: Device): readonly FibEntry[] {
    return [...(this.#byDevice.get(device) ?? [])];
  }

  entries(): IterableIterator<FibEntry> {
    return this.#routes.values();
  }
}

function devicesOf({ device, paths }: FibEntry): Iterable<Device> {
  if (paths === undefined) return device === undefined ? [] : [device];
  return new Set(paths.flatMap(({ entry }) => entry.device ?? []));
}

/** The route by the preferred device, of those that may stand in for a found one (`rt6_score_route`). */
const preferredTo = (found: FibEntry, rivals: readonly FibEntry[], demand: RouteDemand): FibEntry =>
  rivals.find(
    (rival) =>
      rival.device === demand.preferred && rival.metric === found.metric && fits(rival, demand),
  ) ?? found;

/** Whether a route will do; one with several next hops does if one of them does. */
export function fits(entry: FibEntry, demand: RouteDemand): boolean {
  if (demand.scope !== undefined && entry.scope < demand.scope) return false;
  if (entry.tos !== undefined && entry.tos !== serviceOf(demand.flow)) return false;
  const { device, paths } = entry;
  if (paths !== undefined) return paths.some((path) => !path.dead && fits(path.entry, demand));
  // In IPv6 what refuses does so by lo.
  if (device === undefined) {
    return demand.device === undefined || typeof entry.prefix.address === 'number';
  }
  if (demand.device !== undefined && demand.device !== device) return false;
  if (device.carrier || demand.ignoreLinkState === true) return true;
  const conf = typeof entry.prefix.address === 'number' ? device.ipv4 : device.ipv6;
  return conf.ignore_routes_with_linkdown === 0;
}
