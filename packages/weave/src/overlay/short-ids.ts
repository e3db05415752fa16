import type { PeerName } from '../peer-name.ts';

/** Short IDs have 12 bits, because two of them make a VNI. */
export const SHORT_ID_COUNT = 4096;

/** What a peer calls itself in the overlay's packets. */
export type ShortId = number;

/**
 * Who owns which short ID. Peers choose at random, so several may claim one: the lowest peer name
 * owns it and the others wait (mesh, peers.go).
 */
export class ShortIds {
  readonly #claims = new Map<ShortId, PeerName[]>();

  /** The peer that an ID means. */
  owner(id: ShortId): PeerName | undefined {
    return this.#claims.get(id)?.[0];
  }

  /**
   * Records a peer's claim. Returns whether mappings of this ID that anybody cached are now wrong: so
   * when the owner changes, and when an ID is used again that nobody had any more.
   */
  add(id: ShortId, peer: PeerName): boolean {
    const claims = this.#claims.get(id);
    if (claims === undefined) {
      this.#claims.set(id, [peer]);
      return false;
    }
    const at = claims.findIndex((other) => other >= peer);
    if (claims[at] === peer) return false;
    claims.splice(at === -1 ? claims.length : at, 0, peer);
    return claims[0] === peer;
  }

  /** Takes a claim back. Returns whether the ID means another peer now. */
  delete(id: ShortId, peer: PeerName): boolean {
    const claims = this.#claims.get(id);
    const at = claims?.indexOf(peer) ?? -1;
    if (claims === undefined || at === -1) return false;
    claims.splice(at, 1);
    return at === 0 && claims.length > 0;
  }
}

/**
 * A short ID for each peer, as it stands once all have met: nobody shares one, and with more peers
 * than IDs some have none. Upstream draws at random; here the draw is the peer's name, so that the
 * same cluster gives the same VNIs.
 */
export const assignShortIds = (peers: Iterable<PeerName>): Map<PeerName, ShortId> => {
  const ids = new Map<PeerName, ShortId>();
  const used = new Uint8Array(SHORT_ID_COUNT);
  for (const peer of [...peers].sort((a, b) => a - b)) {
    if (ids.size === SHORT_ID_COUNT) break;
    let id = peer % SHORT_ID_COUNT;
    while (used[id] === 1) id = (id + 1) % SHORT_ID_COUNT;
    used[id] = 1;
    ids.set(peer, id);
  }
  return ids;
};
