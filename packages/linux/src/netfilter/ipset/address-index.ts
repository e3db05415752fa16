import { type Ip, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry } from '../rule.ts';
import { AddressFilter, type FilterMemory } from './address-filter.ts';
import { type AddressKind, newAddressMap } from './address-map.ts';
import { addressesOf, prefixesOf, wholeLength } from './expand-entry.ts';
import type { Member } from './member.ts';
import { isRefusal, type MemberIndex } from './member-index.ts';
import { type Directions, NULL_ELEMENT } from './member-set.ts';
import { PrefixLengths } from './prefix-lengths.ts';

type Entry = Extract<IpsetEntry, { readonly kind: 'ip' | 'net' }>;

/** `hash:ip` and `hash:net` (net/netfilter/ipset/ip_set_hash_ip.c, ip_set_hash_net.c). */
export class AddressIndex implements MemberIndex<Entry> {
  readonly type;
  readonly dimension = 1;
  readonly #family: IpFamily;
  readonly #kind: AddressKind;
  readonly #lengths = new PrefixLengths();
  #members;
  #filter: AddressFilter | undefined;

  constructor(family: IpFamily, kind: AddressKind) {
    this.#family = family;
    this.#kind = kind;
    this.type = `hash:${kind}` as const;
    this.#members = newAddressMap<Member<Entry>>(kind);
  }

  expand(entry: IpsetEntry): Iterable<Entry> | Refusal {
    if (this.#kind === 'ip') {
      const addresses = addressesOf(entry, this.#family, this.type);
      if (isRefusal(addresses)) return addresses;
      return hasZero(entry)
        ? NULL_ELEMENT
        : mapped(addresses, (address) => ({ kind: 'ip', address }));
    }
    const prefixes = prefixesOf(entry, this.#family, this.type);
    return isRefusal(prefixes) ? prefixes : mapped(prefixes, (prefix) => ({ kind: 'net', prefix }));
  }

  get(entry: Entry): Member<Entry> | undefined {
    return this.#members.get(prefixOfEntry(entry));
  }

  insert(member: Member<Entry>): void {
    const prefix = prefixOfEntry(member.entry);
    this.#members.set(prefix, member);
    this.#lengths.count(prefix.length, 1);
    this.#filter?.add(prefix.address, () => this.#addresses(), this.#members.size);
  }

  remove({ entry }: Member<Entry>): void {
    const prefix = prefixOfEntry(entry);
    this.#members.delete(prefix);
    this.#lengths.count(prefix.length, -1);
  }

  clear(): void {
    this.#members = newAddressMap<Member<Entry>>(this.#kind);
    this.#lengths.clear();
    this.#filter?.release();
    this.#filter = undefined;
  }

  filterIn(memory: FilterMemory): AddressFilter | undefined {
    if (this.#kind === 'net') return undefined;
    this.#filter ??= new AddressFilter(memory, this.#addresses(), this.#members.size);
    return this.#filter;
  }

  find(view: PacketView, directions: Directions): Member<Entry> | undefined {
    const [ofSource] = directions;
    if (ofSource === undefined) return undefined;
    return ofSource
      ? this.#members.lookup(view.src, view.srcWords)
      : this.#members.lookup(view.dst, view.dstWords);
  }

  entryOf(view: PacketView, [ofSource]: Directions): Entry | undefined {
    if (ofSource === undefined) return undefined;
    const address = ofSource ? view.src : view.dst;
    if (this.#kind === 'ip') return isZero(address) ? undefined : { kind: 'ip', address };
    const length = this.#lengths.longest ?? wholeLength(this.#family);
    return { kind: 'net', prefix: prefixOf(address, length) };
  }

  members(): Iterable<Member<Entry>> {
    return this.#members.values();
  }

  *#addresses(): IterableIterator<Ip> {
    for (const { entry } of this.#members.values()) yield prefixOfEntry(entry).address;
  }
}

const prefixOfEntry = (entry: Entry): Prefix =>
  entry.kind === 'net' ? entry.prefix : { address: entry.address, length: WHOLE };

/** Sets of addresses do not look at the length. */
const WHOLE = 0;

const isZero = (address: Ip): boolean => address === 0 || address === 0n;

/** Whether the first address of the entry is none. */
const hasZero = (entry: IpsetEntry): boolean =>
  (entry.kind === 'ip' && isZero(entry.address)) ||
  (entry.kind === 'net' && isZero(entry.prefix.address)) ||
  (entry.kind === 'range' && isZero(entry.first));

function* mapped<T, E>(values: Iterable<T>, map: (value: T) => E): Iterable<E> {
  for (const value of values) yield map(value);
}
