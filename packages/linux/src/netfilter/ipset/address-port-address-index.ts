import { familyOf, type Ip, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry } from '../rule.ts';
import { type AddressKind, type AddressMap, newAddressMap } from './address-map.ts';
import { checkPrefix, portsOf, wholeLength } from './expand-entry.ts';
import type { Member } from './member.ts';
import { isRefusal, type MemberIndex } from './member-index.ts';
import { type Directions, WRONG_FAMILY, wrongKind } from './member-set.ts';
import { packetPortKey, portKey, protocolNumberOf } from './packet-port.ts';
import { PrefixLengths } from './prefix-lengths.ts';

type Entry = Extract<IpsetEntry, { readonly kind: 'ip,port,ip' | 'ip,port,net' }>;

/**
 * `hash:ip,port,ip` and `hash:ip,port,net` (net/netfilter/ipset/ip_set_hash_ipportip.c,
 * ip_set_hash_ipportnet.c): what the second address may be, by the first one and the port.
 */
export class AddressPortAddressIndex implements MemberIndex<Entry> {
  readonly type;
  readonly dimension = 3;
  readonly #family: IpFamily;
  readonly #kind: AddressKind;
  readonly #byPort = new Map<number, Map<Ip, AddressMap<Member<Entry>>>>();
  readonly #lengths = new PrefixLengths();

  constructor(family: IpFamily, kind: AddressKind) {
    this.#family = family;
    this.#kind = kind;
    this.type = `hash:ip,port,${kind}` as const;
  }

  expand(entry: IpsetEntry): Iterable<Entry> | Refusal {
    if (entry.kind !== `ip,port,${this.#kind}` || !isThreefold(entry)) {
      return wrongKind(this.type, entry);
    }
    if (familyOf(entry.address) !== this.#family) return WRONG_FAMILY;
    const refusal =
      entry.kind === 'ip,port,net'
        ? checkPrefix(entry.prefix, this.#family)
        : familyOf(entry.second) !== this.#family
          ? WRONG_FAMILY
          : undefined;
    if (refusal !== undefined) return refusal;
    const ports = portsOf(entry);
    return isRefusal(ports) ? ports : singles(entry, ports);
  }

  get(entry: Entry): Member<Entry> | undefined {
    return this.#byPort.get(keyOf(entry))?.get(entry.address)?.get(secondOf(entry));
  }

  insert(member: Member<Entry>): void {
    const { entry } = member;
    const key = keyOf(entry);
    let byAddress = this.#byPort.get(key);
    if (byAddress === undefined) {
      byAddress = new Map();
      this.#byPort.set(key, byAddress);
    }
    let seconds = byAddress.get(entry.address);
    if (seconds === undefined) {
      seconds = newAddressMap(this.#kind);
      byAddress.set(entry.address, seconds);
    }
    const second = secondOf(entry);
    seconds.set(second, member);
    this.#lengths.count(second.length, 1);
  }

  remove({ entry }: Member<Entry>): void {
    const key = keyOf(entry);
    const byAddress = this.#byPort.get(key);
    const seconds = byAddress?.get(entry.address);
    if (byAddress === undefined || seconds === undefined) return;
    const second = secondOf(entry);
    seconds.delete(second);
    this.#lengths.count(second.length, -1);
    if (seconds.size === 0) byAddress.delete(entry.address);
    if (byAddress.size === 0) this.#byPort.delete(key);
  }

  clear(): void {
    this.#byPort.clear();
    this.#lengths.clear();
  }

  find(view: PacketView, directions: Directions): Member<Entry> | undefined {
    const firstOfSource = directions[0];
    const portOfSource = directions[1];
    const secondOfSource = directions[2];
    if (firstOfSource === undefined || portOfSource === undefined) return undefined;
    if (secondOfSource === undefined) return undefined;
    const byAddress = this.#byPort.get(packetPortKey(view, portOfSource));
    const seconds = byAddress?.get(firstOfSource ? view.src : view.dst);
    if (seconds === undefined) return undefined;
    return secondOfSource
      ? seconds.lookup(view.src, view.srcWords)
      : seconds.lookup(view.dst, view.dstWords);
  }

  entryOf(view: PacketView, directions: Directions): Entry | undefined {
    const [firstOfSource, portOfSource, secondOfSource] = directions;
    if (firstOfSource === undefined || portOfSource === undefined) return undefined;
    if (secondOfSource === undefined) return undefined;
    const key = packetPortKey(view, portOfSource);
    if (key < 0) return undefined;
    const address = firstOfSource ? view.src : view.dst;
    const second = secondOfSource ? view.src : view.dst;
    const at = { protocol: view.protocol, port: key % 0x1_0000 };
    if (this.#kind === 'ip') return { kind: 'ip,port,ip', address, second, ...at };
    const length = this.#lengths.longest ?? wholeLength(this.#family);
    return { kind: 'ip,port,net', address, prefix: prefixOf(second, length), ...at };
  }

  *members(): Iterable<Member<Entry>> {
    for (const byAddress of this.#byPort.values()) {
      for (const seconds of byAddress.values()) yield* seconds.values();
    }
  }
}

const isThreefold = (entry: IpsetEntry): entry is Entry =>
  entry.kind === 'ip,port,ip' || entry.kind === 'ip,port,net';

const secondOf = (entry: Entry): Prefix =>
  entry.kind === 'ip,port,net' ? entry.prefix : { address: entry.second, length: 0 };

const keyOf = ({ protocol, port }: Entry): number => portKey(protocolNumberOf(protocol), port);

function* singles(entry: Entry, ports: Iterable<number>): Iterable<Entry> {
  const { address, protocol } = entry;
  for (const port of ports) {
    yield entry.kind === 'ip,port,ip'
      ? { kind: 'ip,port,ip', address, second: entry.second, protocol, port }
      : { kind: 'ip,port,net', address, prefix: entry.prefix, protocol, port };
  }
}
