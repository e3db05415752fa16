import type { Cluster, Node, Pod } from '@podpath/cluster';
import { type Ipv4, type Ipv4Prefix, prefixContains, prefixOf } from '@podpath/net';
import { hostRange, rangeOf, sizeOf } from './ipam/address-range.ts';
import { EXPOSE_ID, Ipam } from './ipam/ipam.ts';
import { Ring, ringSeeds } from './ipam/ring.ts';
import { type PeerName, peerNameOfNode } from './peer-name.ts';
import { readdressed } from './readdressed.ts';

/** Who has which address. */
export interface AddressPlan {
  /** The input with Weave's addresses. */
  readonly cluster: Cluster;
  /** The subnet of all pods and bridges. */
  readonly range: Ipv4Prefix;
  readonly ipam: Ipam;
  readonly peers: ReadonlyMap<string, PeerName>;
  /** Address of each node's bridge, by the node's name; absent where none was left. */
  readonly bridges: ReadonlyMap<string, Ipv4>;
  /** Pods for which no address was left: the CNI plugin would wait for one. */
  readonly waiting: readonly Pod[];
  /** Pods of the input with an address outside the range that was configured. */
  readonly outside: readonly Pod[];
}

/**
 * Gives every bridge and every pod an address as Weave's IPAM does. IPv4 addresses of the input stay: the
 * range becomes one that has them, and who owns which part of it follows from where they are.
 */
export const planAddresses = (cluster: Cluster, configured: Ipv4Prefix): AddressPlan => {
  const given = givenAddresses(cluster);
  const outside = [...given].flatMap(([pod, address]) =>
    prefixContains(configured, address) ? [] : [pod],
  );
  const wanted = [...cluster.pods.values()].filter(isNetworked).length + cluster.nodes.size;
  const range = outside.length === 0 ? configured : rangeFor(configured, given.values(), wanted);

  const peers = new Map<string, PeerName>();
  for (const name of cluster.nodes.keys()) peers.set(name, peerNameOfNode(name));
  const ipam = new Ipam(ringOf(range, peers, given), peers.values());
  for (const [pod, address] of given) ipam.claim(peerOf(peers, pod), idOf(pod), address);
  const bridges = new Map<string, Ipv4>();
  for (const [name, peer] of peers) {
    const address = ipam.allocate(peer, EXPOSE_ID, range);
    if (address !== undefined) bridges.set(name, address);
  }
  const addresses = new Map<string, readonly Ipv4[]>();
  const waiting: Pod[] = [];
  for (const [key, pod] of cluster.pods) {
    if (!isNetworked(pod)) continue;
    const address = given.get(pod) ?? ipam.allocate(peerOf(peers, pod), idOf(pod), range);
    if (address === undefined) waiting.push(pod);
    addresses.set(key, address === undefined ? [] : [address]);
  }
  return {
    cluster: { ...readdressed(cluster, addresses), podNetworks: [range] },
    range,
    ipam,
    peers,
    bridges,
    waiting,
    outside,
  };
};

/** Pods for which the CNI plugin is called: not on the host's network, neither finished nor yet to start. */
export const isNetworked = (pod: Pod): boolean => !pod.hostNetwork && pod.ips.length > 0;

const givenAddresses = (cluster: Cluster): Map<Pod, Ipv4> => {
  const given = new Map<Pod, Ipv4>();
  for (const pod of cluster.pods.values()) {
    if (!isNetworked(pod) || pod.addressSource !== 'input') continue;
    const address = pod.ips.find((ip) => typeof ip === 'number');
    if (address !== undefined) given.set(pod, address);
  }
  return given;
};

/** The smallest network that has the addresses given, and room for as many as are wanted. */
const rangeFor = (configured: Ipv4Prefix, given: Iterable<Ipv4>, wanted: number): Ipv4Prefix => {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const address of given) {
    lowest = Math.min(lowest, address);
    highest = Math.max(highest, address);
  }
  for (let length = 30; length > 0; length--) {
    const range = prefixOf(lowest, length);
    const hosts = hostRange(range);
    if (hosts.start <= lowest && highest < hosts.end && sizeOf(hosts) >= wanted) return range;
  }
  return configured;
};

/**
 * Divided as peers that all start together divide it, unless the addresses of the input say otherwise:
 * then each stretch of addresses up to the next one on another node belongs to the node where they are.
 */
const ringOf = (
  range: Ipv4Prefix,
  peers: ReadonlyMap<string, PeerName>,
  given: ReadonlyMap<Pod, Ipv4>,
): Ring => {
  const seeds = ringSeeds(peers.values());
  const ring = new Ring(rangeOf(range), seeds[0] ?? 0);
  ring.claimForPeers(seeds);
  const claims = [...given]
    .map(([pod, address]) => ({ peer: peerOf(peers, pod), address }))
    .filter(({ address }) => ring.contains(address))
    .sort((a, b) => a.address - b.address)
    .filter(({ address }, index, all) => all[index - 1]?.address !== address);
  if (claims.every(({ peer, address }) => ring.owner(address) === peer)) return ring;

  const entries = claims.filter(({ peer }, index) => claims[index - 1]?.peer !== peer);
  ring.restore(
    entries.map(({ peer, address }, index) => {
      const next = entries[index + 1]?.address ?? rangeOf(range).end;
      return { token: address, peer, version: 0, free: next - address };
    }),
  );
  return ring;
};

const peerOf = (peers: ReadonlyMap<string, PeerName>, pod: Pod): PeerName =>
  peers.get(pod.node) ?? peerNameOfNode(pod.node);

const idOf = ({ namespace, name }: Pod): string => `${namespace}/${name}`;

export const nodeAddress = (node: Node): Ipv4 | undefined =>
  node.addresses.find((address) => typeof address === 'number');
