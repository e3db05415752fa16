import { encodeIpPacket } from '@podpath/net';
import type { SocketBuffer } from '../core.ts';
import type { IcmpErrorKind, Namespace } from '../namespace.ts';
import { answerAttachment } from '../netfilter/conntrack/attachment.ts';
import { isMulticast, isUnspecified } from '../routing/address-kinds.ts';
import { addressType } from '../routing/address-type.ts';
import { isIcmpError } from '../sockets/icmp.ts';
import { sendAnswer } from '../sockets/reply.ts';

const LOOPBACK = 0x7f00_0001;
const REDIRECT = 5;
const PACKET_TOO_BIG = 2;
/** An error is at most this long, headers included. */
const MAX_IPV4_ERROR_BYTES = 576;
const IPV4_AND_ICMP_BYTES = 28;
const MAX_IPV6_ERROR_BYTES = 1280;
const IPV6_AND_ICMP_BYTES = 48;
const INTERNETWORK_CONTROL = 0xc0;
const TOS_BITS = 0x1e;

/**
 * Tells the sender of a packet what went wrong (`icmp_send`, net/ipv4/icmp.c; `icmp6_send`, net/ipv6/icmp.c):
 * never about errors, groups, or fragments other than the first. The kernel's rate limits are left out,
 * as if time passed between one probe and the next.
 */
export function sendIcmpError(
  namespace: Namespace,
  cause: SocketBuffer,
  error: IcmpErrorKind,
): void {
  const ip = cause.packet;
  if (cause.fromIcmpSocket || cause.audience !== 'host' || isMulticast(ip.src)) return;
  // To IPv4, who has no address yet is the host itself.
  if (ip.kind === 'ipv6' && isUnspecified(ip.src)) return;
  const { payload } = ip;
  if ((payload.kind === 'icmp' || payload.kind === 'icmpv6') && isIcmpError(payload)) return;
  if (ip.kind === 'ipv4') {
    if (isMulticast(ip.dst) || cause.route?.type === 'broadcast' || ip.fragmentOffset > 0) return;
  } else if (isMulticast(ip.dst) && error.type !== PACKET_TOO_BIG) {
    return;
  }
  const room =
    ip.kind === 'ipv4'
      ? MAX_IPV4_ERROR_BYTES - IPV4_AND_ICMP_BYTES
      : MAX_IPV6_ERROR_BYTES - IPV6_AND_ICMP_BYTES;
  const { type, code, rest = 0, from } = error;
  const quote = error.quote ?? encodeIpPacket(ip);
  const message = { type, code, rest, data: quote.slice(0, room) };
  const toUs = cause.route?.type === 'local' || addressType(namespace, ip.dst) === 'LOCAL';
  const conntrack = answerAttachment(cause.conntrack);
  sendAnswer(namespace, cause, {
    ...(from !== undefined ? { from } : toUs ? { from: ip.dst } : {}),
    to: ip.src === 0 ? LOOPBACK : ip.src,
    payload: ip.kind === 'ipv4' ? { kind: 'icmp', ...message } : { kind: 'icmpv6', ...message },
    headers: {
      tos: ip.kind === 'ipv4' ? (ip.tos & TOS_BITS) | INTERNETWORK_CONTROL : 0,
      dontFragment: false,
    },
    socket: 'ICMP error',
    toOneHost: true,
    aside: type === REDIRECT && ip.kind === 'ipv4',
    ...(conntrack === undefined ? {} : { conntrack }),
  });
}
