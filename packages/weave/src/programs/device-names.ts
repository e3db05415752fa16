/** Names of what Weave makes on a node (weave, net/bridge.go and router/fastdp.go). */

export const BRIDGE = 'weave';
/** The bridge's port to the overlay. */
export const UPLINK = 'vethwe-bridge';
/** The other end of that cable: a port of the datapath. */
export const DATAPATH_PORT = 'vethwe-datapath';
/** The Open vSwitch datapath. */
export const DATAPATH = 'datapath';

/** What traces call the router's own UDP port, by which peers without a short ID are reached. */
export const SLEEVE = 'sleeve';

export const tunnelName = (udpPort: number): string => `vxlan-${udpPort}`;
