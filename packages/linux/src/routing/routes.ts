import type { Ip, Prefix } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { Fib } from './fib.ts';
import type { FibTable } from './fib-table.ts';

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

/** Removes every route of a family that matches, through one device or through any. */
export function removeRoutesOf<A extends Ip>(
  fib: Fib<A>,
  device: Device | undefined,
  matches: (entry: FibEntry) => boolean,
): void {
  for (const table of fib.tables()) {
    const candidates = device === undefined ? [...table.entries()] : table.throughDevice(device);
    for (const entry of candidates) if (matches(entry)) table.remove(entry);
  }
}
