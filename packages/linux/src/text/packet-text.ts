import { formatIp, type IpPacket, type IpPayload, ipPacketLength, TcpFlag } from '@podpath/net';
import { describeEnd } from '../sockets/tuple.ts';

/** A packet in one line, as a capture tool would sum it up. */
export function describePacket(packet: IpPacket): string {
  const { payload } = packet;
  const [from, to] =
    'srcPort' in payload
      ? [describeEnd(packet.src, payload.srcPort), describeEnd(packet.dst, payload.dstPort)]
      : [formatIp(packet.src), formatIp(packet.dst)];
  const life = packet.kind === 'ipv4' ? `ttl ${packet.ttl}` : `hop limit ${packet.hopLimit}`;
  return `${from} → ${to} ${describePayload(payload)}, ${life}, ${ipPacketLength(packet)} bytes`;
}

function describePayload(payload: IpPayload): string {
  switch (payload.kind) {
    case 'tcp':
      return `tcp ${flagNames(payload.flags)}`;
    case 'udp':
      if (payload.payload instanceof Uint8Array) return 'udp';
      return `vxlan ${payload.payload.vni}`;
    case 'sctp':
      return `sctp ${SCTP_CHUNKS[payload.chunks[0]?.type ?? -1] ?? 'packet'}`;
    case 'icmp':
      return describeIcmp('icmp', ICMP_TYPES, payload);
    case 'icmpv6':
      return describeIcmp('icmpv6', ICMPV6_TYPES, payload);
    case 'ipip':
      return 'ip in ip';
    case 'raw':
      return `protocol ${payload.protocol}`;
  }
}

function flagNames(flags: number): string {
  const names = Object.entries(TcpFlag).filter(([, bit]) => (flags & bit) !== 0);
  return names.length === 0 ? 'without flags' : names.map(([name]) => name).join('+');
}

const SCTP_CHUNKS: Readonly<Record<number, string>> = {
  0: 'DATA',
  1: 'INIT',
  2: 'INIT ACK',
  6: 'ABORT',
};

const ICMP_TYPES: Readonly<Record<number, string>> = {
  0: 'echo reply',
  3: 'destination unreachable',
  5: 'redirect',
  8: 'echo request',
  11: 'time exceeded',
};

const ICMPV6_TYPES: Readonly<Record<number, string>> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded',
  128: 'echo request',
  129: 'echo reply',
  135: 'neighbour solicitation',
  136: 'neighbour advertisement',
};

function describeIcmp(
  protocol: string,
  names: Readonly<Record<number, string>>,
  { type, code }: { readonly type: number; readonly code: number },
): string {
  const name = names[type] ?? `type ${type}`;
  return code === 0 ? `${protocol} ${name}` : `${protocol} ${name} code ${code}`;
}
