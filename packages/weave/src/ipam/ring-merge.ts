import type { PeerName } from '../peer-name.ts';
import type { AddressRange } from './address-range.ts';
import type { HasAllocations, RingEntry, RingError } from './ring-entry.ts';

/** The receiver's side of a merge. */
export interface KnownRing {
  readonly entries: readonly RingEntry[];
  readonly self: PeerName;
  readonly range: AddressRange;
}

/** `mine` is what I knew, with versions that had to be raised; `result` what holds from now on. */
export type MergedEntries = { readonly mine: readonly RingEntry[] } & (
  | { readonly result: readonly RingEntry[] }
  | { readonly error: RingError }
);

/**
 * Merges the entries of a gossiped ring into mine, token by token: higher versions win, and nothing may
 * take addresses from me that I have handed out (weave, ipam/ring/ring.go).
 */
export const mergeEntries = (
  ring: KnownRing,
  theirEntries: readonly RingEntry[],
  hasAllocations: HasAllocations,
): MergedEntries => {
  const mine = [...ring.entries];
  const result: RingEntry[] = [];
  /** Owner of the entry of mine that was kept last, until one of theirs follows. */
  let keptOwner: PeerName | undefined;
  let i = 0;
  let j = 0;
  while (i < mine.length || j < theirEntries.length) {
    const my = mine[i];
    const their = theirEntries[j];
    if (my !== undefined && (their === undefined || my.token < their.token)) {
      result.push(my);
      keptOwner = my.peer;
      i++;
    } else if (their !== undefined && (my === undefined || their.token < my.token)) {
      if (keptOwner === ring.self && their.peer !== ring.self) {
        // After my last token there is no end to check up to, and upstream refuses without looking.
        const taken = my === undefined || hasAllocations({ start: their.token, end: my.token });
        if (taken) return { mine, error: 'entryInMyRange' };
      }
      result.push(their);
      keptOwner = undefined;
      j++;
    } else if (my !== undefined && their !== undefined) {
      const span = { start: my.token, end: mine[i + 1]?.token ?? ring.range.end };
      const choice = chooseEntry(ring, my, their, () => hasAllocations(span));
      if ('error' in choice) return { mine, error: choice.error };
      if (choice.raised) mine[i] = choice.entry;
      result.push(choice.entry);
      keptOwner = choice.entry === their ? undefined : choice.entry.peer;
      i++;
      j++;
    }
  }
  return { mine, result };
};

const chooseEntry = (
  ring: KnownRing,
  my: RingEntry,
  their: RingEntry,
  allocated: () => boolean,
): { readonly entry: RingEntry; readonly raised: boolean } | { readonly error: RingError } => {
  const keep = { entry: my, raised: false };
  const take = { entry: their, raised: false };
  const isMine = my.peer === ring.self;
  if (my.version > their.version) return keep;
  if (my.version === their.version) {
    if (my.peer === their.peer) return keep;
    if (isMine && allocated()) return { error: 'inconsistentEntry' };
    return their.free > my.free ? take : keep;
  }
  if (!isMine) return take;
  // Somebody remembers more of me than I do: I was restarted. My word has to be the newest.
  if (their.peer === ring.self) {
    return { entry: { ...my, version: their.version + 1 }, raised: true };
  }
  return allocated() ? { error: 'newerVersion' } : take;
};
