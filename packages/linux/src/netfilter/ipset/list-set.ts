import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry, SetCounterOptions } from '../rule.ts';
import { countMatch, ofSubsets } from './counting.ts';
import {
  type Extensions,
  type Member,
  type MemberOptions,
  newMember,
  setOptions,
} from './member.ts';
import {
  ALREADY_ADDED,
  type Directions,
  type MemberSet,
  NOT_ADDED,
  wrongKind,
} from './member-set.ts';
import type { IpsetSlot } from './slot.ts';

type Entry = Extract<IpsetEntry, { readonly kind: 'set' }>;

/** The least that the kernel keeps for `size`, which it prints but does not enforce. */
const LEAST_SIZE = 4;

/** What `ipset create` says of a list of sets. */
export interface ListSpec {
  readonly size: number;
  readonly extensions: Extensions;
  readonly nowMs: () => number;
}

/** A set in its place in the list. */
interface Place {
  readonly slot: IpsetSlot;
  readonly member: Member<Entry>;
}

/**
 * `list:set` (net/netfilter/ipset/ip_set_list_set.c): matches when any member set does, asked in their order.
 * Members are the places of sets, so that a swap of a member is seen at once.
 */
export class ListSet implements MemberSet {
  readonly type = 'list:set';
  readonly family = undefined;
  readonly dimension = 1;
  readonly hasBuckets = false;
  readonly #spec: ListSpec;
  readonly #slotOf: (name: string) => IpsetSlot | undefined;
  #places: Place[] = [];

  constructor(spec: ListSpec, slotOf: (name: string) => IpsetSlot | undefined) {
    this.#spec = spec;
    this.#slotOf = slotOf;
  }

  get extensions(): Extensions {
    return this.#spec.extensions;
  }

  get header(): string {
    return `size ${Math.max(LEAST_SIZE, this.#spec.size)}`;
  }

  get size(): number {
    this.#expire();
    return this.#places.length;
  }

  isLike(other: MemberSet): boolean {
    if (!(other instanceof ListSet)) return false;
    const { extensions } = other;
    return (
      other.header === this.header &&
      extensions.comments === this.extensions.comments &&
      extensions.counters === this.extensions.counters &&
      extensions.timeoutSeconds === this.extensions.timeoutSeconds
    );
  }

  add(entry: IpsetEntry, options: MemberOptions): Refusal | undefined {
    const found = this.#find(entry);
    if ('code' in found) return found;
    const { slot, at, besides } = found;
    const nowMs = this.#spec.nowMs();
    const known = this.#places[at];
    if (known !== undefined) {
      if (options.exist !== true) return ALREADY_ADDED;
      setOptions(known.member, options, this.extensions, nowMs);
      return undefined;
    }
    slot.references++;
    const { name } = slot;
    const member = newMember<Entry>({ kind: 'set', name }, false, options, this.extensions, nowMs);
    const place = { slot, member };
    if (besides === undefined) this.#places.push(place);
    else this.#places.splice('before' in entry ? besides : besides + 1, 0, place);
    return undefined;
  }

  delete(entry: IpsetEntry, exist: boolean): Refusal | undefined {
    const found = this.#find(entry);
    if ('code' in found) return found;
    const { at, besides } = found;
    if (at < 0) return exist ? undefined : NOT_ADDED;
    // It must be where it is said to be.
    if (besides !== undefined && at !== ('before' in entry ? besides - 1 : besides + 1)) {
      return NO_SUCH_PLACE;
    }
    for (const { slot } of this.#places.splice(at, 1)) slot.references--;
    return undefined;
  }

  flush(): void {
    for (const { slot } of this.#places) slot.references--;
    this.#places = [];
  }

  test(view: PacketView, directions: Directions, counters?: SetCounterOptions): boolean {
    this.#expire();
    const ofMembers = counters && ofSubsets(counters);
    for (let at = 0; at < this.#places.length; at++) {
      const place = this.#places[at];
      if (place === undefined || !place.slot.set.test(view, directions, ofMembers)) continue;
      if (!this.extensions.counters || countMatch(place.member, view, counters)) return true;
    }
    return false;
  }

  /** In the first member that takes it. */
  addPacket(view: PacketView, directions: Directions, options: MemberOptions): boolean {
    this.#expire();
    return this.#places.some(({ slot }) => slot.set.addPacket(view, directions, options));
  }

  deletePacket(view: PacketView, directions: Directions): boolean {
    this.#expire();
    return this.#places.some(({ slot }) => slot.set.deletePacket(view, directions));
  }

  members(): Iterable<Member<Entry>> {
    this.#expire();
    return this.#places.map(({ member }) => member);
  }

  /** Where the entry is in the list, -1 when it is not, and the place that it refers to. */
  #find(
    entry: IpsetEntry,
  ):
    | Refusal
    | { readonly slot: IpsetSlot; readonly at: number; readonly besides: number | undefined } {
    if (entry.kind !== 'set') return wrongKind(this.type, entry);
    const slot = this.#slotOf(entry.name);
    if (slot === undefined) return NO_SUCH_MEMBER;
    if (slot.set.type === 'list:set') return LIST_IN_LIST;
    this.#expire();
    const at = this.#places.findIndex((place) => place.slot === slot);
    const reference = entry.before ?? entry.after;
    if (reference === undefined) return { slot, at, besides: undefined };
    const beside = this.#slotOf(reference);
    if (beside === undefined) return NO_SUCH_REFERENCE;
    const besides = this.#places.findIndex((place) => place.slot === beside);
    return besides < 0 ? NO_SUCH_PLACE : { slot, at, besides };
  }

  #expire(): void {
    if (this.extensions.timeoutSeconds === undefined) return;
    const nowMs = this.#spec.nowMs();
    for (let at = this.#places.length - 1; at >= 0; at--) {
      const place = this.#places[at];
      if (place === undefined || place.member.expiresAtMs >= nowMs) continue;
      place.slot.references--;
      this.#places.splice(at, 1);
    }
  }
}

const NO_SUCH_MEMBER: Refusal = {
  code: 'IPSET_ERR_NAME',
  why: 'set to be added/deleted/tested as element does not exist',
};
const LIST_IN_LIST: Refusal = {
  code: 'IPSET_ERR_LOOP',
  why: 'sets with list:set type cannot be added to the set',
};
const NO_SUCH_REFERENCE: Refusal = {
  code: 'IPSET_ERR_NAMEREF',
  why: "the set to which you referred with 'before' or 'after' does not exist",
};
const NO_SUCH_PLACE: Refusal = {
  code: 'IPSET_ERR_REF_EXIST',
  why: "the set to which you referred with 'before' or 'after' is not added to the set",
};
