import {
  familyOf,
  type IpPacket,
  type SctpPacket,
  TcpFlag,
  type TcpSegment,
  type UdpDatagram,
} from '@podpath/net';
import type { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isMulticast } from '../routing/address-kinds.ts';
import { replyTo } from './reply.ts';
import {
  SctpChunkType,
  sctpAbort,
  sctpAccept,
  tcpAccept,
  tcpAcknowledge,
  tcpReset,
  tcpSizeOption,
} from './segments.ts';
import { ROOT } from './socket-owner.ts';
import { describeEnd, describeTuple } from './tuple.ts';

const USUAL_MTU_BYTES = 1500;

/** Listeners are root's; what the kernel answers by itself is of its own sockets. */
const BY_ROOT = { owner: ROOT };

type Transport = TcpSegment | UdpDatagram | SctpPacket;

/** Takes in a TCP segment, UDP datagram or SCTP packet: for the asker, a listener, or nobody. */
export function receiveSegment(
  namespace: Namespace,
  packet: SocketBuffer,
  segment: Transport,
): void {
  if (segment.kind !== 'udp' && packet.audience !== 'host') {
    packet.drop('a connection is not made by frames for everybody');
    return;
  }
  const { src, dst } = packet.packet;
  const { asker } = namespace.sockets;
  const { conversation } = namespace.kernel;
  if (
    asker !== undefined &&
    asker.protocol === segment.kind &&
    asker.local === dst &&
    asker.localPort === segment.dstPort &&
    asker.remote === src &&
    asker.remotePort === segment.srcPort
  ) {
    if (segment.kind === 'tcp') conversation?.answered(segment);
    const socket = (): string => `${segment.kind} ${describeTuple(asker)}`;
    if (turnsDown(segment)) {
      packet.deliver(socket, 'the asker was turned down');
      return;
    }
    packet.deliver(socket, 'the answer came back');
    return;
  }
  if (segment.kind === 'tcp' && conversation?.isAccepted(namespace.name, packet.packet, segment)) {
    takeData(namespace, packet, segment);
    return;
  }
  const addressee = packet.route?.type;
  const group =
    addressee === 'broadcast' ||
    isMulticast(dst) ||
    // A connection is made with one host, not with routers in general.
    (addressee === 'anycast' && segment.kind !== 'udp');
  if (!group && namespace.sockets.isListening(segment.kind, segment.dstPort)) {
    if (opens(segment)) {
      accept(namespace, packet, segment);
      return;
    }
    if (segment.kind === 'tcp' && (segment.flags & TcpFlag.ACK) === 0) {
      packet.drop('a listener makes nothing of these flags');
      return;
    }
  }
  refuse(namespace, packet, segment, group);
}

/** Whether this may be the first packet of a conversation, which a listener would take. */
function opens(segment: Transport): boolean {
  if (segment.kind === 'udp') return true;
  if (segment.kind === 'sctp') return segment.chunks[0]?.type === SctpChunkType.INIT;
  const { SYN, ACK, RST, FIN } = TcpFlag;
  return (segment.flags & (SYN | ACK | RST | FIN)) === SYN;
}

const turnsDown = (segment: Transport): boolean =>
  (segment.kind === 'tcp' && (segment.flags & TcpFlag.RST) !== 0) ||
  (segment.kind === 'sctp' && segment.chunks[0]?.type === SctpChunkType.ABORT);

function accept(namespace: Namespace, packet: SocketBuffer, segment: Transport): void {
  const port = `${segment.kind} port ${segment.dstPort}`;
  packet.deliver(
    () => `${segment.kind} ${describeEnd(packet.packet.dst, segment.dstPort)}`,
    `${namespace.name} listens on ${port}`,
  );
  switch (segment.kind) {
    case 'tcp': {
      namespace.kernel.conversation?.accept(namespace.name, packet.packet, segment);
      const family = familyOf(packet.packet.dst);
      const size = tcpSizeOption(packet.input?.mtuBytes ?? USUAL_MTU_BYTES, family);
      const answer = tcpAccept(segment, namespace.kernel.random.next32(), size);
      replyTo(namespace, packet, answer, { dontFragment: true }, BY_ROOT);
      return;
    }
    case 'udp': {
      const { srcPort, dstPort, payload } = segment;
      const echo: UdpDatagram = { kind: 'udp', srcPort: dstPort, dstPort: srcPort, payload };
      replyTo(namespace, packet, echo, { dontFragment: 'if-it-fits' }, BY_ROOT);
      return;
    }
    case 'sctp': {
      const answer = sctpAccept(segment, namespace.kernel.random.next32());
      replyTo(namespace, packet, answer, { dontFragment: true });
      return;
    }
  }
}

/** A segment of a connection that was accepted before. */
function takeData(namespace: Namespace, packet: SocketBuffer, segment: TcpSegment): void {
  const { dstPort } = segment;
  packet.deliver(
    () => `tcp ${describeEnd(packet.packet.dst, dstPort)}`,
    `${namespace.name} has the connection on tcp port ${dstPort}`,
  );
  replyTo(namespace, packet, tcpAcknowledge(segment), { dontFragment: true }, BY_ROOT);
}

function refuse(
  namespace: Namespace,
  packet: SocketBuffer,
  segment: Transport,
  group: boolean,
): void {
  if (group) {
    packet.drop('nobody here listens to the group');
    return;
  }
  const nobody = `nothing listens on ${segment.kind} port ${segment.dstPort} in ${namespace.name}`;
  if (turnsDown(segment)) {
    packet.drop('a reset for a connection that nobody here knows');
    return;
  }
  packet.end('refused', nobody);
  switch (segment.kind) {
    case 'tcp':
      replyTo(namespace, packet, tcpReset(segment), {
        dontFragment: true,
        tos: serviceOf(packet.packet),
      });
      return;
    case 'sctp':
      replyTo(namespace, packet, sctpAbort(segment), { dontFragment: true });
      return;
    case 'udp': {
      // By now a datagram is no longer of a connection: conntrack has to find it again for the answer.
      packet.conntrack = undefined;
      const error = packet.packet.kind === 'ipv4' ? { type: 3, code: 3 } : { type: 1, code: 4 };
      namespace.kernel.answers.icmpError(namespace, packet, error);
      return;
    }
  }
}

/** A reset is of the class of the segment that it answers (`tcp_v4_send_reset`). */
const serviceOf = (packet: IpPacket): number =>
  packet.kind === 'ipv4' ? packet.tos : packet.trafficClass;
