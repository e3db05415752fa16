import { encodeIpPacket, type Ip } from '@podpath/net';
import type { SocketBuffer } from '../core.ts';
import type { IcmpErrorKind, Namespace } from '../namespace.ts';
import { answerAttachment } from '../netfilter/conntrack/attachment.ts';
import { isLinkLocal, isMulticast, isUnspecified } from '../routing/address-kinds.ts';
import { addressType } from '../routing/address-type.ts';
import { routeOutput } from '../routing/output-route.ts';
import { selectIpv6 } from '../routing/source-address.ts';
import { isIcmpError } from '../sockets/icmp.ts';
import { sendAnswer } from '../sockets/reply.ts';

const LOOPBACK = 0x7f00_0001;
/** 192.0.0.8: who has no IPv4 address of its own (RFC 7600, `INADDR_DUMMY`). */
const DUMMY = 0xc000_0008;
/** Any other type counts as an error, known or not (`icmp_pointers`). */
const ANSWERABLE: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);
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
  if (cause.icmpSocket === (ip.kind === 'ipv4' ? 'icmp' : 'icmpv6')) return;
  if (cause.audience !== 'host' || isMulticast(ip.src)) return;
  // To IPv4, who has no address yet is the host itself.
  if (ip.kind === 'ipv6' && isUnspecified(ip.src)) return;
  const { payload } = ip;
  if (payload.kind === 'icmpv6' && isIcmpError(payload)) return;
  if (payload.kind === 'icmp' && !ANSWERABLE.has(payload.type)) return;
  if (ip.kind === 'ipv4') {
    if (isMulticast(ip.dst) || cause.route?.type === 'broadcast' || ip.fragmentOffset > 0) return;
  } else if (isMulticast(ip.dst) && error.type !== PACKET_TOO_BIG) {
    return;
  }
  const room =
    ip.kind === 'ipv4'
      ? MAX_IPV4_ERROR_BYTES - IPV4_AND_ICMP_BYTES
      : MAX_IPV6_ERROR_BYTES - IPV6_AND_ICMP_BYTES;
  const { type, code, rest = 0 } = error;
  const quote = error.quote ?? encodeIpPacket(ip);
  const message = { type, code, rest, data: quote.slice(0, room) };
  const from = error.from ?? sourceFor(namespace, cause);
  const conntrack = answerAttachment(cause.conntrack);
  sendAnswer(namespace, cause, {
    ...(from === undefined ? {} : { from }),
    to: ip.src === 0 ? LOOPBACK : ip.src,
    payload: ip.kind === 'ipv4' ? { kind: 'icmp', ...message } : { kind: 'icmpv6', ...message },
    headers: {
      tos: ip.kind === 'ipv4' ? (ip.tos & TOS_BITS) | INTERNETWORK_CONTROL : 0,
      dontFragment: false,
    },
    socket: 'ICMP error',
    toOneHost: true,
    nameless: DUMMY,
    aside: type === REDIRECT && ip.kind === 'ipv4',
    // Who pings its own host sees errors about the echo reply as well: they quote the same identifier.
    aboutAnswers: namespace.sockets.asker?.protocol === 'icmp',
    ...(conntrack === undefined ? {} : { conntrack }),
  });
}

/**
 * Who speaks: whoever the packet was for, if that is this host. Else IPv6 has an address that suits the device that it
 * came in by, unless the route back names one; IPv4 leaves it to that route, before routing too.
 */
function sourceFor(
  namespace: Namespace,
  { packet, route, input, bridged }: SocketBuffer,
): Ip | undefined {
  const { src, dst } = packet;
  if (route?.type === 'local' || route?.type === 'anycast') return dst;
  if (typeof src === 'number' || typeof dst === 'number') return undefined;
  const type = addressType(namespace, dst);
  if (type === 'LOCAL' || type === 'ANYCAST') return dst;
  if (input === undefined || bridged) return undefined;
  const back = routeOutput(namespace, { to: src, device: isLinkLocal(src) ? input : undefined });
  const named = back.kind === 'route' && back.entry.source !== undefined;
  return named ? undefined : selectIpv6(namespace, input, src);
}
