import type { Ip, IpPacket, Ipv4, Ipv6 } from '@podpath/net';
import type { Device, FibEntry } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import {
  ALL_NODES,
  isAllRouters,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isZeroNet,
  LIMITED_BROADCAST,
  solicitedNode,
} from './address-kinds.ts';
import { subnetRouters } from './anycast-addresses.ts';
import { type Flow, flowOfPacket } from './flow.ts';
import { selectPath } from './multipath.ts';
import { checkSource } from './reverse-path.ts';
import { type RouteError, refusalOf } from './route-error.ts';
import { routesLocalnet } from './route-localnet.ts';

/** Where a received packet goes. */
export type InputRoute =
  | { readonly kind: 'local' | 'forward'; readonly entry: FibEntry }
  | { readonly kind: 'error'; readonly error: RouteError; readonly entry?: FibEntry }
  | { readonly kind: 'discard'; readonly reason: string };

export interface InputKey<A extends Ip> {
  readonly to: A;
  readonly from: A;
  readonly device: Device;
  readonly mark: number;
  /** An ARP request asks the way to its target: broadcasts are none, and the way back out does not count. */
  readonly arp?: boolean;
  readonly flow?: Flow | undefined;
}

const discard = (reason: string): InputRoute => ({ kind: 'discard', reason });
const MARTIAN_SOURCE = discard('martian source address');
const MARTIAN_DESTINATION = discard('martian destination address');
export const NOT_FORWARDING = discard('not for this host, which does not forward');
const NO_ANSWER: InputRoute = { kind: 'error', error: 'EINVAL' };

/** Where a packet with these addresses goes when it came in by the device. */
export function routeInput(
  namespace: Namespace,
  device: Device,
  packet: IpPacket | { readonly src: Ip; readonly dst: Ip },
  mark: number,
): InputRoute {
  const { src: from, dst: to } = packet;
  const { readsFlows } = typeof to === 'number' ? namespace.ipv4 : namespace.ipv6;
  const flow = readsFlows && 'payload' in packet ? flowOfPacket(packet) : undefined;
  if (typeof to === 'number') {
    return routeInputIpv4(namespace, {
      to,
      from: typeof from === 'number' ? from : 0,
      device,
      mark,
      flow,
    });
  }
  return routeInputIpv6(namespace, {
    to,
    from: typeof from === 'bigint' ? from : 0n,
    device,
    mark,
    flow,
  });
}

/** `ip_route_input_slow` (net/ipv4/route.c), check by check. */
export function routeInputIpv4(namespace: Namespace, key: InputKey<Ipv4>): InputRoute {
  const { to, from, device } = key;
  if (isMulticast(from) || from === LIMITED_BROADCAST) return MARTIAN_SOURCE;
  if (to === LIMITED_BROADCAST || (from === 0 && to === 0))
    return broadcastInput(namespace, key, undefined);
  if (isZeroNet(from)) return MARTIAN_SOURCE;
  if (isZeroNet(to)) return MARTIAN_DESTINATION;
  if (!routesLocalnet(namespace, device)) {
    if (isLoopback(to)) return MARTIAN_DESTINATION;
    if (isLoopback(from)) return MARTIAN_SOURCE;
  }
  if (isMulticast(to)) return discard('multicast group that nobody here has joined');
  const { mark, flow } = key;
  const found = namespace.ipv4.lookup({ to, from, inDevice: device.name, mark, flow });
  const forwards = device.ipv4.forwarding !== 0;
  if (typeof found === 'string') {
    return forwards ? { kind: 'error', error: found } : NOT_FORWARDING;
  }
  const refusal = refusalOf(found);
  if (refusal !== undefined) {
    return forwards ? { kind: 'error', error: refusal, entry: found } : NOT_FORWARDING;
  }
  if (found.type === 'broadcast') return broadcastInput(namespace, key, found);
  if (found.type === 'local') {
    const failure = checkSource(namespace, key, undefined);
    return failure === undefined ? { kind: 'local', entry: found } : discard(failure);
  }
  if (!forwards) return NOT_FORWARDING;
  const entry = selectPath(namespace, found, { to, from, flow });
  const exit = entry.device;
  const failure = checkSource(namespace, key, exit);
  if (failure !== undefined) return discard(failure);
  if (key.arp === true && exit === device && proxyArpPvlan(namespace, device) === 0)
    return NO_ANSWER;
  return { kind: 'forward', entry };
}

const proxyArpPvlan = (namespace: Namespace, device: Device): number =>
  device.ipv4.proxy_arp_pvlan | namespace.sysctls.ipv4All.proxy_arp_pvlan;

function broadcastInput(
  namespace: Namespace,
  key: InputKey<Ipv4>,
  found: FibEntry | undefined,
): InputRoute {
  if (key.arp === true) return NO_ANSWER;
  const failure = isZeroNet(key.from) ? undefined : checkSource(namespace, key, undefined);
  if (failure !== undefined) return discard(failure);
  return { kind: 'local', entry: found ?? broadcastEntry(key.device) };
}

/** 255.255.255.255 has no route of its own. */
const broadcastEntry = (device: Device): FibEntry => ({
  table: 255,
  prefix: { address: LIMITED_BROADCAST, length: 32 },
  type: 'broadcast',
  scope: 253,
  device,
  gateway: undefined,
  onlink: false,
  nexthopScope: 255,
  source: undefined,
  metric: 0,
  protocol: 'kernel',
  mtuBytes: undefined,
});

/** `ip6_route_input` (net/ipv6/route.c). IPv6 has no reverse path filter and no martian own addresses. */
function routeInputIpv6(namespace: Namespace, key: InputKey<Ipv6>): InputRoute {
  const { to, from, device } = key;
  if (isMulticast(to)) {
    return listensTo(namespace, device, to)
      ? { kind: 'local', entry: multicastEntry(device, to) }
      : discard('multicast group that nobody here has joined');
  }
  const found = namespace.ipv6.lookup({
    to,
    from,
    inDevice: device.name,
    mark: key.mark,
    flow: key.flow,
    preferred: device,
    // Loopback's own address leads nowhere from another device.
    ...(isLinkLocal(to) || isLoopback(to) ? { device } : {}),
  });
  if (typeof found === 'string') return { kind: 'error', error: found };
  const refusal = refusalOf(found);
  if (refusal !== undefined) return { kind: 'error', error: refusal, entry: found };
  const isLocal = found.type === 'local' || found.type === 'anycast';
  const { flow } = key;
  return {
    kind: isLocal ? 'local' : 'forward',
    entry: selectPath(namespace, found, { to, from, flow }),
  };
}

/** Groups a device listens to without anybody asking: all nodes, all routers, and those of its addresses and of those it speaks for. */
function listensTo(namespace: Namespace, device: Device, group: Ipv6): boolean {
  if (group === ALL_NODES) return true;
  if (isAllRouters(group)) return device.ipv6.forwarding !== 0;
  for (const address of namespace.neighbours.proxiedBy(device)) {
    if (typeof address === 'bigint' && solicitedNode(address) === group) return true;
  }
  return device.addresses.some((configured) => {
    const { address } = configured;
    if (typeof address !== 'bigint') return false;
    if (solicitedNode(address) === group) return true;
    const routers = device.ipv6.forwarding === 0 ? undefined : subnetRouters(configured);
    return routers !== undefined && solicitedNode(routers) === group;
  });
}

/** The route `ff00::/8`, which each device has in the local table. */
const multicastEntry = (device: Device, group: Ipv6): FibEntry => ({
  table: 255,
  prefix: { address: group, length: 128 },
  type: 'multicast',
  scope: 0,
  device,
  gateway: undefined,
  onlink: false,
  nexthopScope: 255,
  source: undefined,
  metric: 256,
  protocol: 'kernel',
  mtuBytes: undefined,
});
