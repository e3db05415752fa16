import { type Ip, type IpPacket, TcpFlag } from '@podpath/net';
import { type Device, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { answerAttachment } from '../netfilter/conntrack/attachment.ts';
import { closeByRule } from '../netfilter/conntrack/close-by-rule.ts';
import type { RejectType } from '../netfilter/rule.ts';
import { isLinkLocal } from '../routing/address-kinds.ts';
import { addressType } from '../routing/address-type.ts';
import { routeOutput } from '../routing/output-route.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { sendAnswer } from '../sockets/reply.ts';
import { tcpReset } from '../sockets/segments.ts';
import { sendIcmpError } from './icmp-error.ts';
import { isVerifiable } from './is-verifiable.ts';
import { isDamaged } from './wrong-checksum.ts';

export const REJECT_CODES: Record<
  Exclude<RejectType, 'tcp-reset'>,
  { type: number; code: number }
> = {
  'icmp-net-unreachable': { type: 3, code: 0 },
  'icmp-host-unreachable': { type: 3, code: 1 },
  'icmp-proto-unreachable': { type: 3, code: 2 },
  'icmp-port-unreachable': { type: 3, code: 3 },
  'icmp-net-prohibited': { type: 3, code: 9 },
  'icmp-host-prohibited': { type: 3, code: 10 },
  'icmp-admin-prohibited': { type: 3, code: 13 },
  'icmp6-no-route': { type: 1, code: 0 },
  'icmp6-adm-prohibited': { type: 1, code: 1 },
  'icmp6-addr-unreachable': { type: 1, code: 3 },
  'icmp6-port-unreachable': { type: 1, code: 4 },
  'icmp6-policy-fail': { type: 1, code: 5 },
  'icmp6-reject-route': { type: 1, code: 6 },
};

/** Answers for a REJECT rule (nf_reject_ipv4.c, nf_reject_ipv6.c). */
export function reject(namespace: Namespace, cause: SocketBuffer, how: RejectType): void {
  if (!isVerifiable(cause.packet) || isDamaged(cause.packet)) return;
  if (how !== 'tcp-reset') {
    const isRouted = cause.route !== undefined || cause.bridge?.preroutingDone === true;
    const speaker = isRouted ? {} : speakerBeforeRouting(namespace, cause);
    if (speaker !== undefined)
      sendIcmpError(namespace, cause, { ...REJECT_CODES[how], ...speaker });
    return;
  }
  const ip = cause.packet;
  const segment = ip.payload;
  if (segment.kind !== 'tcp' || (segment.flags & TcpFlag.RST) !== 0) return;
  const { audience } = cause;
  if ((audience === 'broadcast' || audience === 'multicast') && !cause.bridged) return;
  const payload = tcpReset(segment);
  const headers = { dontFragment: true };
  const device = isLinkLocal(ip.src) ? cause.input : undefined;
  const back = routeOutput(namespace, {
    to: ip.src,
    from: ip.dst,
    device,
    mark: markOf(namespace, cause),
  });
  if (back.kind === 'route') {
    const sysctl = (key: string): number | undefined => namespace.sysctls.get(key);
    closeByRule(cause.conntrack, { nowMs: () => namespace.nowMs, sysctl });
  }
  const port = cause.bridge?.physicalIn;
  if (port !== undefined) {
    if (back.kind === 'error') return;
    sendBackByPort(namespace, cause, port, ipPacket(namespace, ip.dst, ip.src, payload, headers));
    return;
  }
  const conntrack = answerAttachment(cause.conntrack);
  sendAnswer(namespace, cause, {
    from: ip.dst,
    to: ip.src,
    payload,
    headers,
    socket: 'reset',
    owner: 'none',
    ...(conntrack === undefined ? {} : { conntrack }),
  });
}

/**
 * Before routing, IPv4 has the way back stand in for the way that the packet would take (`nf_reject_fill_skb_dst`). A
 * packet from an own address then seems to be for this host: whoever it is for would have to answer, and where that is
 * somebody else nobody does. Absent `from`: the route chooses; `undefined`: there is no answer.
 */
function speakerBeforeRouting(
  namespace: Namespace,
  { packet: { src, dst } }: SocketBuffer,
): { readonly from?: Ip } | undefined {
  if (typeof src !== 'number') return {};
  const back = routeOutput(namespace, { to: src });
  if (back.kind === 'error') return undefined;
  if (back.entry.type !== 'local') return {};
  return addressType(namespace, dst) === 'LOCAL' ? { from: dst } : undefined;
}

const markOf = (namespace: Namespace, { packet, mark }: SocketBuffer): number =>
  namespace.sysctls.get(`net.${packet.kind}.fwmark_reflect`) === 1 ? mark : 0;

/**
 * What came in by a bridge port goes straight back out of it, past rules, and past the route that there has to be all
 * the same.
 */
function sendBackByPort(
  namespace: Namespace,
  cause: SocketBuffer,
  port: Device,
  packet: IpPacket,
): void {
  const leg = cause.leg === 'request' ? 'reply' : undefined;
  const answer = new SocketBuffer(packet, namespace.name, namespace.kernel.recorder, leg);
  answer.record?.({ kind: 'send', socket: 'reset' }, packet);
  answer.source = cause.destination;
  answer.destination = cause.source;
  port.transmit(answer);
}
