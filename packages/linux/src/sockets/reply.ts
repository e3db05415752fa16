import type { Ip, IpPayload } from '@podpath/net';
import { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { SocketOwner } from '../netfilter/packet-context.ts';
import { isLinkLocal } from '../routing/address-kinds.ts';
import { flowOfPayload } from '../routing/flow.ts';
import { routeOutput } from '../routing/output-route.ts';
import { mtuTowards } from '../routing/path-mtu.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { sendLocal } from '../walk/output.ts';
import { forbidCutting, type Headers, ipPacket } from './ip-packet.ts';

const REFLECT_IPV4 = 'net.ipv4.fwmark_reflect';
const REFLECT_IPV6 = 'net.ipv6.fwmark_reflect';

/**
 * Sends an answer back to where a packet came from, from the address that it was sent to, if that is one host's
 * alone.
 */
export function replyTo(
  namespace: Namespace,
  cause: SocketBuffer,
  payload: IpPayload,
  headers: Headers,
  { backTheSameWay = false, owner }: { backTheSameWay?: boolean; owner?: SocketOwner } = {},
): void {
  const { src, dst } = cause.packet;
  // A socket may speak from an address of routers in general; echo replies do not.
  const many = cause.route?.type === 'anycast' && payload.kind !== 'udp';
  const from = many ? {} : { from: dst };
  const socket = 'answer';
  sendAnswer(namespace, cause, {
    ...from,
    to: src,
    payload,
    headers,
    socket,
    backTheSameWay,
    ...(owner === undefined ? {} : { owner }),
  });
}

/**
 * Sends a packet that another one called forth. Answers to the probe are its reply in the trace;
 * what answers the reply is on its own.
 */
export function sendAnswer(
  namespace: Namespace,
  cause: SocketBuffer,
  answer: {
    /** Absent: chosen by the route. */
    readonly from?: Ip;
    readonly to: Ip;
    readonly payload: IpPayload;
    readonly headers: Headers;
    readonly socket: string;
    /** Connection that the answer belongs to although conntrack could not tell. */
    readonly conntrack?: SocketBuffer['conntrack'];
    /** A hint to the sender, not the end of the matter. */
    readonly aside?: boolean;
    /** The asker wants to know what became of the answer to it. */
    readonly aboutAnswers?: boolean;
    /** Rather by the device that the cause came in by than by another. */
    readonly backTheSameWay?: boolean;
    /** Who speaks where the host has no IPv4 address. */
    readonly nameless?: Ip;
    /** Not to who may be many. */
    readonly toOneHost?: boolean;
    /** Absent: a socket of the kernel's own. `none`: made by netfilter, of no socket. */
    readonly owner?: SocketOwner | 'none';
  },
): void {
  const { to } = answer;
  const key = typeof to === 'number' ? REFLECT_IPV4 : REFLECT_IPV6;
  const reflects = namespace.sysctls.get(key) === 1;
  const mark = reflects ? cause.mark : 0;
  // What has yet to get a source is bound to the device where it was asked for.
  const isBound = answer.backTheSameWay === true && answer.from === undefined;
  // What this host has sent itself was to leave by a device; what came back by lo is for the address of one.
  const asked = cause.input?.type === 'lo' ? cause.route?.device : (cause.input ?? cause.output);
  const device = isBound ? asked : isLinkLocal(to) ? (cause.input ?? cause.output) : undefined;
  const flow = { ...flowOfPayload(answer.payload), tos: answer.headers.tos ?? 0 };
  const preferred = answer.backTheSameWay === true ? cause.input : undefined;
  const route = routeOutput(namespace, { to, from: answer.from, device, preferred, mark, flow });
  const many = route.kind === 'route' && route.entry.type === 'anycast';
  if (many && answer.toOneHost === true) return;
  const isHeard = cause.leg === 'request' ? answer.aside !== true : answer.aboutAnswers === true;
  const leg = cause.leg !== undefined && isHeard ? 'reply' : undefined;
  const chosen = answer.from ?? (route.kind === 'route' ? route.source : to);
  const source = chosen === 0 ? (answer.nameless ?? chosen) : chosen;
  const ip = ipPacket(namespace, source, to, answer.payload, answer.headers);
  const packet = new SocketBuffer(ip, namespace.name, namespace.kernel.recorder, leg);
  packet.mark = mark;
  packet.conntrack = answer.conntrack;
  packet.owner = answer.owner === 'none' ? undefined : (answer.owner ?? 'kernel');
  const { kind } = ip.payload;
  packet.icmpSocket = kind === 'icmp' || kind === 'icmpv6' ? kind : undefined;
  packet.cutAnyway = ip.payload.kind === 'udp';
  packet.record?.({ kind: 'send', socket: answer.socket }, ip);
  if (route.kind === 'error') {
    packet.end('unreachable', ERROR_TEXT[route.error]);
    return;
  }
  if (answer.headers.dontFragment === 'if-it-fits') {
    forbidCutting(ip, mtuTowards(namespace, route, to));
  }
  sendLocal(namespace, packet, route);
}
