import { familyOf, formatIp } from '@podpath/net';
import type { Device } from '../core.ts';
import type { DeviceAddress } from '../devices/device-address.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, isLoopback } from '../routing/address-kinds.ts';
import { scopeName } from '../routing/scope.ts';
import { devicesOf, type NamespaceNumbers } from './device-facts.ts';
import { headOf } from './link-entries.ts';

/**
 * `ip -json address`. Addresses have no lifetimes and are looked for by nobody else: they last for ever and are never
 * tentative.
 */
export const addressEntries = (
  namespace: Namespace,
  numbers: NamespaceNumbers,
): readonly object[] =>
  devicesOf(namespace).map((device) => ({
    ...headOf(namespace, device, numbers, {}),
    addr_info: inOrder(device.addresses).map((address) => infoOf(device, address)),
  }));

const FOR_EVER = 0xffff_ffff;

function infoOf(device: Device, { address, length, scope, secondary }: DeviceAddress): object {
  const isIpv4 = typeof address === 'number';
  return {
    family: isIpv4 ? 'inet' : 'inet6',
    local: formatIp(address),
    prefixlen: length,
    scope: typeof address === 'number' ? scopeName(scope) : ipv6Scope(address),
    secondary: secondary || undefined,
    label: isIpv4 ? device.name : undefined,
    valid_life_time: FOR_EVER,
    preferred_life_time: FOR_EVER,
  };
}

/** IPv4 as they came; IPv6 the newest first, those that reach furthest ahead (`ipv6_link_dev_addr`). */
function inOrder(addresses: readonly DeviceAddress[]): readonly DeviceAddress[] {
  const ipv4 = addresses.filter(({ address }) => familyOf(address) === 4);
  const ipv6 = addresses.filter(({ address }) => familyOf(address) === 6);
  return [...ipv4, ...ipv6.reverse().sort((a, b) => reachOf(a) - reachOf(b))];
}

const ipv6Scope = (address: bigint): 'global' | 'link' | 'host' =>
  isLinkLocal(address) ? 'link' : isLoopback(address) ? 'host' : 'global';

const REACHES = { global: 0, link: 1, host: 2 };
const reachOf = ({ address }: DeviceAddress): number =>
  typeof address === 'bigint' ? REACHES[ipv6Scope(address)] : 0;
