import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { forgetRoutesOf } from '../routing/routes.ts';
import { Bridge } from './bridge.ts';
import { IpTunnel } from './ip-tunnel.ts';
import { setDown, updateCarrier } from './link-state.ts';
import { Veth } from './veth.ts';
import { Vxlan } from './vxlan.ts';

/** Deletes a device with all that hangs on it; a cable goes with both its ends. */
export function removeDevice(namespace: Namespace, device: Device): void {
  if (namespace.devices.get(device.name) !== device) return;
  setDown(namespace, device);
  const { master } = device;
  if (master instanceof Bridge) {
    const port = master.portOf(device);
    if (port !== undefined) master.removePort(port);
    updateCarrier(namespace, master);
  }
  if (device instanceof Bridge) {
    for (const port of [...device.ports]) device.removePort(port);
  }
  for (const { address } of device.addresses.splice(0)) namespace.disown(address, device);
  forgetRoutesOf(namespace, device);
  namespace.devices.delete(device.name);
  if (device instanceof IpTunnel) namespace.tunnels.delete(device);
  for (const other of [...namespace.devices.values()]) {
    if (other instanceof Vxlan && other.settings.underlay === device)
      removeDevice(namespace, other);
  }
  if (!(device instanceof Veth) || device.peer === undefined) return;
  const { peer } = device;
  device.peer = undefined;
  peer.peer = undefined;
  const other = namespace.kernel.namespaces.get(peer.namespace);
  if (other !== undefined) removeDevice(other, peer);
}
