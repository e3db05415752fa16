import { familyOf, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { IpsetEntry } from '../rule.ts';
import { type AddressKind, type AddressMap, newAddressMap } from './address-map.ts';
import { checkPrefix, portsOf, wholeLength } from './expand-entry.ts';
import type { Member } from './member.ts';
import { isRefusal, type MemberIndex } from './member-index.ts';
import { type Directions, WRONG_FAMILY, wrongKind } from './member-set.ts';
import { packetPortKey, portKey, protocolNumberOf } from './packet-port.ts';
import { PrefixLengths } from './prefix-lengths.ts';

type Entry = Extract<IpsetEntry, { readonly kind: 'ip,port' | 'net,port' }>;

/**
 * `hash:ip,port` and `hash:net,port` (net/netfilter/ipset/ip_set_hash_ipport.c, ip_set_hash_netport.c): addresses by
 * protocol and port, as few ports recur.
 */
export class AddressPortIndex implements MemberIndex<Entry> {
  readonly type;
  readonly dimension = 2;
  readonly #family: IpFamily;
  readonly #kind: AddressKind;
  readonly #byPort = new Map<number, AddressMap<Member<Entry>>>();
  readonly #lengths = new PrefixLengths();

  constructor(family: IpFamily, kind: AddressKind) {
    this.#family = family;
    this.#kind = kind;
    this.type = `hash:${kind},port` as const;
  }

  expand(entry: IpsetEntry): Iterable<Entry> | Refusal {
    if (
      (entry.kind !== 'ip,port' && entry.kind !== 'net,port') ||
      !entry.kind.startsWith(this.#kind)
    ) {
      return wrongKind(this.type, entry);
    }
    const refusal =
      entry.kind === 'net,port'
        ? checkPrefix(entry.prefix, this.#family)
        : familyOf(entry.address) !== this.#family
          ? WRONG_FAMILY
          : entry.address === 0 || entry.address === 0n
            ? NO_ADDRESS
            : undefined;
    if (refusal !== undefined) return refusal;
    const ports = portsOf(entry);
    return isRefusal(ports) ? ports : singles(entry, ports);
  }

  get(entry: Entry): Member<Entry> | undefined {
    return this.#byPort.get(keyOf(entry))?.get(prefixOfEntry(entry));
  }

  insert(member: Member<Entry>): void {
    const key = keyOf(member.entry);
    let addresses = this.#byPort.get(key);
    if (addresses === undefined) {
      addresses = newAddressMap(this.#kind);
      this.#byPort.set(key, addresses);
    }
    const prefix = prefixOfEntry(member.entry);
    addresses.set(prefix, member);
    this.#lengths.count(prefix.length, 1);
  }

  remove({ entry }: Member<Entry>): void {
    const key = keyOf(entry);
    const addresses = this.#byPort.get(key);
    if (addresses === undefined) return;
    const prefix = prefixOfEntry(entry);
    addresses.delete(prefix);
    this.#lengths.count(prefix.length, -1);
    if (addresses.size === 0) this.#byPort.delete(key);
  }

  clear(): void {
    this.#byPort.clear();
    this.#lengths.clear();
  }

  find(view: PacketView, directions: Directions): Member<Entry> | undefined {
    const addressOfSource = directions[0];
    const portOfSource = directions[1];
    if (addressOfSource === undefined || portOfSource === undefined) return undefined;
    const addresses = this.#byPort.get(packetPortKey(view, portOfSource));
    if (addresses === undefined) return undefined;
    return addressOfSource
      ? addresses.lookup(view.src, view.srcWords)
      : addresses.lookup(view.dst, view.dstWords);
  }

  entryOf(view: PacketView, [addressOfSource, portOfSource]: Directions): Entry | undefined {
    if (addressOfSource === undefined || portOfSource === undefined) return undefined;
    const key = packetPortKey(view, portOfSource);
    if (key < 0) return undefined;
    const address = addressOfSource ? view.src : view.dst;
    const at = { protocol: view.protocol, port: key % 0x1_0000 };
    if (this.#kind === 'ip') return { kind: 'ip,port', address, ...at };
    const length = this.#lengths.longest ?? wholeLength(this.#family);
    return { kind: 'net,port', prefix: prefixOf(address, length), ...at };
  }

  *members(): Iterable<Member<Entry>> {
    for (const addresses of this.#byPort.values()) yield* addresses.values();
  }
}

const NO_ADDRESS: Refusal = invalid('no address: the null address cannot be in a set');

const prefixOfEntry = (entry: Entry): Prefix =>
  entry.kind === 'net,port' ? entry.prefix : { address: entry.address, length: 0 };

const keyOf = ({ protocol, port }: Entry): number => portKey(protocolNumberOf(protocol), port);

function* singles(entry: Entry, ports: Iterable<number>): Iterable<Entry> {
  const { protocol } = entry;
  for (const port of ports) {
    yield entry.kind === 'ip,port'
      ? { kind: 'ip,port', address: entry.address, protocol, port }
      : { kind: 'net,port', prefix: entry.prefix, protocol, port };
  }
}
