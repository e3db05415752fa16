import {
  encodeIpPacket,
  type IpPacket,
  type IpPayload,
  isMulticastMac,
  TcpFlag,
} from '@podpath/net';
import { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { RejectType } from '../netfilter/rule.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { tcpReset } from '../sockets/segments.ts';
import { isVerifiable } from './is-verifiable.ts';
import { REJECT_CODES } from './reject.ts';

/** Bytes of the packet that an answer quotes (nf_reject_skb_v4_unreach, nf_reject_skb_v6_unreach). */
const IPV4_QUOTE_BYTES = 536;
const IPV6_QUOTE_BYTES = 1220;
const UNREACHABLE = { icmp: 3, icmpv6: 1 } as const;

/**
 * What a reject answers a frame with, addressed to where the frame came from; no route is asked for. Frames for several
 * and frames without IP are only dropped (nft_reject_bridge.c, nft_reject_netdev.c).
 */
export function frameAnswer(
  namespace: Namespace,
  cause: SocketBuffer,
  how: RejectType,
): SocketBuffer | undefined {
  if (!cause.isIp || isMulticastMac(cause.destination)) return undefined;
  const { packet } = cause;
  const payload = isVerifiable(packet) ? answerTo(packet, how) : undefined;
  if (payload === undefined) return undefined;
  const headers = { dontFragment: true };
  const answer = new SocketBuffer(
    ipPacket(namespace, packet.dst, packet.src, payload, headers),
    namespace.name,
    namespace.kernel.recorder,
    cause.leg === 'request' ? 'reply' : undefined,
  );
  const socket = how === 'tcp-reset' ? 'reset' : 'ICMP error';
  answer.record?.({ kind: 'send', socket }, answer.packet);
  answer.source = cause.destination;
  answer.destination = cause.source;
  return answer;
}

const answerTo = (packet: IpPacket, how: RejectType): IpPayload | undefined => {
  const { payload } = packet;
  if (how === 'tcp-reset') {
    const isAnswered = payload.kind === 'tcp' && (payload.flags & TcpFlag.RST) === 0;
    return isAnswered ? tcpReset(payload) : undefined;
  }
  const isUnreachable =
    (payload.kind === 'icmp' || payload.kind === 'icmpv6') &&
    payload.type === UNREACHABLE[payload.kind];
  if (isUnreachable) return undefined;
  const isIpv4 = packet.kind === 'ipv4';
  const data = encodeIpPacket(packet).slice(0, isIpv4 ? IPV4_QUOTE_BYTES : IPV6_QUOTE_BYTES);
  return { kind: isIpv4 ? 'icmp' : 'icmpv6', ...REJECT_CODES[how], rest: 0, data };
};
