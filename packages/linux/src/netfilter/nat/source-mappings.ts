import { formatIp } from '@podpath/net';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { Tuple } from '../conntrack/tuple.ts';

/**
 * What each source is mapped to, so that a source that speaks to many is seen as one by all of them
 * (find_appropriate_src in net/netfilter/nf_nat_core.c).
 */
export class SourceMappings {
  readonly #bySource = new Map<string, Set<ConntrackEntry>>();

  inserted(entry: ConntrackEntry): void {
    const key = keyOf(entry.original, entry.original.zone);
    const entries = this.#bySource.get(key);
    if (entries === undefined) this.#bySource.set(key, new Set([entry]));
    else entries.add(entry);
  }

  removed(entry: ConntrackEntry): void {
    const key = keyOf(entry.original, entry.original.zone);
    const entries = this.#bySource.get(key);
    if (entries === undefined) return;
    entries.delete(entry);
    if (entries.size === 0) this.#bySource.delete(key);
  }

  /** The tuple with its source as another connection of that source has it, if that suits; the latest first. */
  find(tuple: Tuple, zone: number, suits: (mapped: Tuple) => boolean): Tuple | undefined {
    const entries = this.#bySource.get(keyOf(tuple, zone));
    if (entries === undefined) return undefined;
    for (const entry of [...entries].reverse()) {
      const mapped = new Tuple();
      if (!mapped.invertOf(entry.reply)) continue;
      mapped.dst = tuple.dst;
      mapped.dstPort = tuple.dstPort;
      mapped.rehash();
      if (suits(mapped)) return mapped;
    }
    return undefined;
  }
}

const keyOf = ({ src, srcPort, protocol }: Tuple, zone: number): string =>
  `${formatIp(src)} ${srcPort} ${protocol} ${zone}`;
