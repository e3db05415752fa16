import type { Cluster } from '@podpath/cluster';
import type { Ipv4 } from '@podpath/net';
import { nodeAddress } from '../address-plan.ts';
import type { PeerName } from '../peer-name.ts';
import type { PeerDirectory } from './fast-datapath.ts';
import { assignShortIds } from './short-ids.ts';

/** The peers of a cluster: what gossip tells every one of them about the others. */
export interface Peers extends PeerDirectory {
  nodeOf(peer: PeerName): string | undefined;
  /** Nodes whose peer has no short ID: only sleeve reaches it. */
  readonly sleeveOnly: readonly string[];
  /** Nodes that no overlay reaches, because they have no IPv4 address. */
  readonly unreachable: readonly string[];
}

export const peersOf = (cluster: Cluster, names: ReadonlyMap<string, PeerName>): Peers => {
  const shortIds = assignShortIds(names.values());
  const byShortId = new Map([...shortIds].map(([peer, id]) => [id, peer]));
  const nodes = new Map([...names].map(([node, peer]) => [peer, node]));
  const addresses = new Map<PeerName, Ipv4>();
  const sleeveOnly: string[] = [];
  const unreachable: string[] = [];
  for (const node of cluster.nodes.values()) {
    const peer = names.get(node.name);
    const address = nodeAddress(node);
    if (peer === undefined) continue;
    if (address === undefined) unreachable.push(node.name);
    else addresses.set(peer, address);
    if (!shortIds.has(peer)) sleeveOnly.push(node.name);
  }
  return {
    shortIdOf: (peer) => shortIds.get(peer),
    byShortId: (id) => byShortId.get(id),
    addressOf: (peer) => addresses.get(peer),
    nodeOf: (peer) => nodes.get(peer),
    sleeveOnly,
    unreachable,
  };
};
