import { isMulticastMac } from '@podpath/net';
import type { LinkDelete, LinkSet } from '../commands.ts';
import type { Device } from '../core.ts';
import { Bridge } from '../devices/bridge.ts';
import { BridgePort, type PortState } from '../devices/bridge-port.ts';
import { mtuChanged, setDown, setUp, updateCarrier } from '../devices/link-state.ts';
import { Opaque } from '../devices/opaque.ts';
import { removeDevice } from '../devices/remove-device.ts';
import { Tun } from '../devices/tun.ts';
import { VXLAN_OVERHEAD_BYTES, Vxlan } from '../devices/vxlan.ts';
import { Wireguard } from '../devices/wireguard/wireguard.ts';
import type { Namespace } from '../namespace.ts';
import { checkMtu } from './check-mtu.ts';
import { deviceOf, refusal } from './refuse.ts';

/** `ip link set` and `bridge link set`. Throws ENODEV, EINVAL, ELOOP, EADDRNOTAVAIL, EOPNOTSUPP. */
export function setLink(namespace: Namespace, command: LinkSet): void {
  const device = deviceOf(namespace, command, command.dev);
  if (command.mac !== undefined) setMac(command, device, command.mac);
  if (command.mtuBytes !== undefined) setMtu(namespace, command, device, command.mtuBytes);
  if (command.master !== undefined) setMaster(namespace, command, device, command.master);
  setPortFlags(namespace, command, device);
  if (command.up === true) {
    checkPort(namespace, command, device);
    setUp(namespace, device);
  }
  if (command.up === false) setDown(namespace, device);
}

/** The port that a device listens on may be another's by now. */
function checkPort(namespace: Namespace, command: LinkSet, device: Device): void {
  if (!(device instanceof Wireguard) || device.up) return;
  const { listenPort } = device;
  if (listenPort !== 0 && namespace.sockets.hasUdp(listenPort)) {
    throw refusal(command, 'EADDRINUSE', `Address already in use: UDP port ${listenPort}`);
  }
}

export function deleteLink(namespace: Namespace, command: LinkDelete): void {
  const device = deviceOf(namespace, command, command.dev);
  if (device.type === 'lo') throw refusal(command, 'EOPNOTSUPP', 'Operation not supported');
  removeDevice(namespace, device);
}

function setMac(command: LinkSet, device: Device, mac: number): void {
  if (!device.isEthernet) throw refusal(command, 'EOPNOTSUPP', 'Operation not supported');
  if (mac === 0 || isMulticastMac(mac)) {
    throw refusal(command, 'EADDRNOTAVAIL', 'Cannot assign requested address');
  }
  if (device instanceof Bridge) {
    device.setMac(mac);
    return;
  }
  const before = device.mac;
  device.mac = mac;
  const bridge = device.master;
  const port = bridge instanceof Bridge ? bridge.portOf(device) : undefined;
  if (bridge instanceof Bridge && port !== undefined) bridge.portMacChanged(port, before);
}

function setMtu(namespace: Namespace, command: LinkSet, device: Device, mtuBytes: number): void {
  if (device.type !== 'lo') checkMtu(command, mtuBytes, device instanceof Tun && device.isEthernet);
  if (device instanceof Vxlan) {
    const { underlay } = device.settings;
    const room = (underlay?.mtuBytes ?? Infinity) - VXLAN_OVERHEAD_BYTES[device.family];
    if (mtuBytes > room)
      throw refusal(command, 'EINVAL', `the underlay has room for ${room} bytes`);
  }
  device.mtuBytes = mtuBytes;
  mtuChanged(namespace, device);
  if (device instanceof Bridge) device.mtuIsFixed = true;
  if (device.master instanceof Bridge) device.master.portsChanged();
}

function setMaster(
  namespace: Namespace,
  command: LinkSet,
  device: Device,
  master: string | null,
): void {
  const before = device.master;
  if (before instanceof Bridge) {
    const port = before.portOf(device);
    if (port !== undefined) before.removePort(port);
    updateCarrier(namespace, before);
  }
  if (before instanceof Opaque) {
    device.master = undefined;
    device.portInput = undefined;
  }
  if (master === null) return;
  const bridge = deviceOf(namespace, command, master);
  if (bridge instanceof Opaque) {
    device.master = bridge;
    device.portInput = (packet) => bridge.takeFrom(device, packet);
    return;
  }
  if (!(bridge instanceof Bridge)) {
    throw refusal(command, 'EOPNOTSUPP', `${master} is no bridge`);
  }
  if (device.type === 'lo' || !device.isEthernet) {
    throw refusal(command, 'EINVAL', `${device.name} cannot be a port of a bridge`);
  }
  if (device instanceof Bridge)
    throw refusal(command, 'ELOOP', 'a bridge cannot be a port of a bridge');
  bridge.addPort(new BridgePort(device, bridge));
  updateCarrier(namespace, bridge);
}

function setPortFlags(namespace: Namespace, command: LinkSet, device: Device): void {
  const { hairpin, isolated, learning, flood, broadcastFlood, groupFlood, state } = command;
  const flags = [hairpin, isolated, learning, flood, broadcastFlood, groupFlood];
  if (state === undefined && flags.every((flag) => flag === undefined)) return;
  const port = device.master instanceof Bridge ? device.master.portOf(device) : undefined;
  if (port === undefined)
    throw refusal(command, 'EOPNOTSUPP', `${device.name} is no port of a bridge`);
  if (hairpin !== undefined) port.hairpin = hairpin;
  if (isolated !== undefined) port.isolated = isolated;
  if (learning !== undefined) port.learning = learning;
  if (flood !== undefined) port.flood = flood;
  if (broadcastFlood !== undefined) port.broadcastFlood = broadcastFlood;
  if (groupFlood !== undefined) port.groupFlood = groupFlood;
  if (state !== undefined) setPortState(namespace, command, port, state);
}

/** `br_set_port_state` (net/bridge/br_netlink.c): only of a port that is up. */
function setPortState(
  namespace: Namespace,
  command: LinkSet,
  port: BridgePort,
  state: PortState,
): void {
  if (!port.device.up || (!port.device.carrier && state !== 'disabled')) {
    throw refusal(command, 'ENETDOWN', 'Network is down');
  }
  port.state = state === 'blocking' ? 'forwarding' : state;
  updateCarrier(namespace, port.bridge);
}
