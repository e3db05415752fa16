import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry } from '../rule.ts';
import {
  ALREADY_ADDED,
  type Directions,
  type Member,
  type MemberSet,
  NOT_ADDED,
  wrongKind,
} from './member-set.ts';
import type { IpsetSlot } from './slot.ts';

/** The least that the kernel keeps for `size`, which it prints but does not enforce. */
const LEAST_SIZE = 4;

/**
 * `list:set` (net/netfilter/ipset/ip_set_list_set.c): matches when any member set does. Members are
 * the places of sets, so that a swap of a member is seen at once.
 */
export class ListSet implements MemberSet {
  readonly type = 'list:set';
  readonly family = undefined;
  readonly dimension = 1;
  readonly maxElements: number;
  readonly comments: boolean;
  readonly #members = new Map<IpsetSlot, string | undefined>();
  readonly #slotOf: (name: string) => IpsetSlot | undefined;

  constructor(
    spec: { readonly size: number; readonly comments: boolean },
    slotOf: (name: string) => IpsetSlot | undefined,
  ) {
    this.maxElements = Math.max(LEAST_SIZE, spec.size);
    this.comments = spec.comments;
    this.#slotOf = slotOf;
  }

  get size(): number {
    return this.#members.size;
  }

  add(entry: IpsetEntry, comment: string | undefined): Refusal | undefined {
    if (entry.kind !== 'set') return wrongKind(this.type, entry);
    const slot = this.#slotOf(entry.name);
    if (slot === undefined) return NO_SUCH_MEMBER;
    if (slot.set.type === 'list:set') return LIST_IN_LIST;
    if (this.#members.has(slot)) return ALREADY_ADDED;
    slot.references++;
    this.#members.set(slot, comment);
    return undefined;
  }

  delete(entry: IpsetEntry): Refusal | undefined {
    if (entry.kind !== 'set') return wrongKind(this.type, entry);
    const slot = this.#slotOf(entry.name);
    if (slot === undefined) return NO_SUCH_MEMBER;
    if (slot.set.type === 'list:set') return LIST_IN_LIST;
    if (!this.#members.delete(slot)) return NOT_ADDED;
    slot.references--;
    return undefined;
  }

  flush(): void {
    for (const slot of this.#members.keys()) slot.references--;
    this.#members.clear();
  }

  test(view: PacketView, directions: Directions): boolean {
    for (const { set } of this.#members.keys()) if (set.test(view, directions)) return true;
    return false;
  }

  *members(): IterableIterator<Member> {
    for (const [{ name }, comment] of this.#members)
      yield { entry: { kind: 'set', name }, comment };
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
