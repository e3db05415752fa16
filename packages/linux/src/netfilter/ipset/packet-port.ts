import { IpProtocol } from '@podpath/net';
import { isLaterFragment, type PacketView } from '../packet-view.ts';
import type { IpsetProtocol } from '../rule.ts';

const UDPLITE = 136;

const WITH_PORTS: ReadonlySet<number> = new Set([
  IpProtocol.TCP,
  IpProtocol.UDP,
  IpProtocol.SCTP,
  UDPLITE,
]);

const NUMBERS: Readonly<Record<Exclude<IpsetProtocol, number>, number>> = {
  tcp: IpProtocol.TCP,
  udp: IpProtocol.UDP,
  udplite: UDPLITE,
  sctp: IpProtocol.SCTP,
};

export const protocolNumberOf = (protocol: IpsetProtocol): number =>
  typeof protocol === 'number' ? protocol : NUMBERS[protocol];

export const hasPorts = (protocol: number): boolean => WITH_PORTS.has(protocol);

/** A protocol and a port in one number. */
export const portKey = (protocol: number, port: number): number => protocol * 0x1_0000 + port;

/**
 * The packet's protocol and port as sets look them up (net/netfilter/ipset/ip_set_getport.c): type and code
 * stand for the port of ICMP, and 0 for that of all else. -1 when the header is missing that should have it.
 */
export const packetPortKey = (view: PacketView, ofSource: boolean): number => {
  const { protocol } = view;
  if (WITH_PORTS.has(protocol)) {
    const port = ofSource ? view.srcPort : view.dstPort;
    return port < 0 ? -1 : portKey(protocol, port);
  }
  if (protocol === IpProtocol.ICMP || protocol === IpProtocol.ICMPV6) {
    return view.icmpType < 0 ? -1 : portKey(protocol, (view.icmpType << 8) | view.icmpCode);
  }
  return isLaterFragment(view.context.packet) && protocol === IpProtocol.TCP
    ? -1
    : portKey(protocol, 0);
};
