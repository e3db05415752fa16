import { Ipv4Table, Ipv6Table, NO_MATCH } from '@podpath/lpm';
import { familyOf, formatPrefix, type Ip, type IpFamily, type Prefix } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry } from '../rule.ts';
import {
  ALREADY_ADDED,
  BAD_CIDR,
  type Directions,
  FULL,
  type HashSetSpec,
  type Member,
  type MemberSet,
  NOT_ADDED,
  WRONG_FAMILY,
  wrongKind,
} from './member-set.ts';

const MATCH = 0;
const NO_MATCH_ENTRY = 1;

/**
 * `hash:net` (net/netfilter/ipset/ip_set_hash_net.c): the longest prefix that covers the address
 * decides, and one marked `nomatch` decides against.
 */
export class HashNetSet implements MemberSet {
  readonly type = 'hash:net';
  readonly dimension = 1;
  readonly family: IpFamily;
  readonly maxElements: number;
  readonly comments: boolean;
  #ipv4 = new Ipv4Table();
  #ipv6 = new Ipv6Table();
  readonly #comments = new Map<string, string>();

  constructor({ family, maxElements, comments }: HashSetSpec) {
    this.family = family;
    this.maxElements = maxElements;
    this.comments = comments;
  }

  get size(): number {
    return this.#ipv4.size + this.#ipv6.size;
  }

  add(entry: IpsetEntry, comment: string | undefined): Refusal | undefined {
    if (entry.kind !== 'net') return wrongKind(this.type, entry);
    const { address, length } = entry.prefix;
    if (familyOf(address) !== this.family) return WRONG_FAMILY;
    if (length === 0) return BAD_CIDR;
    if (this.#get(entry.prefix) !== NO_MATCH) return ALREADY_ADDED;
    if (this.size >= this.maxElements) return FULL;
    const value = entry.nomatch === true ? NO_MATCH_ENTRY : MATCH;
    if (typeof address === 'number') this.#ipv4.insert(address, length, value);
    else this.#ipv6.insert(address, length, value);
    if (comment !== undefined) this.#comments.set(formatPrefix(entry.prefix), comment);
    return undefined;
  }

  delete(entry: IpsetEntry): Refusal | undefined {
    if (entry.kind !== 'net') return wrongKind(this.type, entry);
    const { address, length } = entry.prefix;
    if (familyOf(address) !== this.family) return WRONG_FAMILY;
    if (length === 0) return BAD_CIDR;
    const removed =
      typeof address === 'number'
        ? this.#ipv4.delete(address, length)
        : this.#ipv6.delete(address, length);
    if (removed === NO_MATCH) return NOT_ADDED;
    this.#comments.delete(formatPrefix(entry.prefix));
    return undefined;
  }

  flush(): void {
    this.#ipv4 = new Ipv4Table();
    this.#ipv6 = new Ipv6Table();
    this.#comments.clear();
  }

  test(view: PacketView, directions: Directions): boolean {
    const [ofSource] = directions;
    if (ofSource === undefined || view.family !== this.family) return false;
    const address = ofSource ? view.src : view.dst;
    if (typeof address === 'number') return this.#ipv4.lookup(address) === MATCH;
    const words = ofSource ? view.srcWords : view.dstWords;
    const value = this.#ipv6.lookupWords(
      words[0] ?? 0,
      words[1] ?? 0,
      words[2] ?? 0,
      words[3] ?? 0,
    );
    return value === MATCH;
  }

  *members(): IterableIterator<Member> {
    for (const { address, length, value } of this.#ipv4.entries()) {
      yield this.#member({ address, length }, value);
    }
    for (const { address, length, value } of this.#ipv6.entries()) {
      yield this.#member({ address, length }, value);
    }
  }

  #member(prefix: Prefix, value: number): Member {
    const comment = this.#comments.get(formatPrefix(prefix));
    return value === MATCH
      ? { entry: { kind: 'net', prefix }, comment }
      : { entry: { kind: 'net', prefix, nomatch: true }, comment };
  }

  #get({ address, length }: Prefix<Ip>): number {
    return typeof address === 'number'
      ? this.#ipv4.get(address, length)
      : this.#ipv6.get(address, length);
  }
}
