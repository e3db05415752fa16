import { IpProtocol } from '@podpath/net';

/** Protocols as iptables and /etc/protocols call them; the first name of a number is the one that is printed. */
const NAMES: readonly (readonly [name: string, number: number])[] = [
  ['all', 0],
  ['icmp', IpProtocol.ICMP],
  ['igmp', 2],
  ['ipencap', IpProtocol.IPIP],
  ['tcp', IpProtocol.TCP],
  ['udp', IpProtocol.UDP],
  ['dccp', 33],
  ['ipv6', IpProtocol.IPV6],
  ['gre', 47],
  ['esp', IpProtocol.ESP],
  ['ah', 51],
  ['ipv6-icmp', IpProtocol.ICMPV6],
  ['icmpv6', IpProtocol.ICMPV6],
  ['ospf', 89],
  ['ipip', 94],
  ['pim', 103],
  ['ipcomp', 108],
  ['vrrp', 112],
  ['l2tp', 115],
  ['sctp', IpProtocol.SCTP],
  ['mobility-header', 135],
  ['udplite', 136],
];

const NUMBER_OF = new Map(NAMES);
const NAME_OF = new Map(NAMES.toReversed().map(([name, number]) => [number, name]));

/** The number of a protocol given by name (any case) or number; -1 when no such protocol is known. */
export const protocolNumber = (protocol: string | number): number => {
  if (typeof protocol === 'number') return isProtocol(protocol) ? protocol : -1;
  const named = NUMBER_OF.get(protocol.toLowerCase());
  if (named !== undefined) return named;
  const number = /^\d+$/.test(protocol) ? Number(protocol) : -1;
  return isProtocol(number) ? number : -1;
};

/** As `-p` prints it: the name when there is one. */
export const protocolName = (number: number): string => NAME_OF.get(number) ?? String(number);

const isProtocol = (number: number): boolean =>
  Number.isInteger(number) && number >= 0 && number <= 255;
