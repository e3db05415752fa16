import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { subnetRouters } from '../routing/anycast-addresses.ts';
import { TABLE_LOCAL } from '../routing/fib.ts';
import { addKernelRoute, removeRoute } from '../routing/routes.ts';
import { Scope } from '../routing/scope.ts';
import type { DeviceAddress } from './device-address.ts';

/**
 * A router listens to the first address of each subnet that it is in: the one by which any router there is
 * spoken to (RFC 4291, 2.6.1; `addrconf_join_anycast`).
 */
export function joinAnycast(namespace: Namespace, device: Device, configured: DeviceAddress): void {
  const subnet = subnetRouters(configured);
  if (device.ipv6.forwarding === 0 || subnet === undefined) return;
  addKernelRoute(namespace, {
    table: TABLE_LOCAL,
    prefix: { address: subnet, length: 128 },
    type: 'anycast',
    scope: Scope.GLOBAL,
    device,
    gateway: undefined,
    onlink: false,
    nexthopScope: Scope.NOWHERE,
    source: undefined,
    metric: 0,
    protocol: 'kernel',
    mtuBytes: undefined,
  });
}

/** Unless another of the device's addresses is in the same subnet. */
export function leaveAnycast(
  namespace: Namespace,
  device: Device,
  configured: DeviceAddress,
): void {
  const subnet = subnetRouters(configured);
  if (subnet === undefined) return;
  const others = device.addresses.filter((other) => other !== configured);
  if (device.ipv6.forwarding !== 0 && others.some((other) => subnetRouters(other) === subnet))
    return;
  removeRoute(
    namespace,
    TABLE_LOCAL,
    { address: subnet, length: 128 },
    (entry) => entry.device === device && entry.type === 'anycast',
  );
}

/** What follows from a device's becoming a router, or ceasing to be one (`dev_forward_change`). */
export function forwardingChanged(namespace: Namespace, device: Device): void {
  for (const configured of device.addresses) {
    if (device.ipv6.forwarding === 0) leaveAnycast(namespace, device, configured);
    else joinAnycast(namespace, device, configured);
  }
}
