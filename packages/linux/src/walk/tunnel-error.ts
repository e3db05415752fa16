import type { IcmpMessage, Icmpv6Message, IpPacket } from '@podpath/net';
import { type Device, MIN_IPV6_MTU_BYTES, SocketBuffer } from '../core.ts';
import type { IcmpErrorKind, Namespace, PacketTunnel } from '../namespace.ts';
import { routeInput } from '../routing/input-route.ts';
import { routeOutput } from '../routing/output-route.ts';
import { learnPathMtu } from '../routing/path-mtu.ts';
import { headerOf, readTunnelled, type Tunnelled } from './tunnelled.ts';

const UNREACHABLE_IPV4 = 3;
const FRAGMENTATION_NEEDED = 4;
const TIME_EXCEEDED_IPV4 = 11;
const SOURCE_ROUTE_FAILED = 5;
const UNREACHABLE_IPV6 = 1;
const TOO_BIG = 2;
const TIME_EXCEEDED_IPV6 = 3;
const PARAMETER_PROBLEM = 4;
const HOST_UNREACHABLE: IcmpErrorKind = { type: UNREACHABLE_IPV4, code: 1 };
const ADDRESS_UNREACHABLE: IcmpErrorKind = { type: UNREACHABLE_IPV6, code: 3 };
const IPV4_MAPPED = 0xffff_0000_0000n;

/**
 * An error about a packet that went through a tunnel from here is for whoever sent the packet inside. Returns whether
 * it was about one (`ipip_err`, `ipip6_err`, `ip4ip6_err`, `ip6ip6_err`).
 */
export function receiveTunnelError(
  namespace: Namespace,
  input: Device,
  packet: SocketBuffer,
  { type, code, rest, data }: IcmpMessage | Icmpv6Message,
): boolean {
  if (namespace.tunnels.size === 0 || !(data instanceof Uint8Array)) return false;
  const quoted = readTunnelled(data);
  if (quoted === undefined) return false;
  const { outer, innerKind } = quoted;
  const ends = { from: outer.dst, to: outer.src, input };
  const tunnel = namespace.tunnels.find(outer.kind, innerKind, ends);
  if (tunnel === undefined) return false;
  const error = { type, code, rest };
  if (outer.kind === 'ipv6') passOnFromIpv6(namespace, packet, quoted, error);
  else passOnFromIpv4(namespace, packet, quoted, error, tunnel);
  return true;
}

function passOnFromIpv4(
  namespace: Namespace,
  packet: SocketBuffer,
  quoted: Tunnelled,
  { type, code, rest }: Required<Pick<IcmpErrorKind, 'type' | 'code' | 'rest'>>,
  tunnel: PacketTunnel,
): void {
  const expired = type === TIME_EXCEEDED_IPV4 && code === 0;
  const unreachable = type === UNREACHABLE_IPV4 && code !== SOURCE_ROUTE_FAILED;
  if (unreachable && code === FRAGMENTATION_NEEDED) {
    learnPathMtu(namespace, { to: quoted.outer.dst }, rest & 0xffff);
    packet.drop('an ICMP error about a tunnel: noted for later packets');
    return;
  }
  if (!expired && !unreachable) {
    packet.drop('an ICMP error about a tunnel: it means nothing to the packet inside');
    return;
  }
  const { src } = packet.packet;
  if (tunnel.type === 'sit' && quoted.innerKind === 'ipv6' && typeof src === 'number') {
    const error = expired ? { type: TIME_EXCEEDED_IPV6, code: 0 } : ADDRESS_UNREACHABLE;
    if (tellInside(namespace, packet, quoted, { ...error, from: IPV4_MAPPED | BigInt(src) }))
      return;
  }
  packet.drop('an ICMP error about a tunnel: noted for later packets');
  tunnel.noteError?.(expired);
}

function passOnFromIpv6(
  namespace: Namespace,
  packet: SocketBuffer,
  quoted: Tunnelled,
  { type, code, rest }: Required<Pick<IcmpErrorKind, 'type' | 'code' | 'rest'>>,
): void {
  const { outer, innerKind, overheadBytes, lengthBytes, limit } = quoted;
  const limitReached =
    type === PARAMETER_PROBLEM && code === 0 && limit?.limit === 0 && limit.offset === rest - 2;
  const unreachable =
    type === UNREACHABLE_IPV6 || (type === TIME_EXCEEDED_IPV6 && code === 0) || limitReached;
  let error: IcmpErrorKind | undefined;
  if (unreachable) error = innerKind === 'ipv4' ? HOST_UNREACHABLE : ADDRESS_UNREACHABLE;
  if (type === TOO_BIG) {
    learnPathMtu(namespace, { to: outer.dst }, rest);
    const room = Math.max(rest - overheadBytes, MIN_IPV6_MTU_BYTES);
    if (lengthBytes > room) {
      error =
        innerKind === 'ipv4'
          ? { type: UNREACHABLE_IPV4, code: FRAGMENTATION_NEEDED, rest: room }
          : { type: TOO_BIG, code: 0, rest: room };
    }
  }
  if (error !== undefined && tellInside(namespace, packet, quoted, error)) return;
  packet.drop('an ICMP error about a tunnel: it means nothing to the packet inside');
}

/** Returns false when as little is left of the packet inside that nobody knows whom to tell. */
function tellInside(
  namespace: Namespace,
  packet: SocketBuffer,
  { inner: bytes }: Tunnelled,
  error: IcmpErrorKind,
): boolean {
  const inner = headerOf(bytes);
  if (inner === undefined || isError(inner)) return false;
  if (inner.kind === 'ipv4' && !stillByTunnel(namespace, inner)) return false;
  if (error.code === FRAGMENTATION_NEEDED && inner.kind === 'ipv4') {
    learnPathMtu(namespace, { to: inner.dst }, error.rest ?? 0);
  }
  // The error is about the packet inside: what tells of it carries the trace on.
  const leg = packet.leg === 'reply' ? 'request' : undefined;
  const cause = new SocketBuffer(inner, namespace.name, packet.recorder, leg);
  cause.input = packet.input;
  namespace.kernel.answers.icmpError(namespace, cause, { ...error, quote: bytes });
  return true;
}

/** Whether IPv4 packets like this one go through a tunnel of IPv6 as things stand (`ip4ip6_err`). */
function stillByTunnel(namespace: Namespace, inner: IpPacket): boolean {
  const back = routeOutput(namespace, { to: inner.src });
  if (back.kind === 'error') return false;
  if (back.entry.type === 'local') {
    const route = routeOutput(namespace, { to: inner.dst, from: inner.src });
    return route.kind === 'route' && route.device.type === 'ip6tnl';
  }
  const route = routeInput(namespace, back.device, inner, 0);
  return route.kind === 'forward' && route.entry.device?.type === 'ip6tnl';
}

const ICMP = 1;
const ICMPV6 = 58;
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const FIRST_ICMPV6_QUESTION = 128;

/** Of errors nobody is told that they did not arrive. */
function isError({ payload }: IpPacket): boolean {
  if (payload.kind !== 'raw') return false;
  const type = payload.data[0] ?? 0;
  if (payload.protocol === ICMP) return ICMP_ERRORS.has(type);
  return payload.protocol === ICMPV6 && type < FIRST_ICMPV6_QUESTION;
}
