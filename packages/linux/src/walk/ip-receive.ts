import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLoopback, isMulticast } from '../routing/address-kinds.ts';
import { type InputRoute, routeInput } from '../routing/input-route.ts';
import { ERROR_TEXT, type RouteError } from '../routing/route-error.ts';
import { deliver } from './deliver.ts';
import { forward } from './forward.ts';
import { passes } from './hook.ts';
import { take } from './output.ts';

/** From the device to local delivery or forwarding (`ip_rcv`, `ipv6_rcv`). */
export function receiveIp(namespace: Namespace, device: Device, received: SocketBuffer): void {
  if (received.audience === 'otherhost') {
    received.stray('the frame is for another MAC address');
    return;
  }
  if (hasWrongHeader(received)) {
    received.drop('the checksum of the header is wrong');
    return;
  }
  if (received.largestFragment !== undefined) {
    // How large the pieces were that a bridge has put together for its rules is forgotten here, not that they were some;
    // and whoever captures shares the bytes, so that they are cut anew.
    received.largestFragment = undefined;
    received.fragmentBytes = undefined;
    received.cutAnyway = true;
  }
  const packet = namespace.wholeForConntrack(received);
  if (packet === undefined) return;
  const { src, dst } = packet.packet;
  const offLink = device.type !== 'lo';
  if (
    typeof src === 'bigint' &&
    (isMulticast(src) || (offLink && (isLoopback(src) || isLoopback(dst))))
  ) {
    packet.drop('addresses that no packet on a link may have');
    return;
  }
  // A bridge has run PREROUTING for its ports; it does not run twice (`ip_sabotage_in`).
  if (packet.bridge?.preroutingDone !== true && !passes(namespace, 'PREROUTING', packet)) return;
  // What came back by lo still has the route that it was sent by.
  if (device.type === 'lo' && packet.route !== undefined && packet.packet.dst === dst) {
    deliver(namespace, device, packet);
    return;
  }
  follow(namespace, device, packet, routeInput(namespace, device, packet.packet, packet.mark));
}

/** Only a header whose checksum is wrong carries one. */
export const hasWrongHeader = ({ packet }: SocketBuffer): boolean =>
  packet.kind === 'ipv4' && packet.checksum !== undefined;

function follow(
  namespace: Namespace,
  device: Device,
  packet: SocketBuffer,
  route: InputRoute,
): void {
  switch (route.kind) {
    case 'local':
      take(packet, route.entry, device);
      packet.output = undefined;
      deliver(namespace, device, packet);
      return;
    case 'forward': {
      const exit = route.entry.device;
      if (exit === undefined) {
        packet.drop('the route has no device');
        return;
      }
      take(packet, route.entry, exit);
      forward(namespace, device, packet);
      return;
    }
    case 'discard':
      packet.drop(route.reason);
      return;
    case 'error': {
      const error = routeErrorMessage(packet, route.error);
      // A blackhole says nothing.
      if (error === undefined) {
        packet.drop('routed into a blackhole');
        return;
      }
      packet.end('unreachable', ERROR_TEXT[route.error]);
      namespace.kernel.answers.icmpError(namespace, packet, error);
      return;
    }
  }
}

/** What the sender of a packet is told when routing fails (`ip_error`, `ip6_pkt_discard`, `ip6_pkt_prohibit`). */
function routeErrorMessage(
  packet: SocketBuffer,
  error: RouteError,
): { type: number; code: number } | undefined {
  if (error === 'EINVAL') return undefined;
  if (packet.packet.kind === 'ipv6') return { type: 1, code: error === 'EACCES' ? 1 : 0 };
  return { type: 3, code: error === 'EACCES' ? 13 : error === 'EHOSTUNREACH' ? 1 : 0 };
}
