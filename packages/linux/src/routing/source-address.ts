import type { InterfaceAddress, Ip, Ipv4, Ipv6 } from '@podpath/net';
import { prefixContains, prefixOf } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { DeviceAddress } from '../devices/device-address.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, isLoopback, isMulticast } from './address-kinds.ts';
import { routesLocalnet } from './route-localnet.ts';
import { Scope } from './scope.ts';

/**
 * `inet_select_addr` (net/ipv4/devinet.c): an address of the device that reaches as far as `scope`, best
 * one in the subnet of `towards`; else one of any device.
 */
export function selectIpv4(
  namespace: Namespace,
  device: Device,
  towards: Ipv4 | undefined,
  scope: number,
): Ipv4 | undefined {
  const cap = routesLocalnet(namespace, device) ? Scope.LINK : Scope.HOST;
  let first: Ipv4 | undefined;
  for (const configured of device.addresses) {
    const { address } = configured;
    if (typeof address !== 'number' || configured.secondary) continue;
    if (Math.min(configured.scope, cap) > scope) continue;
    if (towards === undefined || inSubnet(configured, towards)) return address;
    first ??= address;
  }
  if (first !== undefined) return first;
  for (const other of namespace.devices.values()) {
    for (const { address, secondary, scope: reach } of other.addresses) {
      if (typeof address !== 'number' || secondary) continue;
      if (reach !== Scope.LINK && reach <= scope) return address;
    }
  }
  return undefined;
}

const inSubnet = ({ address, length }: DeviceAddress, other: Ip): boolean =>
  prefixContains(prefixOf(address, length), other);

/**
 * `ipv6_dev_get_saddr` (net/ipv6/addrconf.c), the rules of RFC 6724, 5 that can differ here: same address,
 * scope, outgoing device, label, longest common prefix.
 */
export function selectIpv6(namespace: Namespace, device: Device, towards: Ipv6): Ipv6 | undefined {
  const onlyDevice = isLinkLocal(towards) || isMulticast(towards);
  let best: { address: Ipv6; score: readonly number[] } | undefined;
  for (const candidate of onlyDevice ? [device] : namespace.devices.values()) {
    // The kernel keeps the newest address first, and takes the first of equals.
    for (const { address, length } of candidate.addresses.toReversed()) {
      if (typeof address !== 'bigint') continue;
      const score = scoreSource({ address, length }, towards, candidate === device);
      if (best === undefined || isBetter(score, best.score)) best = { address, score };
    }
  }
  return best?.address;
}

function scoreSource(
  { address: source, length }: InterfaceAddress<Ipv6>,
  towards: Ipv6,
  onDevice: boolean,
): readonly number[] {
  const reach = ipv6Reach(source);
  const wanted = ipv6Reach(towards);
  return [
    source === towards ? 1 : 0,
    // A source that reaches far enough, and no further than needed, is best; one that falls short is worst.
    reach >= wanted ? 100 - reach : reach - 100,
    onDevice ? 1 : 0,
    label(source) === label(towards) ? 1 : 0,
    Math.min(commonBits(source, towards), length),
  ];
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value > other;
  }
  return false;
}

/** Scope as multicast addresses number it: 1 this host, 2 the link, 14 the world. */
function ipv6Reach(address: Ipv6): number {
  if (isMulticast(address)) return Number((address >> 112n) & 0xfn);
  if (isLinkLocal(address)) return 2;
  return isLoopback(address) ? 1 : 14;
}

/** The kernel's label table (net/ipv6/addrlabel.c), most specific first. */
const LABELS: readonly { readonly prefix: { address: Ipv6; length: number }; label: number }[] = [
  { prefix: { address: 1n, length: 128 }, label: 0 },
  { prefix: { address: 0xffffn << 32n, length: 96 }, label: 4 },
  { prefix: { address: 0n, length: 96 }, label: 3 },
  { prefix: { address: 0x2001_0000n << 96n, length: 32 }, label: 6 },
  { prefix: { address: 0x2001_0010n << 96n, length: 28 }, label: 7 },
  { prefix: { address: 0x3ffen << 112n, length: 16 }, label: 12 },
  { prefix: { address: 0x2002n << 112n, length: 16 }, label: 2 },
  { prefix: { address: 0xfec0n << 112n, length: 10 }, label: 11 },
  { prefix: { address: 0xfc00n << 112n, length: 7 }, label: 5 },
];

const label = (address: Ipv6): number =>
  LABELS.find(({ prefix }) => prefixContains(prefix, address))?.label ?? 1;

function commonBits(a: Ipv6, b: Ipv6): number {
  const different = a ^ b;
  return different === 0n ? 128 : 128 - different.toString(2).length;
}

/** The source address that a route gives to what this host sends by it. */
export function sourceOf(namespace: Namespace, entry: FibEntry, towards: Ip): Ip | undefined {
  if (entry.source !== undefined) return entry.source;
  const { device } = entry;
  if (device === undefined) return undefined;
  if (typeof towards === 'bigint') return selectIpv6(namespace, device, towards);
  const gateway = typeof entry.gateway === 'number' ? entry.gateway : undefined;
  return selectIpv4(namespace, device, gateway, entry.scope);
}
