import { IpProtocol } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { Refusal } from '../refusal.ts';
import type { IpsetEntry, SetCounterOptions } from '../rule.ts';
import { countMatch } from './counting.ts';
import { isPort, numbersBetween } from './expand-entry.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import {
  type Extensions,
  type Member,
  type MemberOptions,
  newMember,
  setOptions,
} from './member.ts';
import {
  ALREADY_ADDED,
  type Directions,
  type MemberSet,
  NOT_ADDED,
  wrongKind,
} from './member-set.ts';

type Entry = Extract<IpsetEntry, { readonly kind: 'port' }>;

/** What `ipset create` says of a set of ports. */
export interface BitmapSpec {
  readonly range: { readonly first: number; readonly last: number };
  readonly extensions: Extensions;
  readonly nowMs: () => number;
}

/** `bitmap:port` (net/netfilter/ipset/ip_set_bitmap_port.c): ports of TCP and UDP alike, of either family. */
export class BitmapPortSet implements MemberSet {
  readonly type = 'bitmap:port';
  readonly family = undefined;
  readonly dimension = 1;
  readonly hasBuckets = false;
  readonly #spec: BitmapSpec;
  readonly #members = new Map<number, Member<Entry>>();
  readonly #expiries = new ExpiryQueue<Entry>();

  constructor(spec: BitmapSpec) {
    this.#spec = spec;
  }

  get extensions(): Extensions {
    return this.#spec.extensions;
  }

  get header(): string {
    const { first, last } = this.#spec.range;
    return `range ${first}-${last}`;
  }

  get size(): number {
    this.#expire();
    return this.#members.size;
  }

  isLike(other: MemberSet): boolean {
    if (!(other instanceof BitmapPortSet)) return false;
    const { extensions } = other;
    return (
      other.header === this.header &&
      extensions.comments === this.extensions.comments &&
      extensions.counters === this.extensions.counters &&
      extensions.timeoutSeconds === this.extensions.timeoutSeconds
    );
  }

  add(entry: IpsetEntry, options: MemberOptions): Refusal | undefined {
    if (entry.kind !== 'port') return wrongKind(this.type, entry);
    const { port, lastPort = port } = entry;
    if (!this.#covers(port, lastPort)) return OUT_OF_RANGE;
    this.#expire();
    for (const each of numbersBetween(port, lastPort)) {
      const refusal = this.#addOne(each, options);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  delete(entry: IpsetEntry, exist: boolean): Refusal | undefined {
    if (entry.kind !== 'port') return wrongKind(this.type, entry);
    const { port, lastPort = port } = entry;
    if (!this.#covers(port, lastPort)) return OUT_OF_RANGE;
    this.#expire();
    for (const each of numbersBetween(port, lastPort)) {
      if (!this.#remove(each) && !exist) return NOT_ADDED;
    }
    return undefined;
  }

  flush(): void {
    this.#members.clear();
    this.#expiries.clear();
  }

  test(view: PacketView, directions: Directions, counters?: SetCounterOptions): boolean {
    const port = portOf(view, directions[0]);
    if (port < 0) return false;
    this.#expire();
    const member = this.#members.get(port);
    if (member === undefined) return false;
    return !this.extensions.counters || countMatch(member, view, counters);
  }

  addPacket(view: PacketView, directions: Directions, options: MemberOptions): boolean {
    const port = portOf(view, directions[0]);
    if (port < 0 || !this.#covers(port, port)) return false;
    this.#expire();
    const counted = { ...options, packets: 1, bytes: view.lengthBytes };
    return this.#addOne(port, this.extensions.counters ? counted : options) === undefined;
  }

  deletePacket(view: PacketView, directions: Directions): boolean {
    this.#expire();
    return this.#remove(portOf(view, directions[0]));
  }

  /** By port. */
  members(): Iterable<Member<Entry>> {
    this.#expire();
    return [...this.#members.values()].sort((a, b) => a.entry.port - b.entry.port);
  }

  #covers(port: number, lastPort: number): boolean {
    const { first, last } = this.#spec.range;
    return isPort(port) && port >= first && port <= lastPort && lastPort <= last;
  }

  #addOne(port: number, options: MemberOptions): Refusal | undefined {
    const known = this.#members.get(port);
    if (known !== undefined && options.exist !== true) return ALREADY_ADDED;
    const nowMs = this.#spec.nowMs();
    const member =
      known ?? newMember<Entry>({ kind: 'port', port }, false, options, this.extensions, nowMs);
    if (known !== undefined) setOptions(known, options, this.extensions, nowMs);
    this.#members.set(port, member);
    this.#expiries.add(member);
    return undefined;
  }

  #remove(port: number): boolean {
    const member = this.#members.get(port);
    if (member === undefined) return false;
    member.expiresAtMs = Number.NaN;
    return this.#members.delete(port);
  }

  #expire(): void {
    const nowMs = this.#spec.nowMs();
    if (this.#expiries.nextMs >= nowMs) return;
    this.#expiries.expire(nowMs, ({ entry }) => this.#remove(entry.port));
  }
}

const portOf = (
  { protocol, srcPort, dstPort }: PacketView,
  ofSource: boolean | undefined,
): number => {
  if (ofSource === undefined) return -1;
  if (protocol !== IpProtocol.TCP && protocol !== IpProtocol.UDP) return -1;
  return ofSource ? srcPort : dstPort;
};

const OUT_OF_RANGE: Refusal = {
  code: 'IPSET_ERR_BITMAP_RANGE',
  why: 'element is out of the range of the set',
};
