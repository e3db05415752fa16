import { prefixContains, prefixOf } from '@podpath/net';
import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';

/**
 * Tells a sender on the link that it could have spoken to the next hop itself: the packet leaves by the
 * device that it came by (`ip_rt_send_redirect`, net/ipv4/route.c). Hosts are free not to believe it.
 */
export function sendRedirect(namespace: Namespace, device: Device, packet: SocketBuffer): void {
  const ip = packet.packet;
  const { route } = packet;
  if (ip.kind !== 'ipv4' || route === undefined || packet.output !== device) return;
  const all = namespace.sysctls.ipv4All;
  if ((device.ipv4.send_redirects | all.send_redirects) === 0) return;
  const back = namespace.ipv4.lookup({ to: ip.src, from: ip.dst, inDevice: device.name, mark: 0 });
  // Only to who is a neighbour: reached through a gateway, it could do nothing with the advice.
  if (typeof back === 'string' || back.device !== device || back.gateway !== undefined) return;
  const shared = (device.ipv4.shared_media | all.shared_media) !== 0;
  const nextHop = typeof route.gateway === 'number' ? route.gateway : ip.dst;
  const sharesSubnet = device.addresses.some(({ address, length }) => {
    const subnet = prefixOf(address, length);
    return prefixContains(subnet, ip.src) && prefixContains(subnet, nextHop);
  });
  if (!shared && !sharesSubnet) return;
  if (!namespace.redirects.allowsIpv4(ip.src, namespace.nowMs)) return;
  namespace.kernel.answers.icmpError(namespace, packet, { type: 5, code: 1, rest: nextHop });
}
