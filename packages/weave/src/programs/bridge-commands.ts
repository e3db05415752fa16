import type { Command } from '@podpath/linux';
import type { Ipv4, Ipv4Prefix } from '@podpath/net';
import type { PeerName } from '../peer-name.ts';
import { BRIDGE, DATAPATH_PORT, UPLINK } from './device-names.ts';
import { quickNeighbours, refuseRouters } from './neighbour-sysctls.ts';

/** A port that only lives to give the empty bridge an MTU. */
const MTU_HELPER = 'vethwedu';

/** What Weave's init container sees to: forwarding, and that bridged packets meet iptables. */
export const hostCommands = (): Command[] => [
  { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 },
  { kind: 'sysctl', key: 'net.bridge.bridge-nf-call-iptables', value: 1 },
];

/** The bridge, and the cable from it to the datapath. Its MAC address is the peer's name. */
export const bridgeCommands = (peer: PeerName, mtuBytes: number): Command[] => [
  { kind: 'link-add', type: 'bridge', name: BRIDGE },
  { kind: 'link-set', dev: BRIDGE, mac: peer },
  { kind: 'link-add', type: 'dummy', name: MTU_HELPER, mtuBytes },
  { kind: 'link-set', dev: MTU_HELPER, master: BRIDGE },
  { kind: 'link-delete', dev: MTU_HELPER },
  refuseRouters(BRIDGE),
  ...quickNeighbours(BRIDGE),
  {
    kind: 'link-add',
    type: 'veth',
    name: UPLINK,
    mtuBytes,
    peer: { name: DATAPATH_PORT, mtuBytes },
  },
  { kind: 'link-set', dev: UPLINK, master: BRIDGE },
  refuseRouters(UPLINK),
  refuseRouters(DATAPATH_PORT),
  { kind: 'link-set', dev: DATAPATH_PORT, up: true },
  { kind: 'link-set', dev: UPLINK, up: true },
  { kind: 'link-set', dev: BRIDGE, up: true },
];

/** `weave expose`: the host takes part in the pods' network. */
export const exposeCommand = (address: Ipv4, { length }: Ipv4Prefix): Command => ({
  kind: 'address-add',
  dev: BRIDGE,
  address: { address, length },
});
