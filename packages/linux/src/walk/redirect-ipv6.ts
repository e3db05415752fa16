import {
  encodeIpPacket,
  type Icmpv6Message,
  type Ipv6,
  type Ipv6Packet,
  ipPacketLength,
  ipv6Words,
  type Mac,
} from '@podpath/net';
import { type Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { NDP_HOP_LIMIT } from '../neighbours/ndp-send.ts';
import { isLinkLocal } from '../routing/address-kinds.ts';
import { routeOutput } from '../routing/output-route.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { sendLocal } from './output.ts';

const REDIRECT = 137;
const TARGET_LINK_ADDRESS = 2;
const REDIRECTED_HEADER = 4;
const MIN_MTU_BYTES = 1280;
/** IPv6 header, ICMPv6 header, and the two addresses of the message. */
const FIXED_BYTES = 80;
/** Options come in units of eight bytes. */
const OPTION_UNIT_BYTES = 8;

/**
 * Tells an IPv6 sender on the link that the next hop is its neighbour too (`ip6_forward`,
 * `ndisc_send_redirect`): the packet leaves by the device that it came by. Hosts are free not to believe it.
 */
export function sendIpv6Redirect(namespace: Namespace, device: Device, packet: SocketBuffer): void {
  const ip = packet.packet;
  const { route } = packet;
  if (ip.kind !== 'ipv6' || route === undefined) return;
  const target = typeof route.gateway === 'bigint' ? route.gateway : ip.dst;
  if (!namespace.redirects.allowsIpv6(ip.dst, namespace.nowMs)) return;
  const source = device.addresses.find(({ address }) => isLinkLocal(address))?.address;
  if (source === undefined || (target !== ip.dst && !isLinkLocal(target))) return;
  // With a source given, the device is asked for only where the address means nothing without one.
  const way = isLinkLocal(ip.src) ? { device } : { preferred: device };
  const back = routeOutput(namespace, { to: ip.src, from: source, ...way });
  if (back.kind === 'error' || back.entry.gateway !== undefined) return;
  if (!namespace.redirects.allowsIpv6(ip.src, namespace.nowMs)) return;
  const message: Icmpv6Message = {
    kind: 'icmpv6',
    type: REDIRECT,
    code: 0,
    rest: 0,
    data: redirectData(ip, target, namespace.neighbours.get(packet.output ?? device, target)?.mac),
  };
  const headers = { dontFragment: false, ttl: NDP_HOP_LIMIT };
  const told = ipPacket(namespace, source, ip.src, message, headers);
  sendLocal(
    namespace,
    new SocketBuffer(told, namespace.name, namespace.kernel.recorder, undefined),
    back,
  );
}

/** Target, destination, the target's MAC where it is known, and as much of the packet as there is room for. */
function redirectData(packet: Ipv6Packet, target: Ipv6, mac: Mac | undefined): Uint8Array {
  const linkBytes = mac === undefined ? 0 : OPTION_UNIT_BYTES;
  const room = MIN_MTU_BYTES - FIXED_BYTES - linkBytes;
  const wanted = Math.min(room, ipPacketLength(packet) + OPTION_UNIT_BYTES);
  const headerBytes = wanted - (wanted % OPTION_UNIT_BYTES);
  const data = new Uint8Array(32 + linkBytes + headerBytes);
  const view = new DataView(data.buffer);
  for (const [index, word] of [...ipv6Words(target), ...ipv6Words(packet.dst)].entries()) {
    view.setUint32(4 * index, word);
  }
  if (mac !== undefined) {
    view.setUint16(32, TARGET_LINK_ADDRESS * 256 + 1);
    view.setUint16(34, Math.floor(mac / 0x1_0000_0000));
    view.setUint32(36, mac % 0x1_0000_0000);
  }
  const at = 32 + linkBytes;
  view.setUint16(at, REDIRECTED_HEADER * 256 + headerBytes / OPTION_UNIT_BYTES);
  const quoted = encodeIpPacket(packet).subarray(0, headerBytes - OPTION_UNIT_BYTES);
  data.set(quoted, at + OPTION_UNIT_BYTES);
  return data;
}
