import type { InterfaceAddress } from '@podpath/net';
import type { AddressAdd, AddressDelete } from '../commands.ts';
import { addAddress, addGroupRoute, removeAddress } from '../devices/addresses.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, isLoopback } from '../routing/address-kinds.ts';
import { Scope, scopeNumber } from '../routing/scope.ts';
import { deviceOf, refusal } from './refuse.ts';

/** `ip address add`. Throws ENODEV, EEXIST, EACCES (IPv6 switched off), EINVAL. */
export function addDeviceAddress(namespace: Namespace, command: AddressAdd): void {
  const device = deviceOf(namespace, command, command.dev);
  const { address } = command.address;
  if (typeof address === 'bigint' && device.ipv6.disable_ipv6 !== 0) {
    throw refusal(command, 'EACCES', 'IPv6 is disabled on this device');
  }
  if (typeof address === 'bigint' && !device.hasIpv6) {
    throw refusal(command, 'EINVAL', 'the MTU is too small for IPv6');
  }
  const scope =
    command.scope === undefined ? usualScope(command.address) : scopeNumber(command.scope);
  if (typeof address === 'bigint') addGroupRoute(namespace, device);
  const error = addAddress(namespace, device, command.address, scope);
  if (error === 'EEXIST') throw refusal(command, error, 'Address already assigned');
  if (error !== undefined) {
    throw refusal(command, error, 'Invalid scope value: the subnet is there with another scope');
  }
}

/** `ip address delete`. Throws ENODEV, EADDRNOTAVAIL. */
export function deleteDeviceAddress(namespace: Namespace, command: AddressDelete): void {
  const device = deviceOf(namespace, command, command.dev);
  if (!removeAddress(namespace, device, command.address)) {
    throw refusal(command, 'EADDRNOTAVAIL', 'the device does not have the address');
  }
}

function usualScope({ address }: InterfaceAddress): number {
  if (isLoopback(address)) return Scope.HOST;
  return isLinkLocal(address) ? Scope.LINK : Scope.GLOBAL;
}
