import type { Ip } from '@podpath/net';
import type { Device, FibEntry, RoutePath } from '../core.ts';
import { flowPathHash } from '../devices/flow-hash.ts';
import type { Namespace } from '../namespace.ts';
import { fits } from './fib-table.ts';
import { type Flow, NO_FLOW } from './flow.ts';
import { Scope } from './scope.ts';
import { selectIpv4 } from './source-address.ts';

/** A hash has 31 bits. */
const HASH_RANGE = 2 ** 31;

export interface PathKey {
  readonly to: Ip;
  readonly from?: Ip | undefined;
  readonly flow?: Flow | undefined;
  /** The path must leave by this device. */
  readonly device?: Device | undefined;
  /** The packet starts here: the path whose own address it speaks from is preferred. */
  readonly local?: boolean;
}

/** A route by these next hops: `undefined` without any, a plain one by one. */
export function routeBy(paths: readonly RoutePath[]): FibEntry | undefined {
  const [first] = paths;
  if (first === undefined || paths.length === 1) return first?.entry;
  return { ...first.entry, onlink: false, paths };
}

/** The route by each next hop; one for a plain route. */
export const pathsOf = (entry: FibEntry): readonly RoutePath[] =>
  entry.paths ?? [{ entry, weight: 1, dead: false }];

/** Whether packets may leave by the device (`fib_info_nh_uses_dev`). */
export const usesDevice = (entry: FibEntry, device: Device): boolean =>
  entry.paths === undefined
    ? entry.device === device
    : entry.paths.some((path) => path.entry.device === device);

/**
 * The next hop that a flow takes: each usable one answers for a share of the hash's range by its weight
 * (`fib_select_multipath`, `fib6_select_path`). A plain route is its own.
 */
export function selectPath(namespace: Namespace, entry: FibEntry, key: PathKey): FibEntry {
  const { paths } = entry;
  if (paths === undefined) return entry;
  const usable = paths.filter((path) => !path.dead && fits(path.entry, NOTHING));
  if (key.device !== undefined) {
    return usable.find((path) => path.entry.device === key.device)?.entry ?? entry;
  }
  const hash = pathHash(namespace, key);
  const { from } = key;
  let total = 0;
  for (const { weight } of usable) total += weight;
  let sum = 0;
  let chosen: FibEntry | undefined;
  let best = -1;
  for (const path of usable) {
    sum += path.weight;
    const inShare = hash < Math.round((sum * HASH_RANGE) / total) ? 1 : 0;
    const speaks = key.local === true && speaksFrom(namespace, path.entry, from) ? 2 : 0;
    if (inShare + speaks > best) {
      chosen = path.entry;
      best = inShare + speaks;
    }
  }
  return chosen ?? entry;
}

const NOTHING = {};

function speaksFrom(namespace: Namespace, entry: FibEntry, from: Ip | undefined): boolean {
  const { device, gateway } = entry;
  if (typeof from !== 'number' || device === undefined) return false;
  const towards = typeof gateway === 'number' ? gateway : undefined;
  return selectIpv4(namespace, device, towards, Scope.GLOBAL) === from;
}

/** `net.ipv4.fib_multipath_hash_policy` and its like for IPv6: by addresses, by ports too, or by what a tunnel carries. */
function pathHash(namespace: Namespace, { to, from, flow = NO_FLOW }: PathKey): number {
  const { flowHashSeed } = namespace.kernel;
  const ipv4 = typeof to === 'number';
  const policy = namespace.sysctls.get(`net.ipv${ipv4 ? 4 : 6}.fib_multipath_hash_policy`);
  const ends = { src: from ?? (ipv4 ? 0 : 0n), dst: to };
  if (policy === 1) {
    const { sourcePort, destinationPort, protocol } = flow;
    return flowPathHash(ends.src, ends.dst, sourcePort, destinationPort, [protocol], flowHashSeed);
  }
  const { src, dst } = flow.about ?? ends;
  const rest = ipv4 ? [] : [flow.protocol, flow.label];
  return flowPathHash(src, dst, 0, 0, rest, flowHashSeed);
}
