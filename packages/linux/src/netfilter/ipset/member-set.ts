import type { IpFamily } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry, IpsetType, SetCounterOptions } from '../rule.ts';
import type { AddressFilter, FilterMemory } from './address-filter.ts';
import type { Extensions, Member, MemberOptions } from './member.ts';

/** One direction a dimension of the set: true for the packet's source. */
export type Directions = readonly boolean[];

/** The contents of one ipset. */
export interface MemberSet {
  readonly type: IpsetType;
  /** `undefined`: of no family, as list:set and bitmap:port are. */
  readonly family: IpFamily | undefined;
  readonly dimension: number;
  readonly extensions: Extensions;
  /** What `create` says between the type and the extensions. */
  readonly header: string;
  /** Whether `create` says how large its buckets are. */
  readonly hasBuckets: boolean;
  readonly size: number;
  /** Whether `create -exist` with what the other was made from is content with this one. */
  isLike(other: MemberSet): boolean;
  add(entry: IpsetEntry, options: MemberOptions): Refusal | undefined;
  delete(entry: IpsetEntry, exist: boolean): Refusal | undefined;
  flush(): void;
  /** Whether the packet's fields are in the set. Allocates nothing. Fewer directions than dimensions never match. */
  test(view: PacketView, directions: Directions, counters?: SetCounterOptions): boolean;
  /**
   * What most packets can be told by that `test` would say no to, kept up to date from then on; `undefined` for a set
   * that is not of whole addresses, or counts what it has matched.
   */
  filterIn?(memory: FilterMemory): AddressFilter | undefined;
  /** Adds what the packet's fields are; false when that cannot be, or is there already. */
  addPacket(view: PacketView, directions: Directions, options: MemberOptions): boolean;
  deletePacket(view: PacketView, directions: Directions): boolean;
  /** In the order in which `ipset save` lists them here. */
  members(): Iterable<Member>;
}

export const ALREADY_ADDED: Refusal = {
  code: 'IPSET_ERR_EXIST',
  why: "element cannot be added to the set: it's already added",
};
export const NOT_ADDED: Refusal = {
  code: 'IPSET_ERR_EXIST',
  why: "element cannot be deleted from the set: it's not added",
};
export const FULL: Refusal = {
  code: 'IPSET_ERR_HASH_FULL',
  why: 'hash is full, cannot add more elements',
};
export const NULL_ELEMENT: Refusal = {
  code: 'IPSET_ERR_HASH_ELEM',
  why: 'null-valued element, cannot be stored in a hash type of set',
};
export const BAD_CIDR: Refusal = {
  code: 'IPSET_ERR_INVALID_CIDR',
  why: 'the value of the CIDR parameter of the IP address is invalid',
};
export const WHOLE_RANGE: Refusal = {
  code: 'IPSET_ERR_HASH_RANGE',
  why: 'invalid range, covers the whole address space',
};
export const RANGE_UNSUPPORTED: Refusal = {
  code: 'IPSET_ERR_HASH_RANGE_UNSUPPORTED',
  why: 'range is not supported in the "hash:*" set type of IPv6',
};
export const WRONG_FAMILY: Refusal = {
  code: 'IPSET_ERR_INVALID_FAMILY',
  why: 'the address is not of the family of the set',
};

/** An entry of another type than the set's: a mistake of the program that ipset's parser would catch. */
export const wrongKind = (type: IpsetType, entry: IpsetEntry): Refusal => ({
  code: 'EINVAL',
  why: `an entry of kind ${entry.kind} does not fit in a set of type ${type}`,
});
