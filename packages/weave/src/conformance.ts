/**
 * The pure parts of Weave Net one by one, for test vectors that hold them to upstream's own: its names,
 * its ring and spaces of addresses, weave-npc's reaction to events, and the overlay's decisions.
 */

export {
  type AddressRange,
  biggestBlock,
  hostRange,
  mergeAdjacent,
  prefixesOf,
} from './ipam/address-range.ts';
export { AddressSet } from './ipam/address-set.ts';
export { Ipam } from './ipam/ipam.ts';
export { noMasqChanges } from './ipam/no-masq-local.ts';
export { Ring, ringSeeds } from './ipam/ring.ts';
export type { RingEntry } from './ipam/ring-entry.ts';
export { Space } from './ipam/space.ts';
export { type NpcCommand, NpcController } from './npc/controller.ts';
export { NpcError } from './npc/npc-error.ts';
export type { NpcNamespace, NpcPod, NpcPolicy } from './npc/objects.ts';
export { setNameOf } from './npc/set-name.ts';
export { FastDatapath, type PeerDirectory } from './overlay/fast-datapath.ts';
export {
  type FlowAction,
  type FlowIngress,
  type FlowKey,
  isHairpin,
  type Tunnel,
} from './overlay/flow.ts';
export { MacCache } from './overlay/mac-cache.ts';
export { type Mesh, partialMesh } from './overlay/mesh.ts';
export { ShortIds } from './overlay/short-ids.ts';
export {
  decodeSleeve,
  encodeSleeve,
  SLEEVE_OVERHEAD_BYTES,
} from './overlay/sleeve-packet.ts';
export { tunnelDestination, tunnelId, tunnelSource } from './overlay/tunnel-id.ts';
export { formatPeerName, type PeerName, parsePeerName, peerNameOfMachine } from './peer-name.ts';
export { vethNames } from './veth-name.ts';
