import type { ConntrackEntry } from '../conntrack/entry.ts';
import { addressHash, Tuple } from '../conntrack/tuple.ts';

/**
 * What each source is mapped to, so that a source that speaks to many is seen as one by all of them
 * (find_appropriate_src in net/netfilter/nf_nat_core.c).
 */
export class SourceMappings {
  /** Of connections whose sources have the same hash the latest, which knows the one before it. */
  readonly #latest = new Map<number, ConntrackEntry>();

  inserted(entry: ConntrackEntry): void {
    const hash = sourceHash(entry.original, entry.original.zone);
    const older = this.#latest.get(hash);
    entry.olderOfSource = older;
    if (older !== undefined) older.newerOfSource = entry;
    this.#latest.set(hash, entry);
  }

  removed(entry: ConntrackEntry): void {
    const { olderOfSource: older, newerOfSource: newer } = entry;
    entry.olderOfSource = undefined;
    entry.newerOfSource = undefined;
    if (older !== undefined) older.newerOfSource = newer;
    if (newer !== undefined) {
      newer.olderOfSource = older;
      return;
    }
    const hash = sourceHash(entry.original, entry.original.zone);
    if (older === undefined) this.#latest.delete(hash);
    else this.#latest.set(hash, older);
  }

  /** The tuple with its source as another connection of that source has it, if that suits; the latest first. */
  find(tuple: Tuple, zone: number, suits: (mapped: Tuple) => boolean): Tuple | undefined {
    // Put together first: whoever is asked may find connections over, which then go.
    for (const entry of this.#ofSource(tuple, zone)) {
      const mapped = new Tuple();
      if (!mapped.invertOf(entry.reply)) continue;
      mapped.dst = tuple.dst;
      mapped.dstPort = tuple.dstPort;
      mapped.rehash();
      if (suits(mapped)) return mapped;
    }
    return undefined;
  }

  #ofSource(tuple: Tuple, zone: number): readonly ConntrackEntry[] {
    const found: ConntrackEntry[] = [];
    let entry = this.#latest.get(sourceHash(tuple, zone));
    for (; entry !== undefined; entry = entry.olderOfSource) {
      if (isSource(entry.original, tuple, zone)) found.push(entry);
    }
    return found;
  }
}

const isSource = (own: Tuple, { src, srcPort, protocol }: Tuple, zone: number): boolean =>
  own.src === src && own.srcPort === srcPort && own.protocol === protocol && own.zone === zone;

const sourceHash = ({ src, srcPort, protocol }: Tuple, zone: number): number => {
  const hash = Math.imul(addressHash(src) ^ (zone << 8) ^ protocol, 0x9e37_79b1);
  return Math.imul(hash ^ (hash >>> 15) ^ srcPort, 0x85eb_ca6b);
};
