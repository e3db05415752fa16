import { ipPacketLength } from '@podpath/net';
import { type Device, MIN_IPV6_MTU_BYTES, type SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, isLoopback, isMulticast, isUnspecified } from '../routing/address-kinds.ts';
import { passes } from './hook.ts';
import { mayFragment, output, tooBig, tooBigReason } from './output.ts';
import { sendRedirect } from './redirect.ts';
import { sendIpv6Redirect } from './redirect-ipv6.ts';

/** Passes a packet on to the next hop of its route, check by check in the kernel's order. */
export function forward(namespace: Namespace, device: Device, packet: SocketBuffer): void {
  packet.forwarded = true;
  const ready =
    packet.packet.kind === 'ipv4'
      ? prepareIpv4(namespace, device, packet)
      : prepareIpv6(namespace, packet);
  if (!ready) return;
  if (passes(namespace, 'FORWARD', packet)) output(namespace, packet);
}

/** `ip_forward` (net/ipv4/ip_forward.c). */
function prepareIpv4(namespace: Namespace, device: Device, packet: SocketBuffer): boolean {
  const ip = packet.packet;
  if (ip.kind !== 'ipv4') return false;
  if (packet.audience !== 'host') {
    packet.drop('broadcast frames are not forwarded');
    return false;
  }
  if (ip.ttl <= 1) return expire(namespace, packet, { type: 11, code: 0 });
  const mtuBytes = exitMtu(packet);
  if (ipPacketLength(ip) > mtuBytes && !mayFragment(packet, mtuBytes))
    return tooLarge(namespace, packet, mtuBytes);
  ip.ttl--;
  sendRedirect(namespace, device, packet);
  return true;
}

/** `ip6_forward` (net/ipv6/ip6_output.c). */
function prepareIpv6(namespace: Namespace, packet: SocketBuffer): boolean {
  const ip = packet.packet;
  if (ip.kind !== 'ipv6') return false;
  const device = packet.input;
  if (namespace.sysctls.ipv6All.forwarding === 0 && device?.ipv6.force_forwarding !== 1) {
    packet.drop('not for this host, which does not forward');
    return false;
  }
  if (packet.audience !== 'host') {
    packet.drop('broadcast frames are not forwarded');
    return false;
  }
  if (ip.hopLimit <= 1) return expire(namespace, packet, { type: 3, code: 0 });
  // The kernel takes what NAT on a bridge has routed to have come in where it goes out.
  const arrived = packet.bridge?.exit ?? device;
  if (device !== undefined && arrived === packet.output) {
    sendIpv6Redirect(namespace, device, packet);
  } else if (isUnspecified(ip.src) || isMulticast(ip.src) || isLoopback(ip.src)) {
    packet.drop('a source that no router passes on');
    return false;
  } else if (isLinkLocal(ip.src)) {
    packet.end('unreachable', 'a link-local source does not leave its link');
    namespace.kernel.answers.icmpError(namespace, packet, { type: 1, code: 2 });
    return false;
  }
  // Of a route's own MTU nothing is asked before the packet leaves (`ip6_dst_mtu_maybe_forward`).
  const mtuBytes = Math.max(packet.output?.mtuBytes ?? 0, MIN_IPV6_MTU_BYTES);
  if (ipPacketLength(ip) > mtuBytes && !mayFragment(packet, mtuBytes))
    return tooLarge(namespace, packet, mtuBytes);
  ip.hopLimit--;
  return true;
}

const exitMtu = ({ route, output: exit }: SocketBuffer): number =>
  route?.mtuBytes ?? exit?.mtuBytes ?? Number.POSITIVE_INFINITY;

function expire(
  namespace: Namespace,
  packet: SocketBuffer,
  error: { readonly type: number; readonly code: number },
): false {
  packet.end('expired', 'the time to live is used up');
  namespace.kernel.answers.icmpError(namespace, packet, error);
  return false;
}

function tooLarge(namespace: Namespace, packet: SocketBuffer, mtuBytes: number): false {
  packet.end('too-big', tooBigReason(packet.outDevice, mtuBytes));
  namespace.kernel.answers.icmpError(namespace, packet, tooBig(packet, mtuBytes));
  return false;
}
