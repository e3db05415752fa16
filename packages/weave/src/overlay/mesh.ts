import type { PeerName } from '../peer-name.ts';

/** Who passes frames on to whom (mesh, routes.go). */
export interface Mesh {
  /** The neighbour by which a peer reaches another. */
  nextHop(from: PeerName, to: PeerName): PeerName | undefined;
  /** Whom a peer passes a broadcast on to that began at `origin`. */
  broadcastHops(at: PeerName, origin: PeerName): Iterable<PeerName>;
}

/** Every peer is connected to every other, so nobody relays. */
export const fullMesh = (peers: Iterable<PeerName>): Mesh => ({
  nextHop: (_from, to) => to,
  *broadcastHops(at, origin) {
    if (at !== origin) return;
    for (const peer of peers) if (peer !== at) yield peer;
  },
});

export interface MeshConnection {
  readonly from: PeerName;
  readonly to: PeerName;
}

/**
 * Peers with the connections that they have established. Data takes those that both ends have, by the
 * fewest hops; of equal ways the one found first when each distance is worked through in the order of names.
 */
export const partialMesh = (connections: Iterable<MeshConnection>): Mesh => {
  const told = new Map<PeerName, Set<PeerName>>();
  for (const { from, to } of connections) {
    const remotes = told.get(from) ?? new Set();
    told.set(from, remotes.add(to));
  }
  const neighbours = new Map<PeerName, PeerName[]>();
  for (const [peer, remotes] of told) {
    const mutual = [...remotes].filter((remote) => told.get(remote)?.has(peer) === true);
    neighbours.set(peer, mutual.sort(byName));
  }
  const hops = new Map<PeerName, ReadonlyMap<PeerName, PeerName>>();
  return {
    nextHop: (from, to) => {
      const known = hops.get(from) ?? unicastHops(neighbours, from);
      hops.set(from, known);
      return known.get(to);
    },
    broadcastHops: (at, origin) => {
      const reached = reachedBefore(neighbours, origin, at);
      if (reached === undefined) return [];
      return (neighbours.get(at) ?? []).filter((peer) => !reached.has(peer));
    },
  };
};

type Neighbours = ReadonlyMap<PeerName, readonly PeerName[]>;

const byName = (a: PeerName, b: PeerName): number => a - b;

/** First hops from a peer to every other. Each distance is worked through in the order of the names. */
const unicastHops = (neighbours: Neighbours, from: PeerName): ReadonlyMap<PeerName, PeerName> => {
  const hops = new Map<PeerName, PeerName>();
  for (let level = [from]; level.length > 0; ) {
    const next: PeerName[] = [];
    for (const peer of level.sort(byName)) {
      for (const neighbour of neighbours.get(peer) ?? []) {
        if (neighbour === from || hops.has(neighbour)) continue;
        hops.set(neighbour, hops.get(peer) ?? neighbour);
        next.push(neighbour);
      }
    }
    level = next;
  }
  return hops;
};

/** Who has a broadcast before a peer comes to pass it on; `undefined` when it never gets there. */
const reachedBefore = (
  neighbours: Neighbours,
  origin: PeerName,
  at: PeerName,
): ReadonlySet<PeerName> | undefined => {
  const reached = new Set([origin]);
  for (let level = [origin]; level.length > 0; ) {
    const next: PeerName[] = [];
    for (const peer of level.sort(byName)) {
      if (peer === at) return reached;
      for (const neighbour of neighbours.get(peer) ?? []) {
        if (reached.has(neighbour)) continue;
        reached.add(neighbour);
        next.push(neighbour);
      }
    }
    level = next;
  }
  return undefined;
};

/** A mesh that brings a peer to life before anything is sent to it. */
export const wakingMesh = (mesh: Mesh, wake: (peer: PeerName) => void): Mesh => ({
  nextHop: (from, to) => {
    const hop = mesh.nextHop(from, to);
    if (hop !== undefined) wake(hop);
    return hop;
  },
  *broadcastHops(at, origin) {
    for (const hop of mesh.broadcastHops(at, origin)) {
      wake(hop);
      yield hop;
    }
  },
});
