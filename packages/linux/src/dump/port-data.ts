import type { BridgePort } from '../devices/bridge-port.ts';

/** A port's settings as `ip -details link` tells them, less what a spanning tree would know of it. */
export const portData = (port: BridgePort) => ({
  state: stateOf(port),
  priority: 32,
  cost: 2,
  hairpin: port.hairpin,
  guard: false,
  root_block: false,
  fastleave: false,
  learning: port.learning,
  flood: port.flood,
  proxy_arp: false,
  proxy_arp_wifi: false,
  mcast_flood: port.groupFlood,
  bcast_flood: port.broadcastFlood,
  mcast_to_unicast: false,
  neigh_suppress: false,
  vlan_tunnel: false,
  isolated: port.isolated,
  locked: false,
});

const stateOf = (port: BridgePort): string => (port.isUp ? port.state : 'disabled');
