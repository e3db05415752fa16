import { familyOf, type Ip, type Ipv6, ipPacketLength } from '@podpath/net';
import { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { Probe } from '../network.ts';
import type { Recorder } from '../recording/recorder.ts';
import { isUnspecified, LIMITED_BROADCAST } from '../routing/address-kinds.ts';
import { type Flow, NO_FLOW } from '../routing/flow.ts';
import { type OutputKey, type OutputRoute, routeOutput } from '../routing/output-route.ts';
import { mtuTowards } from '../routing/path-mtu.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { selectIpv6 } from '../routing/source-address.ts';
import { sendLocal } from '../walk/output.ts';
import type { Conversation } from './conversation.ts';
import { forbidCutting, ipPacket } from './ip-packet.ts';
import { ROOT } from './socket-owner.ts';
import { describeTuple } from './tuple.ts';

/**
 * Sends the next packet of a conversation, as the client's socket would. What becomes of it is the recorder's to tell.
 */
export function sendProbe(
  namespace: Namespace,
  conversation: Conversation,
  recorder: Recorder,
): void {
  const { probe, localPort } = conversation;
  const { to, source } = probe;
  const flow = flowOfProbe(probe, localPort);
  const route = connect(namespace, { to, from: conversation.local, flow });
  const unspecified = typeof to === 'number' ? 0 : 0n;
  // Connected from its first packet on, the socket keeps the address that it then was given.
  if (route.kind === 'route') conversation.local ??= route.source;
  const local = conversation.local ?? unspecified;
  const asker = {
    protocol: probe.protocol,
    local,
    anyLocal: probe.protocol === 'icmp' && source === undefined,
    localPort,
    remote: to,
    remotePort: probe.port,
  };
  namespace.sockets.asker = asker;

  const mtuBytes = route.kind === 'route' ? mtuTowards(namespace, route, to) : undefined;
  const payload = conversation.next(mtuBytes);
  const { ttl, tos, dontFragment } = probe;
  const headers = {
    dontFragment: dontFragment === true,
    ...(ttl === undefined ? {} : { ttl }),
    ...(tos === undefined ? {} : { tos }),
  };
  const ip = ipPacket(namespace, local, to, payload, headers);
  const fits = mtuBytes === undefined || ipPacketLength(ip) <= mtuBytes;
  if (dontFragment === undefined) forbidCutting(ip, mtuBytes);

  const packet = new SocketBuffer(ip, namespace.name, recorder, 'request');
  packet.owner = probe.owner ?? ROOT;
  packet.record?.({ kind: 'send', socket: `${probe.protocol} ${describeTuple(asker)}` }, ip);
  if (!isOwn(namespace, source)) {
    packet.end('unreachable', 'Cannot assign requested address: the source is not an own one');
    return;
  }
  if (typeof to === 'bigint' && source === undefined && !canSpeakTo(namespace, to, route)) {
    packet.end('unreachable', 'Cannot assign requested address: there is none to speak from');
    return;
  }
  if (route.kind === 'error') {
    packet.end('unreachable', ERROR_TEXT[route.error]);
    return;
  }
  if (to === LIMITED_BROADCAST || route.entry.type === 'broadcast') {
    packet.end('unreachable', `${ERROR_TEXT.EACCES}: sockets may not send to broadcast addresses`);
    return;
  }
  if (!fits && dontFragment === true) {
    packet.end('too-big', `Message too long: the MTU is ${mtuBytes}`);
    return;
  }
  // A socket cuts for the first route; netfilter may send the pieces another way.
  packet.socketPieceBytes = mtuBytes;
  if (probe.protocol !== 'icmp') packet.socket = conversation;
  packet.cutAnyway = dontFragment !== true && probe.protocol !== 'tcp';
  sendLocal(namespace, packet, route);
}

const ICMP = 1;
const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 };

function flowOfProbe({ protocol, to, port, tos = 0 }: Probe, localPort: number): Flow {
  if (protocol === 'icmp') return { ...NO_FLOW, tos, protocol: typeof to === 'number' ? 1 : 58 };
  return {
    ...NO_FLOW,
    tos,
    protocol: PROTOCOLS[protocol],
    sourcePort: localPort,
    destinationPort: port,
  };
}

/**
 * IPv4 asks again once a socket that connects knows the address that it will speak from (`ip_route_connect`), IPv6 when
 * there seemed to be no way without one (`ip6_dst_lookup_tail`).
 */
function connect(namespace: Namespace, key: OutputKey): OutputRoute {
  const { to, from, flow } = key;
  const route = routeOutput(namespace, key);
  if (from !== undefined) return route;
  if (typeof to === 'number') {
    const connects = flow !== undefined && flow.protocol !== ICMP;
    return route.kind === 'error' || !connects
      ? route
      : routeOutput(namespace, { ...key, from: route.source });
  }
  const lo = namespace.devices.get('lo');
  if (route.kind === 'route' || lo === undefined) return route;
  const source = selectIpv6(namespace, lo, to);
  return source === undefined ? route : routeOutput(namespace, { ...key, from: source });
}

function isOwn(namespace: Namespace, source: Ip | undefined): boolean {
  if (source === undefined) return true;
  const family = familyOf(source) === 4 ? 'ipv4' : 'ipv6';
  if (namespace.sysctls.get(`net.${family}.ip_nonlocal_bind`) === 1) return true;
  if (family === 'ipv6') return namespace.ownersOf(source).length > 0;
  const found: OutputRoute = routeOutput(namespace, { to: source });
  return found.kind === 'route' && found.entry.type === 'local';
}

/** An IPv6 socket chooses its source before it asks whether there is a way (`ip6_dst_lookup_tail`). */
function canSpeakTo(namespace: Namespace, to: Ipv6, route: OutputRoute): boolean {
  if (route.kind === 'route') return !isUnspecified(route.source);
  const lo = namespace.devices.get('lo');
  return lo !== undefined && selectIpv6(namespace, lo, to) !== undefined;
}
