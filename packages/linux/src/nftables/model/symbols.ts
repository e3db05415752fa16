import { IpProtocol } from '@podpath/net';
import type { NftDatatype } from './datatype.ts';

// Names of values, each table in the order in which nft looks for a name to print: of two names for one
// value the first is printed. Facts as `nft describe` lists them.

export const IPV4 = 2;
export const IPV6 = 10;

export const CT_STATE = { invalid: 1, new: 8, established: 2, related: 4, untracked: 64 } as const;

export const CT_STATUS = {
  expected: 1,
  'seen-reply': 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
  dying: 512,
} as const;

const TCP_FLAGS = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ecn: 64,
  cwr: 128,
} as const;

export const FIB_TYPES = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

type Symbols = Readonly<Record<string, number>>;

/** Of /etc/protocols, in which nft looks protocols up. */
const PROTOCOLS: Symbols = {
  ip: 0,
  icmp: IpProtocol.ICMP,
  igmp: 2,
  ggp: 3,
  ipencap: IpProtocol.IPIP,
  st: 5,
  tcp: IpProtocol.TCP,
  egp: 8,
  igp: 9,
  pup: 12,
  udp: IpProtocol.UDP,
  hmp: 20,
  'xns-idp': 22,
  rdp: 27,
  'iso-tp4': 29,
  dccp: 33,
  xtp: 36,
  ddp: 37,
  'idpr-cmtp': 38,
  ipv6: IpProtocol.IPV6,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  idrp: 45,
  rsvp: 46,
  gre: 47,
  esp: IpProtocol.ESP,
  ah: 51,
  skip: 57,
  'ipv6-icmp': IpProtocol.ICMPV6,
  icmpv6: IpProtocol.ICMPV6,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  rspf: 73,
  vmtp: 81,
  eigrp: 88,
  ospf: 89,
  'ax.25': 93,
  ipip: 94,
  etherip: 97,
  encap: 98,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  isis: 124,
  sctp: IpProtocol.SCTP,
  fc: 133,
  'mobility-header': 135,
  udplite: 136,
  'mpls-in-ip': 137,
  manet: 138,
  hip: 139,
  shim6: 140,
  wesp: 141,
  rohc: 142,
  ethernet: 143,
};

const ICMP_TYPES: Symbols = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
};

const ICMP_CODES: Symbols = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
  'frag-needed': 4,
};

const ICMPV6_TYPES: Symbols = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'mld-listener-query': 130,
  'mld-listener-report': 131,
  'mld-listener-done': 132,
  'mld-listener-reduction': 132,
  'nd-router-solicit': 133,
  'nd-router-advert': 134,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
  'nd-redirect': 137,
  'router-renumbering': 138,
  'ind-neighbor-solicit': 141,
  'ind-neighbor-advert': 142,
  'mld2-listener-report': 143,
};

const ICMPV6_CODES: Symbols = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
};

const DSCP: Symbols = {
  cs0: 0,
  cs1: 8,
  cs2: 16,
  cs3: 24,
  cs4: 32,
  cs5: 40,
  cs6: 48,
  cs7: 56,
  df: 0,
  be: 0,
  lephb: 1,
  af11: 10,
  af12: 12,
  af13: 14,
  af21: 18,
  af22: 20,
  af23: 22,
  af31: 26,
  af32: 28,
  af33: 30,
  af41: 34,
  af42: 36,
  af43: 38,
  va: 44,
  ef: 46,
};

const ETHER_TYPES: Symbols = {
  ip: 0x0800,
  arp: 0x0806,
  ip6: 0x86dd,
  '8021q': 0x8100,
  '8021ad': 0x88a8,
  vlan: 0x8100,
};

const ARP_OPERATIONS: Symbols = {
  request: 1,
  reply: 2,
  rrequest: 3,
  rreply: 4,
  inrequest: 8,
  inreply: 9,
  nak: 10,
};

const TABLES: Partial<Record<NftDatatype, Symbols>> = {
  inet_proto: PROTOCOLS,
  icmp_type: ICMP_TYPES,
  icmp_code: ICMP_CODES,
  icmpv6_type: ICMPV6_TYPES,
  icmpv6_code: ICMPV6_CODES,
  ct_state: CT_STATE,
  ct_status: CT_STATUS,
  ct_dir: { original: 0, reply: 1 },
  nf_proto: { ipv4: IPV4, ipv6: IPV6 },
  ether_type: ETHER_TYPES,
  pkt_type: { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 },
  dscp: DSCP,
  tcp_flag: TCP_FLAGS,
  fib_addrtype: FIB_TYPES,
  arp_op: ARP_OPERATIONS,
  boolean: { exists: 1, missing: 0 },
};

const names = new Map<NftDatatype, ReadonlyMap<number, string>>(
  Object.entries(TABLES).map(([datatype, table]) => [
    datatype as NftDatatype,
    new Map(
      Object.entries(table)
        .reverse()
        .map(([name, value]) => [value, name]),
    ),
  ]),
);

/** The value of that name, if the datatype has one. */
export const valueNamed = (datatype: NftDatatype, name: string): number | undefined => {
  const table = TABLES[datatype];
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
};

/** The name that nft prints a value by. */
export const nameOf = (datatype: NftDatatype, value: number): string | undefined =>
  names.get(datatype)?.get(value);
