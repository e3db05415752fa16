import { type Ipv4, type Ipv4Prefix, prefixContains } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import { type AddressRange, hostRange, overlapOf, rangeOf } from './address-range.ts';
import { Ring } from './ring.ts';
import { Space } from './space.ts';

/** The id under which a node's bridge has its address. */
export const EXPOSE_ID = 'weave:expose';
/** The id of an address whose user is not known. */
const ANONYMOUS_ID = '_';

/**
 * The allocators of all peers, on one ring on which they agree (weave, ipam/allocator.go). What takes
 * messages between peers upstream happens at once here.
 */
export class Ipam {
  readonly #ring: Ring;
  readonly #spaces = new Map<PeerName, Space>();
  /** Who has which address, on each peer: an id may have several, an address has one. */
  readonly #idByAddress = new Map<PeerName, Map<Ipv4, string>>();
  readonly #addressesById = new Map<PeerName, Map<string, Ipv4[]>>();

  /** Peers without an entry in the ring start without addresses. */
  constructor(ring: Ring, peers: Iterable<PeerName>) {
    this.#ring = ring;
    for (const peer of peers) this.#spaces.set(peer, new Space());
    for (const { range, entry } of ring.ranges()) this.#spaceOf(entry.peer).add(range);
  }

  /** The addresses that a peer owns, in use or free, lowest first. */
  rangesOf(peer: PeerName): AddressRange[] {
    return this.#ring.rangesOf(peer);
  }

  freeCount(peer: PeerName): number {
    return this.#spaceOf(peer).freeCount;
  }

  /**
   * The address of an id in a subnet: the one that it has, else the lowest free one that the peer owns,
   * else one from a range that another peer gives away. `undefined` when nobody has any: upstream
   * would wait for one.
   */
  allocate(peer: PeerName, id: string, subnet: Ipv4Prefix): Ipv4 | undefined {
    const known = this.#addressesOf(peer).get(id);
    const present = known?.find((address) => prefixContains(subnet, address));
    if (present !== undefined) return present;
    const wanted = overlapOf(rangeOf(subnet), this.#ring.range);
    if (wanted === undefined) return undefined;
    for (;;) {
      const address = this.#spaceOf(peer).allocate(hostRange(subnet));
      if (address !== undefined) {
        this.#record(peer, id, address);
        return address;
      }
      if (!this.#askForSpace(peer, wanted)) return undefined;
    }
  }

  /** Gives an id a certain address. False when another id has it, here or at another peer. */
  claim(peer: PeerName, id: string, address: Ipv4): boolean {
    const holder = this.#idByAddress.get(peer)?.get(address);
    if (holder !== undefined) return holder === id || id === ANONYMOUS_ID;
    if (this.#ring.contains(address)) {
      const owner = this.#ring.owner(address);
      const only = { start: address, end: address + 1 };
      if (owner !== undefined && owner !== peer && !this.#give(owner, peer, only)) return false;
      if (!this.#spaceOf(peer).claim(address)) return false;
    }
    this.#record(peer, id, address);
    return true;
  }

  /** Takes back all that an id has. */
  release(peer: PeerName, id: string): void {
    for (const address of this.#addressesOf(peer).get(id) ?? []) {
      this.#idByAddress.get(peer)?.delete(address);
      this.#spaceOf(peer).release(address);
    }
    this.#addressesOf(peer).delete(id);
  }

  /**
   * Gives all that a dead peer had to another, as free: what its pods still use can be handed out a
   * second time. Returns how many addresses that are.
   */
  removePeer(taker: PeerName, gone: PeerName): number {
    const before = this.freeCount(taker);
    for (const range of this.#ring.transfer(gone, taker)) this.#spaceOf(taker).add(range);
    this.#spaces.delete(gone);
    this.#idByAddress.delete(gone);
    this.#addressesById.delete(gone);
    return this.freeCount(taker) - before;
  }

  /** Upstream weighs by a random number as well; here whoever has most free gives, the lowest name of equals. */
  #askForSpace(peer: PeerName, range: AddressRange): boolean {
    const refused = new Set([peer]);
    for (;;) {
      let donor: PeerName | undefined;
      let most = 0;
      for (const [other, { freeCount }] of this.#spaces) {
        const better = freeCount > most || (freeCount === most && other < (donor ?? 0));
        if (better && freeCount > 0 && !refused.has(other)) {
          donor = other;
          most = freeCount;
        }
      }
      if (donor === undefined) return false;
      if (this.#give(donor, peer, range)) return true;
      refused.add(donor);
    }
  }

  #give(from: PeerName, to: PeerName, range: AddressRange): boolean {
    const donation = this.#spaceOf(from).donate(range);
    if (donation === undefined) return false;
    const asDonor = new Ring(this.#ring.range, from);
    asDonor.restore(this.#ring.entries);
    asDonor.grant(donation, to);
    this.#ring.restore(asDonor.entries);
    this.#spaceOf(to).add(donation);
    return true;
  }

  #record(peer: PeerName, id: string, address: Ipv4): void {
    const ids = this.#idByAddress.get(peer) ?? new Map<Ipv4, string>();
    this.#idByAddress.set(peer, ids);
    ids.set(address, id);
    if (id === ANONYMOUS_ID) return;
    const addresses = this.#addressesOf(peer);
    addresses.set(id, [...(addresses.get(id) ?? []), address]);
  }

  #addressesOf(peer: PeerName): Map<string, Ipv4[]> {
    const addresses = this.#addressesById.get(peer) ?? new Map<string, Ipv4[]>();
    this.#addressesById.set(peer, addresses);
    return addresses;
  }

  #spaceOf(peer: PeerName): Space {
    const space = this.#spaces.get(peer) ?? new Space();
    this.#spaces.set(peer, space);
    return space;
  }
}
