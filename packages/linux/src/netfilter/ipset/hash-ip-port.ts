import { familyOf, type Ip, IpProtocol } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import { protocolNumber } from '../protocol-names.ts';
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

type IpPortEntry = Extract<IpsetEntry, { readonly kind: 'ip,port' }>;

/** `hash:ip,port` (net/netfilter/ipset/ip_set_hash_ipport.c): addresses by protocol and port, as few ports recur. */
export class HashIpPortSet implements MemberSet {
  readonly type = 'hash:ip,port';
  readonly dimension = 2;
  readonly family;
  readonly maxElements;
  readonly comments;
  readonly #byPort = new Map<number, Map<Ip, Member>>();
  #size = 0;

  constructor({ family, maxElements, comments }: HashSetSpec) {
    this.family = family;
    this.maxElements = maxElements;
    this.comments = comments;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: IpsetEntry, comment: string | undefined): Refusal | undefined {
    if (entry.kind !== 'ip,port') return wrongKind(this.type, entry);
    const { address } = entry;
    if (familyOf(address) !== this.family) return WRONG_FAMILY;
    if (address === 0 || address === 0n) return NULL_ELEMENT;
    const key = keyOf(entry);
    const addresses = this.#byPort.get(key) ?? new Map<Ip, Member>();
    if (addresses.has(address)) return ALREADY_ADDED;
    if (this.#size >= this.maxElements) return FULL;
    this.#byPort.set(key, addresses.set(address, { entry, comment }));
    this.#size++;
    return undefined;
  }

  delete(entry: IpsetEntry): Refusal | undefined {
    if (entry.kind !== 'ip,port') return wrongKind(this.type, entry);
    if (familyOf(entry.address) !== this.family) return WRONG_FAMILY;
    const key = keyOf(entry);
    const addresses = this.#byPort.get(key);
    if (addresses === undefined || !addresses.delete(entry.address)) return NOT_ADDED;
    if (addresses.size === 0) this.#byPort.delete(key);
    this.#size--;
    return undefined;
  }

  flush(): void {
    this.#byPort.clear();
    this.#size = 0;
  }

  test(view: PacketView, directions: Directions): boolean {
    const [addressOfSource, portOfSource] = directions;
    if (addressOfSource === undefined || portOfSource === undefined) return false;
    const port = portOfSource ? view.srcPort : view.dstPort;
    if (port < 0) return false;
    const addresses = this.#byPort.get(portKey(view.protocol, port));
    return addresses?.has(addressOfSource ? view.src : view.dst) === true;
  }

  *members(): IterableIterator<Member> {
    for (const addresses of this.#byPort.values()) yield* addresses.values();
  }
}

const keyOf = ({ protocol, port }: IpPortEntry): number => portKey(protocolNumber(protocol), port);

/** Of the protocols with ports, as the rest of this stack knows them: TCP, UDP and SCTP. */
const portKey = (protocol: number, port: number): number =>
  ((protocol === IpProtocol.SCTP ? 255 : protocol) << 16) | port;
