import type { Cluster } from '@podpath/cluster';
import {
  familyOf,
  formatPrefix,
  type Ip,
  type Prefix,
  prefixContains,
  prefixCovers,
  prefixOf,
} from '@podpath/net';
import { DEFAULT_NAT_OUTGOING } from './default-pools.ts';
import { bitsOf, DEFAULT_BLOCK_SIZE, type IpPool, type VxlanMode } from './ip-pool.ts';

/**
 * Pools for pod addresses in the input that lie in no pool: Calico would not have given them, but the
 * cluster has them. One block each, unless nodes, Services or a pool have a part in that block too:
 * then every address is a block by itself, so that a route to it takes nothing else along.
 */
export const poolsForStrays = (
  cluster: Cluster,
  pools: readonly IpPool[],
  vxlanMode: VxlanMode,
): readonly IpPool[] => {
  const nodeAddresses = [...cluster.nodes.values()].flatMap((node) => node.addresses);
  const networks = [...cluster.serviceNetworks, ...pools.map((pool) => pool.cidr)];
  const isShared = (block: Prefix): boolean =>
    nodeAddresses.some((address) => prefixContains(block, address)) ||
    networks.some((other) => prefixCovers(other, block) || prefixCovers(block, other));
  const shared = new Map<Ip, boolean>();
  const strays = new Map<string, IpPool>();
  for (const pod of cluster.pods.values()) {
    if (pod.hostNetwork || pod.addressSource !== 'input') continue;
    for (const address of pod.ips) {
      if (pools.some((pool) => prefixContains(pool.cidr, address))) continue;
      const block = prefixOf(address, DEFAULT_BLOCK_SIZE[familyOf(address)]);
      const apart = shared.get(block.address) ?? isShared(block);
      shared.set(block.address, apart);
      const pool = strayPool(
        apart ? prefixOf(address, bitsOf(familyOf(address))) : block,
        vxlanMode,
      );
      strays.set(pool.name, pool);
    }
  }
  return [...strays.values()];
};

const strayPool = (cidr: Prefix, vxlanMode: VxlanMode): IpPool => ({
  name: `input-${formatPrefix(cidr)}`,
  cidr,
  blockSize: cidr.length,
  natOutgoing: DEFAULT_NAT_OUTGOING[familyOf(cidr.address)],
  vxlanMode,
});
