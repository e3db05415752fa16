import type { IpFamily } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry, IpsetType } from '../rule.ts';

/** One direction a dimension of the set: true for the packet's source. */
export type Directions = readonly boolean[];

export interface Member {
  readonly entry: IpsetEntry;
  readonly comment: string | undefined;
}

/** The contents of one ipset. */
export interface MemberSet {
  readonly type: IpsetType;
  /** `undefined`: of no family, as list:set is. */
  readonly family: IpFamily | undefined;
  readonly dimension: number;
  readonly maxElements: number;
  readonly comments: boolean;
  readonly size: number;
  add(entry: IpsetEntry, comment: string | undefined): Refusal | undefined;
  delete(entry: IpsetEntry): Refusal | undefined;
  flush(): void;
  /** Whether the packet's fields are in the set. Allocates nothing. Fewer directions than dimensions never match. */
  test(view: PacketView, directions: Directions): boolean;
  /** In the order in which `ipset save` lists them here. */
  members(): IterableIterator<Member>;
}

/** What `ipset create` says of a hash set. */
export interface HashSetSpec {
  readonly family: IpFamily;
  readonly maxElements: number;
  readonly comments: boolean;
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
export const WRONG_FAMILY: Refusal = {
  code: 'IPSET_ERR_INVALID_FAMILY',
  why: 'the address is not of the family of the set',
};

/** An entry of another type than the set's: a mistake of the program that ipset's parser would catch. */
export const wrongKind = (type: IpsetType, entry: IpsetEntry): Refusal => ({
  code: 'EINVAL',
  why: `an entry of kind ${entry.kind} does not fit in a set of type ${type}`,
});
