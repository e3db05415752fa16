import {
  decodeIpPacket,
  type IcmpMessage,
  type Icmpv6Message,
  type Ip,
  type IpPacket,
} from '@podpath/net';
import type { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isMulticast } from '../routing/address-kinds.ts';
import { learnPathMtu } from '../routing/path-mtu.ts';
import { replyTo } from './reply.ts';
import type { Asker } from './socket-table.ts';
import { describeTuple } from './tuple.ts';

type Icmp = IcmpMessage | Icmpv6Message;

const ECHO = { icmp: { request: 8, reply: 0 }, icmpv6: { request: 128, reply: 129 } } as const;
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const LAST_ICMPV6_ERROR = 127;
const IPV6_FRAGMENT = 44;
const FRAGMENT_HEADER_BYTES = 8;
const FRAGMENT_UNIT_BYTES = 8;

/** Messages about another packet, which they quote. */
export const isIcmpError = (message: Icmp): boolean =>
  message.kind === 'icmp' ? ICMP_ERRORS.has(message.type) : message.type <= LAST_ICMPV6_ERROR;

/** An echo request is answered by the kernel, an echo reply taken by whoever asked (net/ipv4/icmp.c). */
export function answerEcho(namespace: Namespace, packet: SocketBuffer, message: Icmp): void {
  const { request, reply } = ECHO[message.kind];
  const ip = packet.packet;
  if (message.type === reply) {
    const { asker } = namespace.sockets;
    if (asker !== undefined && asker.protocol === 'icmp' && isFor(asker, ip, message)) {
      packet.deliver(() => `icmp ${describeTuple(asker)}`, 'the echo reply came back');
      return;
    }
    packet.drop('an echo reply that nobody here waits for');
    return;
  }
  if (message.type !== request) {
    packet.drop(`nothing answers ${message.kind} type ${message.type}`);
    return;
  }
  if (namespace.sysctls.get('net.ipv4.icmp_echo_ignore_all') === 1 && message.kind === 'icmp') {
    packet.drop('echo requests are ignored here');
    return;
  }
  if (packet.route?.type === 'broadcast' || isMulticast(ip.dst)) {
    packet.drop('echo requests to a group are ignored');
    return;
  }
  packet.deliver(() => message.kind, `the kernel of ${namespace.name} answers echo requests`);
  const payload = { ...message, type: reply };
  const headers = { tos: ip.kind === 'ipv4' ? ip.tos : 0, dontFragment: false };
  // For IPv6 the kernel asks for the way back by the device that the request came in by.
  replyTo(namespace, packet, payload, headers, { backTheSameWay: ip.kind === 'ipv6' });
}

const isFor = (asker: Asker, ip: IpPacket, message: Icmp): boolean =>
  (asker.anyLocal || asker.local === ip.dst) &&
  asker.remote === ip.src &&
  asker.localPort === message.rest >>> 16;

/** An error that came back is for the socket whose packet it quotes. */
export function receiveIcmpError(namespace: Namespace, packet: SocketBuffer, message: Icmp): void {
  const { asker } = namespace.sockets;
  const version = message.kind === 'icmp' ? 4 : 6;
  const quoted =
    message.data instanceof Uint8Array ? quotedPacket(message.data, version) : undefined;
  const mtuBytes = toldMtu(message);
  if (quoted !== undefined && mtuBytes !== undefined && isOpen(namespace, quoted)) {
    learnPathMtu(namespace, { to: quoted.dst, from: quoted.src }, mtuBytes);
  }
  if (asker === undefined || quoted === undefined || !wasSentBy(asker, quoted)) {
    packet.drop('an ICMP error that concerns no socket here');
    return;
  }
  const what = `${message.kind} type ${message.type} code ${message.code}`;
  packet.deliver(() => `${asker.protocol} ${describeTuple(asker)}`, `the sender was told: ${what}`);
}

/** "Fragmentation needed" and "packet too big" tell of an MTU. */
function toldMtu({ kind, type, code, rest }: Icmp): number | undefined {
  if (kind === 'icmp') return type === 3 && code === 4 ? rest & 0xffff : undefined;
  return type === 2 ? rest : undefined;
}

/** The kernel's own echoes need no socket. */
function isOpen(namespace: Namespace, quoted: Quoted): boolean {
  const { asker } = namespace.sockets;
  if (asker !== undefined && wasSentBy(asker, quoted)) return true;
  const protocol = PROTOCOLS[quoted.protocol];
  if (protocol === 'icmp') return true;
  return protocol !== undefined && namespace.sockets.isListening(protocol, quoted.sourcePort);
}

interface Quoted {
  readonly src: Ip;
  readonly dst: Ip;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of an echo request. */
  readonly identifier: number;
}

/** Reads as much of a quoted packet as is sure to be there: addresses and the first eight bytes behind them. */
function quotedPacket(data: Uint8Array, version: 4 | 6): Quoted | undefined {
  // What is no packet of the family tells nothing.
  if ((data[0] ?? 0) >> 4 !== version) return undefined;
  const ipv4 = version === 4;
  const headerBytes = ipv4 ? ((data[0] ?? 0) & 15) * 4 : 40;
  const next = data[ipv4 ? 9 : 6] ?? 0;
  const fragmented = !ipv4 && next === IPV6_FRAGMENT;
  const start = headerBytes + (fragmented ? FRAGMENT_HEADER_BYTES : 0);
  if (data.length < start + 8) return undefined;
  // Only the first fragment holds ports.
  if (fragmented && isLaterFragment(data.subarray(headerBytes))) return undefined;
  const header = decodeIpPacket(completed(data, headerBytes, ipv4));
  const view = new DataView(data.buffer, data.byteOffset + start, 8);
  return {
    src: header.src,
    dst: header.dst,
    protocol: fragmented ? (data[headerBytes] ?? 0) : next,
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    identifier: view.getUint16(4),
  };
}

const isLaterFragment = (header: Uint8Array): boolean =>
  ((header[2] ?? 0) << 8) + (header[3] ?? 0) >= FRAGMENT_UNIT_BYTES;

/** The quoted header as a packet without payload, which can be decoded whatever was cut off. */
function completed(data: Uint8Array, headerBytes: number, ipv4: boolean): Uint8Array {
  const header = data.slice(0, headerBytes);
  const view = new DataView(header.buffer);
  const NO_PROTOCOL = 59;
  if (ipv4) {
    view.setUint16(2, headerBytes);
    view.setUint8(9, NO_PROTOCOL);
  } else {
    view.setUint16(4, 0);
    view.setUint8(6, NO_PROTOCOL);
  }
  return header;
}

const PROTOCOLS: Readonly<Record<number, Asker['protocol']>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmp',
  132: 'sctp',
};

function wasSentBy(asker: Asker, quoted: Quoted): boolean {
  if (!asker.anyLocal && quoted.src !== asker.local) return false;
  if (quoted.dst !== asker.remote) return false;
  if (PROTOCOLS[quoted.protocol] !== asker.protocol) return false;
  if (asker.protocol === 'icmp') return quoted.identifier === asker.localPort;
  return quoted.sourcePort === asker.localPort && quoted.destinationPort === asker.remotePort;
}
