import { formatIp, type IpPacket } from '@podpath/net';
import { rewriteQuoted } from '../conntrack/quoted-packet.ts';
import type { Tuple } from '../conntrack/tuple.ts';
import type { Manipulation } from './nat-range.ts';

/** Gives one end of a packet the address and port of `target`. An ICMP query has its identifier for a port. */
export const rewrite = (packet: IpPacket, side: Manipulation, target: Tuple): void => {
  const isSource = side === 'source';
  setAddress(packet, side, target);
  const { payload } = packet;
  switch (payload.kind) {
    case 'tcp':
    case 'udp':
    case 'sctp':
      if (isSource) payload.srcPort = target.srcPort;
      else payload.dstPort = target.dstPort;
      break;
    case 'icmp':
    case 'icmpv6':
      payload.rest = ((target.srcPort << 16) | (payload.rest & 0xffff)) >>> 0;
      break;
    default:
      break;
  }
};

/** Gives an ICMP error's outer packet the address only, and the quoted packet's other end that of `inner`. */
export const rewriteError = (
  packet: IpPacket,
  side: Manipulation,
  outer: Tuple,
  inner: Tuple,
): void => {
  setAddress(packet, side, outer);
  const { payload } = packet;
  if (payload.kind !== 'icmp' && payload.kind !== 'icmpv6') return;
  if (!(payload.data instanceof Uint8Array)) return;
  payload.data = rewriteQuoted(payload.data, side === 'source' ? 'destination' : 'source', inner);
};

const setAddress = (packet: IpPacket, side: Manipulation, { src, dst }: Tuple): void => {
  const address = side === 'source' ? src : dst;
  if (packet.kind === 'ipv4' && typeof address === 'number') {
    if (side === 'source') packet.src = address;
    else packet.dst = address;
  } else if (packet.kind === 'ipv6' && typeof address === 'bigint') {
    if (side === 'source') packet.src = address;
    else packet.dst = address;
  }
};

/** One end of a packet for people: `10.0.0.1:80`, `[fd00::1]:80`, or an address alone. */
export const formatEnd = (packet: IpPacket, side: Manipulation): string => {
  const isSource = side === 'source';
  const address = formatIp(isSource ? packet.src : packet.dst);
  const { payload } = packet;
  if (payload.kind !== 'tcp' && payload.kind !== 'udp' && payload.kind !== 'sctp') return address;
  const port = isSource ? payload.srcPort : payload.dstPort;
  return packet.kind === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
};
