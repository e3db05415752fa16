import type { Ip, Prefix } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { Fib } from './fib.ts';
import type { FibTable } from './fib-table.ts';
import { routeBy } from './multipath.ts';

/** Adds a route that the kernel makes itself; one that is there already stays as it is. */
export function addKernelRoute(namespace: Namespace, entry: FibEntry): void {
  const { address } = entry.prefix;
  if (typeof address === 'number') {
    insertOnce(namespace.ipv4.tableFor(entry.table), address, entry);
  } else {
    insertOnce(namespace.ipv6.tableFor(entry.table), address, entry);
  }
}

function insertOnce<A extends Ip>(table: FibTable<A>, address: A, entry: FibEntry): void {
  const rivals = table.at(address, entry.prefix.length);
  // Many devices may have the same prefix (fe80::/64), and one device many prefixes.
  const few =
    entry.device !== undefined && table.countThrough(entry.device) < rivals.length
      ? table.throughDevice(entry.device)
      : rivals;
  const known = few.some(
    (other) =>
      other.device === entry.device &&
      other.type === entry.type &&
      other.metric === entry.metric &&
      other.prefix.address === address &&
      other.prefix.length === entry.prefix.length,
  );
  if (!known) table.insert(address, entry, 'last');
}

/** Removes the first route of exactly this prefix that matches; returns whether there was one. */
export function removeRoute(
  namespace: Namespace,
  tableId: number,
  { address, length }: Prefix,
  matches: (entry: FibEntry) => boolean,
): boolean {
  if (typeof address === 'number') {
    const table = namespace.ipv4.table(tableId);
    const entry = table?.at(address, length).find(matches);
    return table !== undefined && entry !== undefined && table.remove(entry);
  }
  const table = namespace.ipv6.table(tableId);
  const entry = table?.at(address, length).find(matches);
  return table !== undefined && entry !== undefined && table.remove(entry);
}

/**
 * Removes every route of a family that matches, through one device or through any. Of several next hops those
 * by the device are marked dead, and the route goes with the last of them (`fib_sync_down_dev`, `fib6_ifdown`).
 */
export function removeRoutesOf<A extends Ip>(
  fib: Fib<A>,
  device: Device | undefined,
  matches: (entry: FibEntry) => boolean,
): void {
  for (const table of fib.tables()) {
    const candidates = device === undefined ? [...table.entries()] : table.throughDevice(device);
    for (const entry of candidates) {
      if (matches(entry) && !outlives(entry, device)) table.remove(entry);
    }
  }
}

function outlives({ paths }: FibEntry, device: Device | undefined): boolean {
  if (paths === undefined || device === undefined) return false;
  for (const path of paths) if (path.entry.device === device) path.dead = true;
  return paths.some(({ dead }) => !dead);
}

/** A device is up again: so are the next hops by it (`fib_sync_up`, `rt6_sync_up`). */
export function reviveRoutesOf<A extends Ip>(fib: Fib<A>, device: Device): void {
  for (const table of fib.tables()) {
    for (const { paths = [] } of table.throughDevice(device)) {
      for (const path of paths) if (path.entry.device === device) path.dead = false;
    }
  }
}

/** A device is gone for good: IPv4 loses the whole of a route, IPv6 the next hops by the device. */
export function forgetRoutesOf(namespace: Namespace, device: Device): void {
  for (const table of namespace.ipv4.tables()) {
    for (const entry of table.throughDevice(device)) table.remove(entry);
  }
  for (const table of namespace.ipv6.tables()) {
    for (const entry of table.throughDevice(device)) {
      const rest = entry.paths?.filter((path) => path.entry.device !== device) ?? [];
      const left = routeBy(rest);
      if (left === undefined) table.remove(entry);
      else table.replace(entry, left);
    }
  }
}
