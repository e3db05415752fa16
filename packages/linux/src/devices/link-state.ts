import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { removeRoutesOf, reviveRoutesOf } from '../routing/routes.ts';
import { Scope } from '../routing/scope.ts';
import { addAddress, addSubnetRoutes, removeAddress, startIpv6 } from './addresses.ts';
import { Bridge } from './bridge.ts';
import { Veth } from './veth.ts';

const LOOPBACK_IPV4 = { address: 0x7f00_0001, length: 8 };
const LOOPBACK_IPV6 = { address: 1n, length: 128 };

/** Sets a device up: its addresses get their routes (`dev_open`). */
export function setUp(namespace: Namespace, device: Device): void {
  if (device.up) return;
  device.up = true;
  device.opened();
  updateCarrier(namespace, device);
  reviveRoutesOf(namespace.ipv4, device);
  reviveRoutesOf(namespace.ipv6, device);
  if (device.type === 'lo') {
    const bare = !device.addresses.some(({ address }) => typeof address === 'number');
    if (bare) addAddress(namespace, device, LOOPBACK_IPV4, Scope.HOST);
    if (device.hasIpv6) addAddress(namespace, device, LOOPBACK_IPV6, Scope.HOST);
  }
  for (const configured of device.addresses) addSubnetRoutes(namespace, device, configured);
  startIpv6(namespace, device);
}

/**
 * Sets a device down: routes through it go, except that its own IPv4 addresses stay addresses of this
 * host; neighbours and IPv6 addresses go. None of it comes back by itself but what addresses bring.
 */
export function setDown(namespace: Namespace, device: Device): void {
  if (!device.up) return;
  device.up = false;
  namespace.netfilter.deviceDown(device.name);
  device.closed();
  removeRoutesOf(namespace.ipv4, device, (entry) => entry.nexthopScope !== Scope.NOWHERE);
  if (device.ipv6.keep_addr_on_down === 0) removeIpv6Addresses(namespace, device);
  removeRoutesOf(namespace.ipv6, device, () => true);
  for (const neighbour of namespace.neighbours.forget(device)) {
    for (const packet of neighbour.queue.splice(0)) packet.drop(`device ${device.name} went down`);
  }
  if (device instanceof Bridge) for (const port of device.ports) device.fdb.forgetLearned(port);
  updateCarrier(namespace, device);
}

/** IPv6 leaves a device whose MTU becomes too small for it, and comes back when it is large enough again. */
export function mtuChanged(namespace: Namespace, device: Device): void {
  if (device.hasIpv6) startIpv6(namespace, device);
  else removeIpv6(namespace, device);
}

export function removeIpv6(namespace: Namespace, device: Device): void {
  removeIpv6Addresses(namespace, device);
  removeRoutesOf(namespace.ipv6, device, () => true);
}

function removeIpv6Addresses(namespace: Namespace, device: Device): void {
  for (const configured of [...device.addresses]) {
    if (typeof configured.address === 'bigint') removeAddress(namespace, device, configured);
  }
}

/**
 * Brings a device's carrier up to date after something it depends on changed, and then those that
 * depend on it: the other end of a cable, the bridge that it is a port of, the ports of a bridge.
 */
export function updateCarrier(namespace: Namespace, device: Device): void {
  refresh(namespace, device);
  if (device instanceof Veth && device.peer !== undefined) {
    const { peer } = device;
    const other = namespace.kernel.namespaces.get(peer.namespace);
    if (other !== undefined) refresh(other, peer);
  }
}

function refresh(namespace: Namespace, device: Device): void {
  const carrier = device.hasCarrier();
  if (carrier === device.carrier) return;
  device.carrier = carrier;
  if (carrier) startIpv6(namespace, device);
  else forgetUnplugged(namespace, device);
  const bridge = device.master;
  if (!(bridge instanceof Bridge)) return;
  const port = bridge.portOf(device);
  // A port that stops forwarding forgets who was behind it, and what state it was in.
  if (port !== undefined && !carrier) {
    bridge.fdb.forgetLearned(port);
    port.state = 'forwarding';
  }
  refresh(namespace, bridge);
}

/** Who was at the other end of a cable may not be any more (`neigh_carrier_down`). */
function forgetUnplugged(namespace: Namespace, device: Device): void {
  for (const neighbour of namespace.neighbours.ofDevice(device)) {
    if (neighbour.state === 'permanent') continue;
    namespace.neighbours.delete(device, neighbour.address);
    for (const packet of neighbour.queue.splice(0)) {
      packet.drop(`device ${device.name} lost its carrier`);
    }
  }
}
