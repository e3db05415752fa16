import { type Ipv6, prefixOf } from '@podpath/net';
import type { Device } from '../core.ts';
import type { DeviceAddress } from '../devices/device-address.ts';
import { isUnspecified } from './address-kinds.ts';

/** Prefixes from this length on are for two ends of a cable, and have no router in general. */
const POINT_TO_POINT_LENGTH = 127;

/** The address by which any router of an address's subnet is spoken to, where there is one (RFC 4291, 2.6.1). */
export function subnetRouters({ address, length }: DeviceAddress): Ipv6 | undefined {
  if (typeof address !== 'bigint' || length >= POINT_TO_POINT_LENGTH) return undefined;
  const subnet = prefixOf(address, length).address;
  return typeof subnet === 'bigint' && !isUnspecified(subnet) ? subnet : undefined;
}

/** Whether a device answers for an anycast address: as a router, for those of its subnets. */
export const answersForAnycast = (device: Device, address: Ipv6): boolean =>
  device.ipv6.forwarding !== 0 &&
  device.addresses.some((configured) => subnetRouters(configured) === address);
