import type { Ipv4 } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import { type AddressRange, overlapOf, sizeOf } from './address-range.ts';
import type { HasAllocations, RingEntry, RingError } from './ring-entry.ts';
import { mergeEntries } from './ring-merge.ts';

/** The peers that a new ring is made for, in the order in which all of them compute it. */
export const ringSeeds = (peers: Iterable<PeerName>): PeerName[] =>
  [...new Set(peers)].sort((a, b) => a - b);

/**
 * Which peer owns which addresses, as one peer knows it (weave, ipam/ring/ring.go). The methods that
 * change ownership throw RangeError where upstream asserts: their callers must own what they give.
 */
export class Ring {
  readonly range: AddressRange;
  /** Whose copy this is. */
  readonly self: PeerName;
  #entries: readonly RingEntry[] = [];
  #seeds: readonly PeerName[] = [];

  constructor(range: AddressRange, self: PeerName) {
    this.range = range;
    this.self = self;
  }

  get entries(): readonly RingEntry[] {
    return this.#entries;
  }

  get seeds(): readonly PeerName[] {
    return this.#seeds;
  }

  /** Replaces what is known, unchecked: a state read back from somewhere. `violation` tells whether it can be. */
  restore(entries: readonly RingEntry[], seeds: readonly PeerName[] = this.#seeds): void {
    this.#entries = entries;
    this.#seeds = seeds;
  }

  /**
   * Divides an empty ring: the first half of the peers, rounded down, shares the lower half of the
   * addresses, and so on down. With more peers than addresses some get nothing.
   */
  claimForPeers(peers: readonly PeerName[]): void {
    if (this.#entries.length > 0) throw new RangeError('the ring is divided already');
    const entries: RingEntry[] = [];
    divide(this.range, peers, (part, peer) => {
      entries.push({ token: part.start, peer, version: 0, free: sizeOf(part) });
    });
    this.#entries = entries;
    this.#seeds = peers;
  }

  /** Gives part of this peer's own addresses to another peer. */
  grant(range: AddressRange, to: PeerName): void {
    const { start, end } = range;
    if (!this.contains(start) || end > this.range.end || end <= start) {
      throw new RangeError('the range to grant lies outside the ring');
    }
    const holder = this.#indexOf(start);
    const until = this.#indexOf(end - 1) + 1;
    const owner = this.#entries.at(holder);
    const inner = this.#entries.slice(holder + 1, until);
    if (owner?.peer !== this.self || inner.some(({ peer }) => peer !== this.self)) {
      throw new RangeError('a peer can only grant what it owns');
    }
    const give = (entry: RingEntry) => ({ ...entry, peer: to, version: entry.version + 1 });
    const changed = inner.map(give);
    if (owner.token === start) changed.unshift(give(owner));
    else {
      changed.unshift({ token: start, peer: to, version: 0, free: end - start });
      if (holder >= 0) changed.unshift({ ...owner, version: owner.version + 1 });
    }
    const closing = end === this.range.end ? this.range.start : end;
    const rest = { token: closing, peer: this.self, version: 0, free: sizeOf(this.range) };
    const isClosed = this.#entries.at(this.#indexOf(closing))?.token === closing;
    if (!isClosed && closing === end) changed.push(rest);

    const from = Math.max(holder, 0);
    const entries = this.#entries.toSpliced(from, until - from, ...changed);
    // An address before the first token belongs to the last entry, which reaches around the end.
    if (holder < 0 && !inner.includes(owner)) {
      entries[entries.length - 1] = { ...owner, version: owner.version + 1 };
    }
    if (!isClosed && closing !== end) entries.unshift(rest);
    this.#entries = this.#clamped(entries);
  }

  /** Gives all that one peer has to another, for good; returns the ranges that moved. */
  transfer(from: PeerName, to: PeerName): AddressRange[] {
    const moved = this.rangesOf(from);
    this.#entries = this.#entries.map((entry) =>
      entry.peer === from ? { ...entry, peer: to, version: entry.version + TRANSFER } : entry,
    );
    return moved;
  }

  /** Records how many addresses are free in entries of this peer. Returns whether anything changed. */
  reportFree(freeByToken: ReadonlyMap<Ipv4, number>): boolean {
    let changed = false;
    this.#entries = this.#entries.map((entry, at) => {
      const free = freeByToken.get(entry.token);
      if (free === undefined || free === entry.free) return entry;
      if (entry.peer !== this.self) throw new RangeError('a peer reports on its own entries only');
      if (free > this.#span(this.#entries, at)) throw new RangeError('more free than there are');
      changed = true;
      return { ...entry, free, version: entry.version + 1 };
    });
    return changed;
  }

  /** Takes over what another peer's copy knows better. Returns whether this copy changed, or why it refuses. */
  merge(
    theirs: Ring,
    hasAllocations: HasAllocations,
  ): { readonly updated: boolean } | { readonly error: RingError } {
    const violation = theirs.violation();
    if (violation !== undefined) return { error: violation };
    if (this.#seeds.length > 0 && theirs.#seeds.length > 0 && !same(this.#seeds, theirs.#seeds)) {
      return { error: 'differentSeeds' };
    }
    if (!same(ends(this.range), ends(theirs.range))) return { error: 'differentRange' };

    const merged = mergeEntries(this, theirs.#entries, hasAllocations);
    // Versions that were raised stay raised even when the rest is refused.
    this.#entries = merged.mine;
    if ('error' in merged) return { error: merged.error };
    const candidate = new Ring(this.range, this.self);
    candidate.restore(this.#clampedOwn(merged.result));
    const invalid = candidate.violation();
    if (invalid !== undefined) return { error: invalid };
    const updated = !sameEntries(this.#entries, candidate.#entries);
    this.#entries = candidate.#entries;
    if (this.#seeds.length === 0) this.#seeds = theirs.#seeds;
    return { updated };
  }

  /** Which rule of a ring's structure this one breaks, if any. */
  violation(): RingError | undefined {
    for (const [at, entry] of this.#entries.entries()) {
      const next = this.#entries[at + 1];
      if (next !== undefined && entry.token === next.token) return 'tokenRepeated';
      if (next !== undefined && entry.token > next.token) return 'notSorted';
    }
    const [first] = this.#entries;
    const last = this.#entries.at(-1);
    if (first === undefined || last === undefined) return undefined;
    if (first.token < this.range.start || last.token >= this.range.end) return 'tokenOutOfRange';
    const tooMuch = this.#entries.some((entry, at) => entry.free > this.#span(this.#entries, at));
    return tooMuch ? 'tooMuchFree' : undefined;
  }

  /** The peer that owns an address; `undefined` while the ring is not divided. Throws RangeError outside the ring. */
  owner(address: Ipv4): PeerName | undefined {
    if (!this.contains(address)) throw new RangeError('the address lies outside the ring');
    const at = this.#indexOf(address);
    return this.#entries.at(at)?.peer;
  }

  contains(address: Ipv4): boolean {
    return address >= this.range.start && address < this.range.end;
  }

  /** What a peer owns, lowest first; ranges of neighbouring entries are not joined. */
  rangesOf(peer: PeerName): AddressRange[] {
    return this.ranges().flatMap((owned) => (owned.entry.peer === peer ? [owned.range] : []));
  }

  /** Every range with its entry, lowest first; an entry that reaches around the ring's end has two. */
  ranges(): { readonly range: AddressRange; readonly entry: RingEntry }[] {
    const entries = this.#entries;
    const last = entries.at(-1);
    const [first] = entries;
    if (first === undefined || last === undefined) return [];
    const ranges = entries.map((entry, at) => {
      const end = entries[at + 1]?.token ?? this.range.end;
      return { range: { start: entry.token, end }, entry };
    });
    if (first.token === this.range.start) return ranges;
    return [{ range: { start: this.range.start, end: first.token }, entry: last }, ...ranges];
  }

  /** The other peers with free addresses in a range, with how many they have there. */
  donors(range: AddressRange): Map<PeerName, number> {
    const free = new Map<PeerName, number>();
    for (const owned of this.ranges()) {
      const { peer, free: count } = owned.entry;
      if (peer === this.self || count === 0 || overlapOf(owned.range, range) === undefined)
        continue;
      free.set(peer, (free.get(peer) ?? 0) + count);
    }
    return free;
  }

  /** Index of the entry that an address falls under; -1 before the first token, which is the last entry's. */
  #indexOf(address: Ipv4): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.token ?? 0) > address) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  /** How many addresses an entry stands for. */
  #span(entries: readonly RingEntry[], at: number): number {
    const token = entries[at]?.token ?? 0;
    const next = entries[at + 1]?.token ?? entries[0]?.token ?? 0;
    const distance = next - token;
    return distance > 0 ? distance : distance + sizeOf(this.range);
  }

  #clamped(entries: readonly RingEntry[]): RingEntry[] {
    return entries.map((entry, at) => {
      const span = this.#span(entries, at);
      return entry.free > span ? { ...entry, free: span } : entry;
    });
  }

  #clampedOwn(entries: readonly RingEntry[]): RingEntry[] {
    const clamped = this.#clamped(entries);
    return entries.map((entry, at) => (entry.peer === this.self ? (clamped[at] ?? entry) : entry));
  }
}

/** Makes a transfer win over anything the former owner may still say. */
const TRANSFER = 100;

const ends = (range: AddressRange): number[] => [range.start, range.end];

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

const sameEntries = (a: readonly RingEntry[], b: readonly RingEntry[]): boolean =>
  a.length === b.length &&
  a.every((entry, at) => {
    const other = b[at];
    return (
      entry.token === other?.token &&
      entry.peer === other.peer &&
      entry.version === other.version &&
      entry.free === other.free
    );
  });

const divide = (
  range: AddressRange,
  peers: readonly PeerName[],
  claim: (range: AddressRange, peer: PeerName) => void,
): void => {
  const [only] = peers;
  if (only === undefined) return;
  if (peers.length === 1 || sizeOf(range) === 1) {
    claim(range, only);
    return;
  }
  const middle = range.start + Math.floor(sizeOf(range) / 2);
  const half = Math.floor(peers.length / 2);
  divide({ start: range.start, end: middle }, peers.slice(0, half), claim);
  divide({ start: middle, end: range.end }, peers.slice(half), claim);
};
