import {
  decodeIpPacket,
  encodeIpPacket,
  type IpPacket,
  type UdpDatagram,
  type VxlanPacket,
} from '@podpath/net';
import type { Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { receiveDiscovery } from '../neighbours/ndp.ts';
import { answerEcho, isIcmpError, receiveIcmpError } from '../sockets/icmp.ts';
import { ANY_VNI } from '../sockets/socket-table.ts';
import { receiveSegment } from '../sockets/transport.ts';
import { passes } from './hook.ts';
import { receiveTunnelError } from './tunnel-error.ts';
import { hasWrongChecksum } from './wrong-checksum.ts';

/** Hands a packet for this host to whom it is for (`ip_local_deliver`, `ip6_input`). */
export function deliver(namespace: Namespace, device: Device, fragment: SocketBuffer): void {
  const packet = inputOf(namespace, fragment);
  if (packet === undefined) return;
  const { payload } = packet.packet;
  const isTunnelled = payload.kind === 'udp' && !(payload.payload instanceof Uint8Array);
  if (!isTunnelled && hasWrongChecksum(packet.packet)) {
    packet.drop('the checksum is wrong');
    return;
  }
  switch (payload.kind) {
    case 'udp': {
      const family = packet.packet.kind === 'ipv4' ? 4 : 6;
      const program = namespace.sockets.program(family, payload.dstPort);
      if (program !== undefined) {
        program(packet);
        return;
      }
      const tunnels = namespace.sockets.tunnels(family, payload.dstPort);
      if (tunnels === undefined) {
        receiveSegment(namespace, packet, payload);
        return;
      }
      const frame = vxlanIn(packet, payload);
      if (frame === undefined) {
        packet.drop('no VXLAN header');
        return;
      }
      const receive = tunnels.get(frame.vni) ?? tunnels.get(ANY_VNI);
      if (receive === undefined) {
        packet.drop(`no VXLAN device has VNI ${frame.vni}`);
        return;
      }
      receive(packet);
      return;
    }
    case 'tcp':
    case 'sctp':
      receiveSegment(namespace, packet, payload);
      return;
    case 'icmp':
    case 'icmpv6':
      if (payload.kind === 'icmpv6' && receiveDiscovery(namespace, device, packet, payload)) return;
      if (isIcmpError(payload)) {
        if (receiveTunnelError(namespace, device, packet, payload)) return;
        receiveIcmpError(namespace, packet, payload);
        return;
      }
      answerEcho(namespace, packet, payload);
      return;
    case 'ipip':
      receiveTunnelled(namespace, device, packet, payload.inner);
      return;
    case 'raw':
      refuse(namespace, packet);
  }
}

/** INPUT sees whole packets of IPv4, and of IPv6 what came: its fragments are put together by a protocol of their own. */
function inputOf(namespace: Namespace, received: SocketBuffer): SocketBuffer | undefined {
  const { reassembly, nowMs } = namespace;
  if (received.packet.kind === 'ipv6') {
    return passes(namespace, 'INPUT', received) ? reassembly.take(received, nowMs) : undefined;
  }
  const packet = reassembly.take(received, nowMs);
  return packet !== undefined && passes(namespace, 'INPUT', packet) ? packet : undefined;
}

/**
 * What a datagram carries. One that was put together on its way, or came out of another tunnel, has been read without
 * knowing that its port is one of VXLAN here.
 */
function vxlanIn(packet: SocketBuffer, { payload, dstPort }: UdpDatagram): VxlanPacket | undefined {
  if (!(payload instanceof Uint8Array)) return payload;
  const anew = decodeIpPacket(encodeIpPacket(packet.packet), { vxlanPorts: [dstPort] });
  if (anew.payload.kind !== 'udp' || anew.payload.payload instanceof Uint8Array) return undefined;
  packet.packet = anew;
  return anew.payload.payload;
}

/** `tunnel4_rcv`, `tunnel64_rcv`, `tunnel6_rcv` */
function receiveTunnelled(
  namespace: Namespace,
  input: Device,
  packet: SocketBuffer,
  inner: IpPacket,
): void {
  const { tunnels } = namespace;
  const { kind, src: from, dst: to } = packet.packet;
  if (!tunnels.speaks(kind, inner.kind)) {
    refuse(namespace, packet);
    return;
  }
  const tunnel = tunnels.find(kind, inner.kind, { from, to, input });
  if (tunnel !== undefined) {
    tunnel.receiveOuter(packet);
    return;
  }
  packet.end('refused', 'no tunnel here takes packets between these ends');
  const error = kind === 'ipv4' ? { type: 3, code: 3 } : { type: 1, code: 4 };
  namespace.kernel.answers.icmpError(namespace, packet, error);
}

const IGMP = 2;
const PIM = 103;

function refuse(namespace: Namespace, packet: SocketBuffer): void {
  const { kind, payload } = packet.packet;
  // Of multicast routing, which every kernel speaks.
  const known = kind === 'ipv4' ? [IGMP, PIM] : [PIM];
  if (payload.kind === 'raw' && known.includes(payload.protocol)) {
    packet.drop('nothing is to be known of groups');
    return;
  }
  packet.end('refused', 'nobody here speaks the protocol');
  namespace.kernel.answers.icmpError(namespace, packet, unknownProtocol(packet.packet));
}

/** IPv6 points at the field that names the protocol. */
function unknownProtocol(packet: IpPacket): { type: number; code: number; rest?: number } {
  if (packet.kind === 'ipv4') return { type: 3, code: 2 };
  const { extensions = [] } = packet;
  const before = extensions.slice(0, -1);
  const rest =
    extensions.length === 0
      ? NEXT_HEADER_AT
      : before.reduce((at, { data }) => at + 2 + data.length, FIXED_HEADER_BYTES);
  return { type: 4, code: 1, rest };
}

const NEXT_HEADER_AT = 6;
const FIXED_HEADER_BYTES = 40;
