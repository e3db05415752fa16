import type { Ip, Ipv6, Prefix } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal } from './address-kinds.ts';
import { addressType } from './address-type.ts';
import { TABLE_MAIN } from './fib.ts';
import { type RouteError, refusalOf } from './route-error.ts';
import { Scope } from './scope.ts';

export interface NextHopAsk {
  readonly dst: Prefix;
  readonly gateway: Ip | undefined;
  readonly device: Device | undefined;
  readonly onlink: boolean;
  readonly scope: number;
  readonly type: string;
  readonly table: number | undefined;
}

/** The kernel asks on behalf of no packet: rules about `lo` do not match. */
const NO_DEVICE = '';

type NextHop =
  | { readonly device: Device; readonly nexthopScope: number }
  | { readonly code: string; readonly why: string };

const refuse = (code: string, why: string): NextHop => ({ code, why });
const DOWN = refuse('ENETDOWN', 'Nexthop device is not up');

/** Whether a new route's next hop can be reached, and how far away it is (`fib_check_nh`, `ip6_route_check_nh`). */
export function checkNextHop(namespace: Namespace, ask: NextHopAsk): NextHop {
  return typeof ask.dst.address === 'number'
    ? checkIpv4(namespace, ask)
    : checkIpv6(namespace, ask);
}

function checkIpv4(namespace: Namespace, ask: NextHopAsk): NextHop {
  const { gateway, device, scope } = ask;
  if (scope === Scope.HOST) {
    if (gateway !== undefined)
      return refuse('EINVAL', 'Route with host scope can not have a gateway');
    if (device === undefined) return refuse('ENODEV', 'No such device');
    return { device, nexthopScope: Scope.NOWHERE };
  }
  if (gateway === undefined) {
    if (device === undefined) return refuse('ENODEV', 'Device for nexthop is missing');
    if (ask.onlink)
      return refuse('EINVAL', 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set');
    return device.up ? { device, nexthopScope: Scope.HOST } : DOWN;
  }
  if (scope >= Scope.LINK) return refuse('EINVAL', 'Nexthop has invalid scope');
  if (ask.onlink) return checkOnlink(namespace, gateway, device);
  if (typeof gateway !== 'number') {
    // An IPv6 next hop of an IPv4 route.
    return checkIpv6(namespace, ask);
  }
  const found = findIpv4Gateway(namespace, gateway, ask);
  if (typeof found === 'string') return refuse(found, 'Nexthop has invalid gateway');
  const refusal = refusalOf(found);
  if (refusal !== undefined) return refuse(refusal, 'Nexthop has invalid gateway');
  if (found.type !== 'unicast' && found.type !== 'local') {
    return refuse('EINVAL', 'Nexthop has invalid gateway');
  }
  if (found.device === undefined) return refuse('ENODEV', 'No egress device for nexthop gateway');
  return found.device.up ? { device: found.device, nexthopScope: found.scope } : DOWN;
}

/** In the route's own table first, then everywhere; only routes that reach at most the link will do. */
function findIpv4Gateway(
  namespace: Namespace,
  gateway: number,
  { device, scope, table }: NextHopAsk,
): FibEntry | RouteError {
  const demand = { device, scope: Math.max(scope + 1, Scope.LINK), ignoreLinkState: true };
  if (table !== undefined && table !== TABLE_MAIN) {
    const own = namespace.ipv4.table(table)?.lookup(gateway, demand);
    if (own !== undefined && refusalOf(own) === undefined) return own;
  }
  return namespace.ipv4.lookup({ ...demand, to: gateway, inDevice: 'lo', mark: 0 });
}

function checkOnlink(namespace: Namespace, gateway: Ip, device: Device | undefined): NextHop {
  if (addressType(namespace, gateway) !== 'UNICAST') {
    return refuse('EINVAL', 'Nexthop has invalid gateway');
  }
  if (device === undefined) return refuse('ENODEV', 'Nexthop device required for onlink');
  return device.up ? { device, nexthopScope: Scope.LINK } : DOWN;
}

function checkIpv6(namespace: Namespace, ask: NextHopAsk): NextHop {
  const hop = findIpv6Hop(namespace, ask);
  return ask.gateway !== undefined && 'device' in hop && hop.device.type === 'lo'
    ? refuse('EINVAL', 'Egress device can not be loopback device for this route')
    : hop;
}

function findIpv6Hop(namespace: Namespace, ask: NextHopAsk): NextHop {
  const { gateway, device } = ask;
  if (device?.ipv6.disable_ipv6 === 1) {
    return refuse('EACCES', 'IPv6 is disabled on nexthop device');
  }
  if (device !== undefined && !device.hasIpv6) return refuse('ENODEV', 'No such device');
  if (gateway === undefined) {
    if (device === undefined) return refuse('ENODEV', 'No such device');
    return device.up || ask.type === 'local' ? { device, nexthopScope: Scope.HOST } : DOWN;
  }
  if (typeof gateway === 'number') return refuse('EINVAL', 'Invalid gateway address');
  const owners = namespace.ownersOf(gateway);
  if (isLinkLocal(gateway) ? owners.some((owner) => owner === device) : owners.length > 0) {
    return refuse('EINVAL', 'Gateway can not be a local address');
  }
  if (ask.onlink) return checkIpv6Onlink(namespace, gateway, device);
  if (isLinkLocal(gateway)) {
    if (device === undefined) return refuse('EINVAL', 'Egress device not specified');
    return device.up ? { device, nexthopScope: Scope.LINK } : DOWN;
  }
  const own = namespace.ipv6.table(ask.table ?? TABLE_MAIN)?.lookup(gateway, { device });
  const found = isOnLink(own, device)
    ? own
    : namespace.ipv6.lookup({ to: gateway, inDevice: NO_DEVICE, mark: 0, device });
  if (typeof found === 'string' || !isOnLink(found, device) || found.device === undefined) {
    return refuse('EHOSTUNREACH', 'No route to host: the gateway is not on a link');
  }
  return found.device.up ? { device: found.device, nexthopScope: Scope.LINK } : DOWN;
}

/** Whether a route leads to its destinations directly, by the device if one is given. */
const isOnLink = (entry: FibEntry | undefined, device: Device | undefined): entry is FibEntry =>
  entry !== undefined &&
  refusalOf(entry) === undefined &&
  entry.gateway === undefined &&
  (device === undefined || entry.device === device);

/** Whoever says `onlink` is believed, unless the main table knows better (`ip6_route_check_nh_onlink`). */
function checkIpv6Onlink(namespace: Namespace, gateway: Ipv6, device: Device | undefined): NextHop {
  if (device === undefined) return refuse('ENODEV', 'Nexthop device required for onlink');
  const known = namespace.ipv6.table(TABLE_MAIN)?.lookup(gateway);
  const elsewhere =
    known !== undefined &&
    refusalOf(known) === undefined &&
    known.prefix.length > 0 &&
    (known.type !== 'unicast' || known.device !== device);
  if (elsewhere) return refuse('EINVAL', 'Nexthop has invalid gateway or device mismatch');
  return device.up ? { device, nexthopScope: Scope.LINK } : DOWN;
}
