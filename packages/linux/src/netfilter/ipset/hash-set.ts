import type { IpFamily } from '@podpath/net';
import { jenkinsHash } from '../jenkins-hash.ts';
import type { PacketView } from '../packet-view.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { IpsetEntry, SetCounterOptions } from '../rule.ts';
import type { AddressFilter, FilterMemory } from './address-filter.ts';
import { countMatch } from './counting.ts';
import { elementWords, MOST_WORDS } from './element-words.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { HashSize } from './hash-size.ts';
import {
  type Extensions,
  type Member,
  type MemberOptions,
  newMember,
  setOptions,
} from './member.ts';
import { isRefusal, type MemberIndex } from './member-index.ts';
import { ALREADY_ADDED, type Directions, FULL, type MemberSet, NOT_ADDED } from './member-set.ts';

/** What `ipset create` says of a hash set. */
export interface HashSetSpec {
  readonly family: IpFamily;
  readonly maxElements: number;
  readonly hashSize: number;
  readonly extensions: Extensions;
  /** Of the kernel's hash. */
  readonly seed: number;
  readonly nowMs: () => number;
}

/** A set of one of the hash types (net/netfilter/ipset/ip_set_hash_gen.h). */
export class HashSet<E extends IpsetEntry> implements MemberSet {
  readonly type;
  readonly dimension;
  readonly hasBuckets = true;
  readonly #spec: HashSetSpec;
  readonly #index: MemberIndex<E>;
  readonly #hashSize: HashSize;
  readonly #expiries = new ExpiryQueue<E>();
  readonly #words = new Uint32Array(MOST_WORDS);
  #size = 0;

  constructor(spec: HashSetSpec, index: MemberIndex<E>) {
    this.type = index.type;
    this.dimension = index.dimension;
    this.#spec = spec;
    this.#index = index;
    this.#hashSize = new HashSize(spec.hashSize);
  }

  get family(): IpFamily {
    return this.#spec.family;
  }

  get extensions(): Extensions {
    return this.#spec.extensions;
  }

  get header(): string {
    const { family, maxElements } = this.#spec;
    const inet = family === 4 ? 'inet' : 'inet6';
    return `family ${inet} hashsize ${this.#hashSize.size} maxelem ${maxElements}`;
  }

  get size(): number {
    this.#expire();
    return this.#size;
  }

  /** The family is not compared, nor the size of the table. */
  isLike(other: MemberSet): boolean {
    if (!(other instanceof HashSet) || other.type !== this.type) return false;
    const { maxElements, extensions } = this.#spec;
    const { comments, counters, timeoutSeconds } = other.#spec.extensions;
    return (
      other.#spec.maxElements === maxElements &&
      comments === extensions.comments &&
      counters === extensions.counters &&
      timeoutSeconds === extensions.timeoutSeconds
    );
  }

  add(entry: IpsetEntry, options: MemberOptions): Refusal | undefined {
    const nomatch = 'nomatch' in entry && entry.nomatch === true;
    if (nomatch && !this.type.includes('net')) {
      return invalid('nomatch is for sets of networks');
    }
    const entries = this.#index.expand(entry);
    if (isRefusal(entries)) return entries;
    this.#expire();
    for (const single of entries) {
      const refusal = this.#addOne(single, nomatch, options);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  delete(entry: IpsetEntry, exist: boolean): Refusal | undefined {
    const entries = this.#index.expand(entry);
    if (isRefusal(entries)) return entries;
    this.#expire();
    for (const single of entries) {
      const member = this.#index.get(single);
      if (member !== undefined) this.#remove(member);
      else if (!exist) return NOT_ADDED;
    }
    return undefined;
  }

  flush(): void {
    this.#index.clear();
    this.#hashSize.clear();
    this.#expiries.clear();
    this.#size = 0;
  }

  test(view: PacketView, directions: Directions, counters?: SetCounterOptions): boolean {
    if (view.family !== this.#spec.family) return false;
    this.#expire();
    const member = this.#index.find(view, directions);
    if (member === undefined) return false;
    if (this.#spec.extensions.counters && !countMatch(member, view, counters)) return false;
    return !member.nomatch;
  }

  filterIn(memory: FilterMemory): AddressFilter | undefined {
    return this.#spec.extensions.counters ? undefined : this.#index.filterIn?.(memory);
  }

  addPacket(view: PacketView, directions: Directions, options: MemberOptions): boolean {
    const entry = this.#entryOf(view, directions);
    if (entry === undefined) return false;
    const counted = { ...options, packets: 1, bytes: view.lengthBytes };
    const { counters } = this.#spec.extensions;
    return this.#addOne(entry, false, counters ? counted : options) === undefined;
  }

  deletePacket(view: PacketView, directions: Directions): boolean {
    const entry = this.#entryOf(view, directions);
    const member = entry && this.#index.get(entry);
    if (member === undefined) return false;
    this.#remove(member);
    return true;
  }

  members(): Iterable<Member<E>> {
    this.#expire();
    return this.#index.members();
  }

  #entryOf(view: PacketView, directions: Directions): E | undefined {
    if (view.family !== this.#spec.family) return undefined;
    this.#expire();
    return this.#index.entryOf(view, directions);
  }

  #addOne(entry: E, nomatch: boolean, options: MemberOptions): Refusal | undefined {
    const { extensions, maxElements, seed } = this.#spec;
    const nowMs = this.#spec.nowMs();
    const known = this.#index.get(entry);
    if (known !== undefined) {
      if (options.exist !== true) return ALREADY_ADDED;
      setOptions(known, options, extensions, nowMs);
      known.nomatch = nomatch;
      this.#expiries.add(known);
      return undefined;
    }
    if (this.#size >= maxElements) return FULL;
    const member = newMember(entry, nomatch, options, extensions, nowMs);
    const length = elementWords(entry, this.#spec.family, this.#words);
    member.hash = jenkinsHash(this.#words, length, seed);
    this.#hashSize.add(member, () => this.#index.members());
    this.#index.insert(member);
    this.#expiries.add(member);
    this.#size++;
    return undefined;
  }

  #remove(member: Member<E>): void {
    this.#index.remove(member);
    this.#hashSize.remove(member);
    // Whatever of it is still queued is no longer meant.
    member.expiresAtMs = Number.NaN;
    this.#size--;
  }

  #expire(): void {
    const nowMs = this.#spec.nowMs();
    if (this.#expiries.nextMs >= nowMs) return;
    this.#expiries.expire(nowMs, (member) => this.#remove(member));
  }
}
