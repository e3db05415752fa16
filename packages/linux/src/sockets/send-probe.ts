import { familyOf, type Ip, type IpPayload, type Ipv6, ipPacketLength } from '@podpath/net';
import { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { Probe } from '../network.ts';
import type { Recorder } from '../recording/recorder.ts';
import { IPV6_LOOPBACK, isUnspecified, LIMITED_BROADCAST } from '../routing/address-kinds.ts';
import { type OutputRoute, routeOutput } from '../routing/output-route.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { selectIpv6 } from '../routing/source-address.ts';
import { sendLocal } from '../walk/output.ts';
import { ipPacket, learnPathMtu } from './ip-packet.ts';
import { sctpInit, tcpOptions, tcpSyn } from './segments.ts';
import { describeTuple } from './tuple.ts';

const FIRST_EPHEMERAL_PORT = 32_768;
const LAST_EPHEMERAL_PORT = 60_999;
const PING_BYTES = 56;
const LOOPBACK = 0x7f00_0001;

/** Opens a socket for the probe and sends its first packet. What becomes of it is the recorder's to tell. */
export function sendProbe(namespace: Namespace, probe: Probe, recorder: Recorder): void {
  const { source } = probe;
  // "Any address" as a destination is this host.
  const to = isUnspecified(probe.to) ? loopbackLike(probe.to) : probe.to;
  const route = routeOutput(namespace, { to, from: source });
  const unspecified = typeof to === 'number' ? 0 : 0n;
  const local = route.kind === 'route' ? route.source : (source ?? unspecified);
  const localPort =
    probe.sourcePort ?? namespace.kernel.random.between(FIRST_EPHEMERAL_PORT, LAST_EPHEMERAL_PORT);
  const asker = { protocol: probe.protocol, local, localPort, remote: to, remotePort: probe.port };
  namespace.sockets.asker = asker;

  const mtuBytes =
    route.kind === 'route' ? (route.entry.mtuBytes ?? route.device.mtuBytes) : undefined;
  const payload = payloadOf(namespace, { ...probe, to }, localPort, mtuBytes);
  const { ttl, dontFragment } = probe;
  const headers = { dontFragment: dontFragment === true, ...(ttl === undefined ? {} : { ttl }) };
  const ip = ipPacket(namespace, local, to, payload, headers);
  const fits = mtuBytes === undefined || ipPacketLength(ip) <= mtuBytes;
  if (dontFragment === undefined) learnPathMtu(ip, mtuBytes);

  const packet = new SocketBuffer(ip, namespace.name, recorder, 'request');
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
  if (!fits) packet.socketPieceBytes = mtuBytes;
  sendLocal(namespace, packet, route);
}

const loopbackLike = (any: Ip): Ip => (typeof any === 'number' ? LOOPBACK : IPV6_LOOPBACK);

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

function payloadOf(
  namespace: Namespace,
  probe: Probe,
  localPort: number,
  mtuBytes: number | undefined,
): IpPayload {
  const { protocol, to, port } = probe;
  const { random } = namespace.kernel;
  switch (protocol) {
    case 'tcp': {
      const options = tcpOptions(mtuBytes ?? 1500, familyOf(to), random.next32());
      const syn = tcpSyn(localPort, port, random.next32(), options);
      return { ...syn, data: new Uint8Array(probe.payloadBytes ?? 0) };
    }
    case 'udp':
      return {
        kind: 'udp',
        srcPort: localPort,
        dstPort: port,
        payload: new Uint8Array(probe.payloadBytes ?? 0),
      };
    case 'sctp':
      return sctpInit(localPort, port, random.next32());
    case 'icmp': {
      const echo = {
        code: 0,
        rest: localPort * 0x1_0000 + 1,
        data: new Uint8Array(probe.payloadBytes ?? PING_BYTES),
      };
      return familyOf(to) === 4
        ? { kind: 'icmp', type: 8, ...echo }
        : { kind: 'icmpv6', type: 128, ...echo };
    }
  }
}
