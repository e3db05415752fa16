import { familyOf, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry } from '../rule.ts';
import { wholeLength } from './expand-entry.ts';
import type { Member } from './member.ts';
import type { MemberIndex } from './member-index.ts';
import { type Directions, WRONG_FAMILY, wrongKind } from './member-set.ts';
import { PrefixLengths } from './prefix-lengths.ts';
import { PrefixMap } from './prefix-map.ts';

type Entry = Extract<IpsetEntry, { readonly kind: 'net,net' }>;
type Seconds = PrefixMap<Member<Entry>>;

/** Members whose first prefix has one length. */
interface Level {
  readonly length: number;
  readonly firsts: PrefixMap<Seconds>;
}

/**
 * `hash:net,net` (net/netfilter/ipset/ip_set_hash_netnet.c): the longest first prefix that has a second one for the
 * packet decides, and of its second ones the longest.
 */
export class NetNetIndex implements MemberIndex<Entry> {
  readonly type = 'hash:net,net';
  readonly dimension = 2;
  readonly #family: IpFamily;
  /** From the longest to the shortest. */
  #levels: Level[] = [];
  readonly #firstLengths = new PrefixLengths();
  readonly #secondLengths = new PrefixLengths();

  constructor(family: IpFamily) {
    this.#family = family;
  }

  expand(entry: IpsetEntry): Iterable<Entry> | Refusal {
    if (entry.kind !== 'net,net') return wrongKind(this.type, entry);
    const { prefix, second } = entry;
    return familyOf(prefix.address) === this.#family && familyOf(second.address) === this.#family
      ? [{ kind: 'net,net', prefix, second }]
      : WRONG_FAMILY;
  }

  get({ prefix, second }: Entry): Member<Entry> | undefined {
    return this.#secondsOf(prefix)?.get(second);
  }

  insert(member: Member<Entry>): void {
    const { prefix, second } = member.entry;
    let level = this.#levels.find(({ length }) => length === prefix.length);
    if (level === undefined) {
      level = { length: prefix.length, firsts: new PrefixMap() };
      this.#levels.push(level);
      this.#levels.sort((a, b) => b.length - a.length);
    }
    let seconds = level.firsts.get(prefix);
    if (seconds === undefined) {
      seconds = new PrefixMap();
      level.firsts.set(prefix, seconds);
    }
    seconds.set(second, member);
    this.#firstLengths.count(prefix.length, 1);
    this.#secondLengths.count(second.length, 1);
  }

  remove({ entry: { prefix, second } }: Member<Entry>): void {
    const level = this.#levels.find(({ length }) => length === prefix.length);
    const seconds = level?.firsts.get(prefix);
    if (level === undefined || seconds === undefined) return;
    seconds.delete(second);
    this.#firstLengths.count(prefix.length, -1);
    this.#secondLengths.count(second.length, -1);
    if (seconds.size === 0) level.firsts.delete(prefix);
    if (level.firsts.size === 0) this.#levels = this.#levels.filter((each) => each !== level);
  }

  clear(): void {
    this.#levels = [];
    this.#firstLengths.clear();
    this.#secondLengths.clear();
  }

  find(view: PacketView, directions: Directions): Member<Entry> | undefined {
    const firstOfSource = directions[0];
    const secondOfSource = directions[1];
    if (firstOfSource === undefined || secondOfSource === undefined) return undefined;
    for (let at = 0; at < this.#levels.length; at++) {
      const firsts = this.#levels[at]?.firsts;
      const seconds = firstOfSource
        ? firsts?.lookup(view.src, view.srcWords)
        : firsts?.lookup(view.dst, view.dstWords);
      if (seconds === undefined) continue;
      const member = secondOfSource
        ? seconds.lookup(view.src, view.srcWords)
        : seconds.lookup(view.dst, view.dstWords);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  entryOf(view: PacketView, [firstOfSource, secondOfSource]: Directions): Entry | undefined {
    if (firstOfSource === undefined || secondOfSource === undefined) return undefined;
    const whole = wholeLength(this.#family);
    return {
      kind: 'net,net',
      prefix: prefixOf(firstOfSource ? view.src : view.dst, this.#firstLengths.longest ?? whole),
      second: prefixOf(secondOfSource ? view.src : view.dst, this.#secondLengths.longest ?? whole),
    };
  }

  *members(): Iterable<Member<Entry>> {
    for (const { firsts } of this.#levels) {
      for (const seconds of firsts.values()) yield* seconds.values();
    }
  }

  #secondsOf(prefix: Prefix): Seconds | undefined {
    return this.#levels.find(({ length }) => length === prefix.length)?.firsts.get(prefix);
  }
}
