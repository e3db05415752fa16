import type { Ip, Prefix } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { Fib } from './fib.ts';

/** Adds a route that the kernel makes itself; one that is there already stays as it is. */
export function addKernelRoute(namespace: Namespace, entry: FibEntry): void {
  const { address, length } = entry.prefix;
  const same = (other: FibEntry): boolean =>
    other.device === entry.device && other.type === entry.type && other.metric === entry.metric;
  if (typeof address === 'number') {
    const table = namespace.ipv4.tableFor(entry.table);
    if (!table.at(address, length).some(same)) table.insert(address, entry, 'last');
  } else {
    const table = namespace.ipv6.tableFor(entry.table);
    if (!table.at(address, length).some(same)) table.insert(address, entry, 'last');
  }
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
