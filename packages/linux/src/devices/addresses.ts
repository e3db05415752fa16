import {
  type InterfaceAddress,
  type Ip,
  type Ipv4,
  type Ipv6,
  lastAddress,
  type Prefix,
  prefixContains,
  prefixOf,
} from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, isLoopback, isZeroNet, linkLocalFrom } from '../routing/address-kinds.ts';
import { TABLE_LOCAL, TABLE_MAIN } from '../routing/fib.ts';
import { addKernelRoute, removeRoute, removeRoutesOf, reviveRoutesOf } from '../routing/routes.ts';
import { Scope } from '../routing/scope.ts';
import { joinAnycast, leaveAnycast } from './anycast.ts';
import type { DeviceAddress } from './device-address.ts';
import { Tun } from './tun.ts';

const IPV6_PREFIX_METRIC = 256;

/** Puts an address on a device, with the routes that follow from it. Returns why not, by errno name. */
export function addAddress(
  namespace: Namespace,
  device: Device,
  { address, length }: InterfaceAddress,
  scope: number,
): 'EEXIST' | 'EINVAL' | undefined {
  const taken = device.addresses.some(
    (other) =>
      other.address === address && (typeof address === 'bigint' || other.length === length),
  );
  if (taken) return 'EEXIST';
  const primary = typeof address === 'number' ? primaryOf(device, address, length) : undefined;
  if (primary !== undefined && primary.scope !== scope) return 'EINVAL';
  const configured = { address, length, scope, secondary: primary !== undefined };
  device.addresses.push(configured);
  namespace.own(address, device);
  addLocalRoute(namespace, device, configured);
  joinAnycast(namespace, device, configured);
  if (!device.up) return undefined;
  addSubnetRoutes(namespace, device, configured);
  if (typeof address === 'number') reviveRoutesOf(namespace.ipv4, device);
  return undefined;
}

/** Takes an address away, with its routes; returns false when it is not there. */
export function removeAddress(
  namespace: Namespace,
  device: Device,
  { address, length }: InterfaceAddress,
): boolean {
  const index = device.addresses.findIndex(
    (other) => other.address === address && other.length === length,
  );
  const [removed] = index < 0 ? [] : device.addresses.splice(index, 1);
  if (removed === undefined) return false;
  namespace.disown(address, device);
  namespace.netfilter.addressRemoved(device.name, address);
  removeRoutesOfAddress(namespace, device, removed);
  leaveAnycast(namespace, device, removed);
  if (typeof address === 'bigint') return true;
  // Without its primary a subnet's other addresses do not stay either.
  const subnet = prefixOf(address, length);
  if (!removed.secondary && device.ipv4.promote_secondaries === 0) {
    const orphan = device.addresses.find(
      (other) =>
        other.secondary && other.length === length && prefixContains(subnet, other.address),
    );
    if (orphan !== undefined) removeAddress(namespace, device, orphan);
  }
  // The last one gone, IPv4 is off on this device (`fib_disable_ip`).
  const left = device.addresses.some((other) => typeof other.address === 'number');
  if (!left) stopIpv4(namespace, device);
  return true;
}

function stopIpv4(namespace: Namespace, device: Device): void {
  removeRoutesOf(namespace.ipv4, device, () => true);
  for (const { address, queue } of namespace.neighbours.ofDevice(device)) {
    if (typeof address === 'bigint') continue;
    namespace.neighbours.delete(device, address);
    for (const packet of queue.splice(0)) packet.drop(`device ${device.name} has no IPv4 any more`);
  }
}

/** The routes of an IPv4 address on a device that is up, and the local route (`fib_add_ifaddr`). */
export function addSubnetRoutes(
  namespace: Namespace,
  device: Device,
  configured: DeviceAddress,
): void {
  const { address, length, secondary } = configured;
  const subnet = prefixOf(address, length);
  if (typeof address === 'bigint') {
    addLocalRoute(namespace, device, configured);
    if (isLoopback(address)) return;
    const route = { ...fresh(device, subnet), metric: IPV6_PREFIX_METRIC };
    addKernelRoute(namespace, {
      ...route,
      table: TABLE_MAIN,
      type: 'unicast',
      scope: Scope.GLOBAL,
    });
    return;
  }
  if (secondary || typeof subnet.address !== 'number' || isZeroNet(subnet.address)) return;
  if (length === 32 && device.type !== 'lo') return;
  // A route may speak only from a local address: not from one that another subnet broadcasts to.
  if (namespace.ipv4.lookupLocal(address)?.type !== 'local') return;
  const from = { ...fresh(device, subnet), source: address };
  if (device.type === 'lo') {
    addKernelRoute(namespace, { ...from, table: TABLE_LOCAL, type: 'local', scope: Scope.HOST });
  } else {
    addKernelRoute(namespace, { ...from, table: TABLE_MAIN, type: 'unicast', scope: Scope.LINK });
  }
  if (length >= 31) return;
  const broadcast = { address: lastAddress(subnet), length: 32 };
  addKernelRoute(namespace, {
    ...from,
    prefix: broadcast,
    table: TABLE_LOCAL,
    type: 'broadcast',
    scope: Scope.LINK,
  });
}

/** An IPv4 address next to one of the same subnet speaks from that one. */
function addLocalRoute(
  namespace: Namespace,
  device: Device,
  { address, length }: DeviceAddress,
): void {
  const ipv4 = typeof address === 'number';
  addKernelRoute(namespace, {
    ...fresh(device, { address, length: ipv4 ? 32 : 128 }),
    table: TABLE_LOCAL,
    type: 'local',
    scope: ipv4 ? Scope.HOST : Scope.GLOBAL,
    nexthopScope: Scope.NOWHERE,
    source: ipv4 ? (primaryOf(device, address, length)?.address ?? address) : undefined,
  });
}

const fresh = (device: Device, prefix: Prefix): Omit<FibEntry, 'table' | 'type' | 'scope'> => ({
  prefix,
  device,
  gateway: undefined,
  onlink: false,
  nexthopScope: Scope.HOST,
  source: undefined,
  metric: 0,
  protocol: 'kernel',
  mtuBytes: undefined,
});

function primaryOf(device: Device, address: Ip, length: number): DeviceAddress | undefined {
  const subnet = prefixOf(address, length);
  return device.addresses.find(
    (other) => !other.secondary && other.length === length && prefixContains(subnet, other.address),
  );
}

function removeRoutesOfAddress(
  namespace: Namespace,
  device: Device,
  { address, length, secondary }: DeviceAddress,
): void {
  const elsewhere = namespace.ownersOf(address).length > 0;
  const host: Prefix = { address, length: typeof address === 'number' ? 32 : 128 };
  const own = (prefix: Prefix, table: number): void => {
    removeRoute(
      namespace,
      table,
      prefix,
      (entry) => entry.device === device && entry.protocol === 'kernel' && entry.type !== 'anycast',
    );
  };
  own(host, TABLE_LOCAL);
  const subnet = prefixOf(address, length);
  if (typeof address === 'bigint') {
    const shared = device.addresses.some(
      (other) => other.length === length && prefixContains(subnet, other.address),
    );
    // The kernel takes the first such route for its own, whoever made it (`addrconf_get_prefix_route`).
    const onLink = (entry: FibEntry): boolean =>
      entry.device === device && entry.gateway === undefined && entry.paths === undefined;
    if (!shared) removeRoute(namespace, TABLE_MAIN, subnet, onLink);
    if (!elsewhere) forgetIpv6Source(namespace, address);
    return;
  }
  if (!secondary) {
    own(subnet, device.type === 'lo' ? TABLE_LOCAL : TABLE_MAIN);
    if (length < 31) own({ address: lastAddress(subnet), length: 32 }, TABLE_LOCAL);
  }
  // Routes of the main table that speak from an address go with it (`fib_sync_down_addr`).
  if (elsewhere) return;
  removeRoutesOf(
    namespace.ipv4,
    undefined,
    ({ source, table }) => source === address && table === TABLE_MAIN,
  );
}

/** IPv6 routes that spoke from an address stay, and choose another. */
function forgetIpv6Source(namespace: Namespace, address: Ip): void {
  for (const table of namespace.ipv6.tables()) {
    for (const entry of table.entries()) {
      if (entry.source === address) entry.source = undefined;
      for (const path of entry.paths ?? []) {
        if (path.entry.source === address) path.entry.source = undefined;
      }
    }
  }
}

const MULTICAST: Prefix = { address: 0xffn << 120n, length: 8 };

/**
 * What IPv6 does on a device once it has a carrier: a route for groups, and a link-local address made
 * from the MAC. There is no duplicate detection.
 */
export function startIpv6(namespace: Namespace, device: Device): void {
  if (device.type === 'lo' || !device.carrier) return;
  const { ipv4Ends } = device;
  if (ipv4Ends !== undefined) {
    startIpv6OverIpv4(namespace, device, ipv4Ends);
    return;
  }
  if (!addGroupRoute(namespace, device)) return;
  const { ipv6 } = device;
  const isPlainTun = device instanceof Tun && !device.isEthernet;
  if (isPlainTun && ipv6.addr_gen_mode === FROM_MAC) ipv6.addr_gen_mode = DRAWN;
  if (ipv6.addr_gen_mode !== (isPlainTun ? DRAWN : FROM_MAC)) return;
  if (device.addresses.some(({ address }) => isLinkLocal(address))) return;
  const address = isPlainTun ? drawnLinkLocal(namespace) : linkLocalFrom(device.interfaceMac);
  addAddress(namespace, device, { address, length: 64 }, Scope.LINK);
}

/** Values of `addr_gen_mode`. Where there is no MAC to make an address from, one is drawn. */
const FROM_MAC = 0;
const DRAWN = 3;

function drawnLinkLocal({ kernel: { random } }: Namespace): Ipv6 {
  return LINK_LOCAL | (BigInt(random.next32()) << 32n) | BigInt(random.next32());
}

const LINK_LOCAL = 0xfe80n << 112n;

/**
 * A tunnel through IPv4 makes its IPv6 addresses of IPv4 ones: its own, or all that this host has; link-local ones if
 * it leads to one host, else such as hold nothing but them (`addrconf_sit_config`).
 */
function startIpv6OverIpv4(
  namespace: Namespace,
  device: Device,
  { local, remote }: NonNullable<Device['ipv4Ends']>,
): void {
  if (!device.hasIpv6 || (remote !== undefined && device.ipv6.addr_gen_mode !== 0)) return;
  const made =
    remote === undefined
      ? { base: 0n, length: 96, scope: Scope.GLOBAL }
      : { base: LINK_LOCAL, length: 64, scope: Scope.LINK };
  const sources = local === undefined ? ownIpv4(namespace, remote !== undefined) : [local];
  for (const source of sources) {
    const address = made.base | BigInt(source);
    addAddress(namespace, device, { address, length: made.length }, made.scope);
  }
  if (remote !== undefined) addGroupRoute(namespace, device);
}

const ownIpv4 = (namespace: Namespace, beyondHost: boolean): readonly Ipv4[] =>
  [...namespace.devices.values()]
    .filter(({ up }) => up)
    .flatMap(({ addresses }) => addresses)
    .flatMap(({ address, scope }) =>
      typeof address === 'number' && !(beyondHost && scope === Scope.HOST) ? address : [],
    );

/**
 * The route for groups, which a device also gets with an address from outside, carrier or not
 * (`addrconf_add_dev`). Returns whether the device is one to have it.
 */
export function addGroupRoute(namespace: Namespace, device: Device): boolean {
  if (device.type === 'lo' || device.type === 'ipip') return false;
  if (!device.up || !device.hasIpv6) return false;
  addKernelRoute(namespace, {
    ...fresh(device, MULTICAST),
    metric: IPV6_PREFIX_METRIC,
    table: TABLE_LOCAL,
    type: 'multicast',
    scope: Scope.GLOBAL,
  });
  return true;
}
