import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry, IpsetType } from '../rule.ts';
import type { AddressFilter, FilterMemory } from './address-filter.ts';
import type { Member } from './member.ts';
import type { Directions } from './member-set.ts';

/** The members of a hash set, to be found by what they are and by what a packet is. `E` is an entry that stands for one member. */
export interface MemberIndex<E extends IpsetEntry> {
  readonly type: IpsetType;
  readonly dimension: number;
  /** The single members that an entry stands for, or why there are none. */
  expand(entry: IpsetEntry): Iterable<E> | Refusal;
  get(entry: E): Member<E> | undefined;
  insert(member: Member<E>): void;
  remove(member: Member<E>): void;
  clear(): void;
  /** Allocates nothing. */
  find(view: PacketView, directions: Directions): Member<E> | undefined;
  /** The member that a packet would be; `undefined` when it lacks what it takes. */
  entryOf(view: PacketView, directions: Directions): E | undefined;
  members(): Iterable<Member<E>>;
  /** What most packets that are not in the set can be told by, kept up to date from then on; for sets of addresses. */
  filterIn?(memory: FilterMemory): AddressFilter | undefined;
}

export const isRefusal = (value: object): value is Refusal => 'code' in value;
