import { IpProtocol } from '@podpath/net';
import type { NftDatatype } from './datatype.ts';

interface FieldInfo {
  readonly datatype: NftDatatype;
  /** The field exists in packets of this IP version only, and a rule that names it asks for that. */
  readonly network?: 'ip' | 'ip6' | 'arp';
  /** Likewise, in packets of this transport protocol. */
  readonly transport?: number;
}

const port = (transport: number): FieldInfo => ({ datatype: 'inet_service', transport });

/** Fields of packets, of their devices and of their connections, as nft writes them. */
const FIELDS = {
  'ether saddr': { datatype: 'ether_addr' },
  'ether daddr': { datatype: 'ether_addr' },
  'ether type': { datatype: 'ether_type' },
  'vlan id': { datatype: 'integer12' },
  'vlan dei': { datatype: 'integer1' },
  'vlan pcp': { datatype: 'integer3' },
  'vlan type': { datatype: 'ether_type' },
  'arp htype': { datatype: 'integer16', network: 'arp' },
  'arp ptype': { datatype: 'ether_type', network: 'arp' },
  'arp hlen': { datatype: 'integer8', network: 'arp' },
  'arp plen': { datatype: 'integer8', network: 'arp' },
  'arp operation': { datatype: 'arp_op', network: 'arp' },
  'arp saddr ether': { datatype: 'ether_addr', network: 'arp' },
  'arp saddr ip': { datatype: 'ipv4_addr', network: 'arp' },
  'arp daddr ether': { datatype: 'ether_addr', network: 'arp' },
  'arp daddr ip': { datatype: 'ipv4_addr', network: 'arp' },
  'ip saddr': { datatype: 'ipv4_addr', network: 'ip' },
  'ip daddr': { datatype: 'ipv4_addr', network: 'ip' },
  'ip protocol': { datatype: 'inet_proto', network: 'ip' },
  'ip dscp': { datatype: 'dscp', network: 'ip' },
  'ip ttl': { datatype: 'integer8', network: 'ip' },
  'ip6 saddr': { datatype: 'ipv6_addr', network: 'ip6' },
  'ip6 daddr': { datatype: 'ipv6_addr', network: 'ip6' },
  'ip6 nexthdr': { datatype: 'inet_proto', network: 'ip6' },
  'ip6 dscp': { datatype: 'dscp', network: 'ip6' },
  'ip6 hoplimit': { datatype: 'integer8', network: 'ip6' },
  'tcp sport': port(IpProtocol.TCP),
  'tcp dport': port(IpProtocol.TCP),
  'tcp flags': { datatype: 'tcp_flag', transport: IpProtocol.TCP },
  'udp sport': port(IpProtocol.UDP),
  'udp dport': port(IpProtocol.UDP),
  'sctp sport': port(IpProtocol.SCTP),
  'sctp dport': port(IpProtocol.SCTP),
  /** The first two ports of whatever transport header there is. */
  'th sport': { datatype: 'inet_service' },
  'th dport': { datatype: 'inet_service' },
  'icmp type': { datatype: 'icmp_type', network: 'ip', transport: IpProtocol.ICMP },
  'icmp code': { datatype: 'icmp_code', network: 'ip', transport: IpProtocol.ICMP },
  'icmpv6 type': { datatype: 'icmpv6_type', network: 'ip6', transport: IpProtocol.ICMPV6 },
  'icmpv6 code': { datatype: 'icmpv6_code', network: 'ip6', transport: IpProtocol.ICMPV6 },
  'meta mark': { datatype: 'mark' },
  'meta iifname': { datatype: 'ifname' },
  'meta oifname': { datatype: 'ifname' },
  'meta ibrname': { datatype: 'ifname' },
  'meta obrname': { datatype: 'ifname' },
  'meta iif': { datatype: 'iface_index' },
  'meta oif': { datatype: 'iface_index' },
  'meta l4proto': { datatype: 'inet_proto' },
  'meta nfproto': { datatype: 'nf_proto' },
  'meta protocol': { datatype: 'ether_type' },
  'meta pkttype': { datatype: 'pkt_type' },
  'ct state': { datatype: 'ct_state' },
  'ct status': { datatype: 'ct_status' },
  'ct mark': { datatype: 'mark' },
  'ct direction': { datatype: 'ct_dir' },
  'ct original ip saddr': { datatype: 'ipv4_addr' },
  'ct original ip daddr': { datatype: 'ipv4_addr' },
  'ct original ip6 saddr': { datatype: 'ipv6_addr' },
  'ct original ip6 daddr': { datatype: 'ipv6_addr' },
  'ct original proto-src': { datatype: 'inet_service' },
  'ct original proto-dst': { datatype: 'inet_service' },
  'ct reply ip saddr': { datatype: 'ipv4_addr' },
  'ct reply ip daddr': { datatype: 'ipv4_addr' },
  'ct reply ip6 saddr': { datatype: 'ipv6_addr' },
  'ct reply ip6 daddr': { datatype: 'ipv6_addr' },
  'ct reply proto-src': { datatype: 'inet_service' },
  'ct reply proto-dst': { datatype: 'inet_service' },
} as const satisfies Readonly<Record<string, FieldInfo>>;

export type NftField = keyof typeof FIELDS;

export const fieldInfo = (field: NftField): FieldInfo => FIELDS[field];

export const isField = (name: string): name is NftField => name in FIELDS;
