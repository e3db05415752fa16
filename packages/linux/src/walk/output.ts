import type { Ip } from '@podpath/net';
import { ipPacketLength } from '@podpath/net';
import type { Device, FibEntry, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { sendToNeighbour } from '../neighbours/resolution.ts';
import { staysOnLink } from '../routing/address-kinds.ts';
import { NO_FLOW } from '../routing/flow.ts';
import { type OutputRoute, routeOutput } from '../routing/output-route.ts';
import { mtuTowards } from '../routing/path-mtu.ts';
import { ERROR_TEXT, refusalOf } from '../routing/route-error.ts';
import { Scope } from '../routing/scope.ts';
import { describeRoute } from '../text/route-text.ts';
import { fragment } from './fragment.ts';
import { passes } from './hook.ts';

const NO_ROUTE = { type: 1, code: 0 };

type Found = Extract<OutputRoute, { kind: 'route' }>;

/** Sends a packet that this host made, by the route found for it (`ip_local_out`). */
export function sendLocal(namespace: Namespace, packet: SocketBuffer, route: Found): void {
  take(packet, route.entry, route.device, route.source);
  packet.reroute = false;
  if (!passes(namespace, 'OUTPUT', packet)) return;
  if (packet.reroute && !rerouted(namespace, packet)) return;
  output(namespace, packet);
}

/** What OUTPUT changed may need a new route; the source stays (`ip_route_me_harder`). */
function rerouted(namespace: Namespace, packet: SocketBuffer): boolean {
  const { src, dst } = packet.packet;
  const { packet: ip } = packet;
  const flow = { ...NO_FLOW, tos: ip.kind === 'ipv4' ? ip.tos : ip.trafficClass };
  const device = staysOnLink(dst) ? packet.output : undefined;
  const route = routeOutput(namespace, { to: dst, from: src, device, mark: packet.mark, flow });
  if (route.kind === 'error') {
    packet.end('unreachable', `after OUTPUT: ${ERROR_TEXT[route.error]}`);
    return false;
  }
  take(packet, route.entry, route.device, src);
  return true;
}

/** Notes the route that a packet will leave by. */
export function take(packet: SocketBuffer, entry: FibEntry, device: Device, source?: Ip): void {
  packet.route = entry;
  packet.output = device;
  packet.record?.(
    {
      kind: 'route',
      table: entry.table,
      route: describeRoute(entry),
      device: device.name,
      ...(entry.gateway === undefined ? {} : { via: entry.gateway }),
      ...(source === undefined ? {} : { source }),
    },
    undefined,
  );
}

/** POSTROUTING, fragmentation, and on to the neighbour (`ip_output`, `ip6_output`), or nowhere (`ip6_pkt_discard_out`). */
export function output(namespace: Namespace, packet: SocketBuffer): void {
  const { route, output: device } = packet;
  if (route === undefined || device === undefined) {
    packet.drop('no route');
    return;
  }
  const refusal = refusalOf(route);
  if (refusal !== undefined) {
    packet.end('unreachable', `on its way out: ${ERROR_TEXT[refusal]}`);
    namespace.kernel.answers.icmpError(namespace, packet, NO_ROUTE);
    return;
  }
  if (!passes(namespace, 'POSTROUTING', packet)) return;
  const nextHop = nextHopOf(route, packet.packet.dst);
  const mtuBytes = packet.forwarded
    ? (route.mtuBytes ?? device.mtuBytes)
    : mtuTowards(namespace, { entry: route, device }, packet.packet.dst);
  const { largestFragment } = packet;
  const bytes = ipPacketLength(packet.packet);
  // Small pieces of IPv6 may come to no more than the largest of them, as each has a header more.
  const stays = packet.packet.kind === 'ipv6' && bytes <= (largestFragment ?? 0);
  if (bytes <= mtuBytes && (largestFragment === undefined || stays)) {
    sendToNeighbour(namespace, packet, device, nextHop);
    if (isRefused(packet, device)) tellSocket(packet);
    return;
  }
  if (!mayFragment(packet, mtuBytes)) {
    packet.end('too-big', tooBigReason(device.name, mtuBytes));
    namespace.kernel.answers.icmpError(namespace, packet, tooBig(packet, mtuBytes));
    return;
  }
  // What came in pieces leaves in pieces, and in none larger than they came.
  const pieceBytes = Math.min(mtuBytes, largestFragment ?? packet.socketPieceBytes ?? mtuBytes);
  for (const piece of fragment(namespace, packet, pieceBytes)) {
    sendToNeighbour(namespace, piece, device, nextHop);
    if (isRefused(piece, device)) {
      tellSocket(packet);
      return;
    }
    // A process that sends is interrupted: by its next piece, what came of this one is over (`do_softirq`).
    const { queue, maxEvents } = namespace.kernel;
    if (isFromProcess(packet)) queue.settle(maxEvents);
  }
}

/** Told at once: of what waited for a neighbour first nobody learns, and bridges and tunnels keep it to themselves. */
const isRefused = ({ refusedBy }: SocketBuffer, device: Device): boolean => refusedBy === device;

const isFromProcess = ({ socketPieceBytes, forwarded }: SocketBuffer): boolean =>
  socketPieceBytes !== undefined && !forwarded;

function tellSocket(packet: SocketBuffer): void {
  if (isFromProcess(packet)) packet.recorder?.failCall('No buffer space available');
}

/** A gateway that is this host itself is none: its route leads straight to the destination (`rt_set_nexthop`). */
export function nextHopOf({ gateway, type, nexthopScope, prefix }: FibEntry, dst: Ip): Ip {
  if (gateway === undefined || type === 'local') return dst;
  return typeof prefix.address === 'bigint' || nexthopScope === Scope.LINK ? gateway : dst;
}

/** Only a sender may cut an IPv6 packet, and nobody an IPv4 one that says so, but for what came in pieces that fit. */
export function mayFragment(packet: SocketBuffer, mtuBytes: number): boolean {
  const { largestFragment, packet: ip } = packet;
  if (largestFragment !== undefined) return largestFragment <= mtuBytes || !forbids(packet);
  return packet.cutAnyway || (ip.kind === 'ipv4' ? !ip.dontFragment : !packet.forwarded);
}

const forbids = ({ packet }: SocketBuffer): boolean =>
  packet.kind === 'ipv6' || packet.dontFragment;

export const tooBigReason = (device: string | undefined, mtuBytes: number): string =>
  `larger than the MTU ${mtuBytes} of ${device}, and not to be fragmented`;

/** "Fragmentation needed" or "packet too big", with the MTU that would fit. */
export const tooBig = (
  packet: SocketBuffer,
  mtuBytes: number,
): { type: number; code: number; rest: number } =>
  packet.packet.kind === 'ipv4'
    ? { type: 3, code: 4, rest: mtuBytes }
    : { type: 2, code: 0, rest: mtuBytes };
