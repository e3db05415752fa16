import { readFileSync } from 'node:fs';
import type { Network } from '@podpath/linux';

const TABLES = ['ipv4', 'ipv6'] as const;
/** Where the kernel does not say. */
const USUAL_LIMIT = 512;
/** What of it one lab takes: the kernel has one table for all namespaces, others' too. */
const SHARE = 0.75;

/**
 * How many neighbours of a family all namespaces of a lab may know together before this kernel forgets some to make room
 * (`gc_thresh2`).
 */
export const neighbourLimit = (read = readLimit): number =>
  Math.floor(SHARE * Math.min(...TABLES.map((family) => read(family) ?? USUAL_LIMIT)));

function readLimit(family: string): number | undefined {
  try {
    const text = readFileSync(`/proc/sys/net/${family}/neigh/default/gc_thresh2`, 'utf8');
    return Number(text) || undefined;
  } catch {
    // A kernel without that family has no limit for it.
    return undefined;
  }
}

/** Neighbours that are known in a network, of the family that has more. */
export function neighboursKnown(network: Network): number {
  const counts = { number: 0, bigint: 0 };
  for (const name of network.namespaceNames()) {
    for (const { address } of network.namespace(name).neighbours()) {
      if (typeof address === 'number') counts.number++;
      else counts.bigint++;
    }
  }
  return Math.max(counts.number, counts.bigint);
}
