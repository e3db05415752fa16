import type { Cluster } from '@podpath/cluster';
import { OptionsError } from '@podpath/cni';
import { type Mesh, type MeshConnection, partialMesh } from './overlay/mesh.ts';
import type { PeerName } from './peer-name.ts';

/** The mesh that pairs of node names make. Throws `OptionsError` for a name that no node has. */
export const meshOf = (
  connections: readonly (readonly [string, string])[],
  cluster: Cluster,
  peers: ReadonlyMap<string, PeerName>,
): Mesh => {
  const peerOf = (node: string, pair: number, end: number): PeerName => {
    const peer = peers.get(node);
    if (peer === undefined) {
      const known = [...cluster.nodes.keys()].slice(0, 3).join(', ');
      const field = `connections[${pair}][${end}]`;
      throw new OptionsError(
        'weave',
        field,
        `no node is called ${node}`,
        `a node such as ${known}`,
      );
    }
    return peer;
  };
  const directed = connections.flatMap(([a, b], pair): MeshConnection[] => {
    const [from, to] = [peerOf(a, pair, 0), peerOf(b, pair, 1)];
    return [
      { from, to },
      { from: to, to: from },
    ];
  });
  return partialMesh(directed);
};
