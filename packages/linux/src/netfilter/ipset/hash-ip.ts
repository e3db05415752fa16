import { familyOf, type Ip } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry } from '../rule.ts';
import {
  ALREADY_ADDED,
  type Directions,
  FULL,
  type HashSetSpec,
  type Member,
  type MemberSet,
  NOT_ADDED,
  NULL_ELEMENT,
  WRONG_FAMILY,
  wrongKind,
} from './member-set.ts';

/** `hash:ip` (net/netfilter/ipset/ip_set_hash_ip.c). */
export class HashIpSet implements MemberSet {
  readonly type = 'hash:ip';
  readonly dimension = 1;
  readonly family;
  readonly maxElements;
  readonly comments;
  readonly #members = new Map<Ip, string | undefined>();

  constructor({ family, maxElements, comments }: HashSetSpec) {
    this.family = family;
    this.maxElements = maxElements;
    this.comments = comments;
  }

  get size(): number {
    return this.#members.size;
  }

  add(entry: IpsetEntry, comment: string | undefined): Refusal | undefined {
    if (entry.kind !== 'ip') return wrongKind(this.type, entry);
    const { address } = entry;
    if (familyOf(address) !== this.family) return WRONG_FAMILY;
    if (address === 0 || address === 0n) return NULL_ELEMENT;
    if (this.#members.has(address)) return ALREADY_ADDED;
    if (this.size >= this.maxElements) return FULL;
    this.#members.set(address, comment);
    return undefined;
  }

  delete(entry: IpsetEntry): Refusal | undefined {
    if (entry.kind !== 'ip') return wrongKind(this.type, entry);
    if (familyOf(entry.address) !== this.family) return WRONG_FAMILY;
    return this.#members.delete(entry.address) ? undefined : NOT_ADDED;
  }

  flush(): void {
    this.#members.clear();
  }

  test(view: PacketView, directions: Directions): boolean {
    const [ofSource] = directions;
    return ofSource !== undefined && this.#members.has(ofSource ? view.src : view.dst);
  }

  *members(): IterableIterator<Member> {
    for (const [address, comment] of this.#members)
      yield { entry: { kind: 'ip', address }, comment };
  }
}
