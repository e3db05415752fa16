/** Types of values, as nft names them (`nft describe`). */
export type NftDatatype =
  | 'ipv4_addr'
  | 'ipv6_addr'
  | 'ether_addr'
  | 'inet_proto'
  | 'inet_service'
  | 'mark'
  | 'ifname'
  | 'iface_index'
  | 'icmp_type'
  | 'icmp_code'
  | 'icmpv6_type'
  | 'icmpv6_code'
  | 'ct_state'
  | 'ct_status'
  | 'ct_dir'
  | 'nf_proto'
  | 'ether_type'
  | 'pkt_type'
  | 'dscp'
  | 'tcp_flag'
  | 'fib_addrtype'
  | 'arp_op'
  /** Plain numbers (TTL, VLAN, numgen). No set can be declared of it. */
  | 'integer1'
  | 'integer3'
  | 'integer8'
  | 'integer12'
  | 'integer16'
  | 'integer32'
  /** Whether a route exists. */
  | 'boolean';

interface DatatypeInfo {
  readonly bits: number;
  /** Elements that nft prints on one line of a set. */
  readonly perLine: 1 | 2 | 5;
  /** Several of its values make one: without an operator, a comparison asks whether any of them is there. */
  readonly isBitmask?: true;
  /** `value/length` stands for a comparison of the leading bits. */
  readonly hasPrefixes?: true;
}

const DATATYPES: Readonly<Record<NftDatatype, DatatypeInfo>> = {
  ipv4_addr: { bits: 32, perLine: 2, hasPrefixes: true },
  ipv6_addr: { bits: 128, perLine: 1, hasPrefixes: true },
  ether_addr: { bits: 48, perLine: 1 },
  inet_proto: { bits: 8, perLine: 5 },
  inet_service: { bits: 16, perLine: 5 },
  mark: { bits: 32, perLine: 5, hasPrefixes: true },
  ifname: { bits: 128, perLine: 1 },
  iface_index: { bits: 32, perLine: 5 },
  icmp_type: { bits: 8, perLine: 1 },
  icmp_code: { bits: 8, perLine: 1 },
  icmpv6_type: { bits: 8, perLine: 1 },
  icmpv6_code: { bits: 8, perLine: 1 },
  ct_state: { bits: 32, perLine: 2, isBitmask: true },
  ct_status: { bits: 32, perLine: 2, isBitmask: true },
  ct_dir: { bits: 8, perLine: 5 },
  nf_proto: { bits: 8, perLine: 5 },
  ether_type: { bits: 16, perLine: 1 },
  pkt_type: { bits: 8, perLine: 2 },
  dscp: { bits: 6, perLine: 1 },
  tcp_flag: { bits: 8, perLine: 5, isBitmask: true },
  fib_addrtype: { bits: 32, perLine: 1 },
  arp_op: { bits: 16, perLine: 1 },
  integer1: { bits: 1, perLine: 5 },
  integer3: { bits: 3, perLine: 5 },
  integer8: { bits: 8, perLine: 5 },
  integer12: { bits: 12, perLine: 5 },
  integer16: { bits: 16, perLine: 5 },
  integer32: { bits: 32, perLine: 5 },
  boolean: { bits: 8, perLine: 1 },
};

export const datatypeInfo = (datatype: NftDatatype): DatatypeInfo => DATATYPES[datatype];

/** As many 32-bit words as a value takes in a key. */
export const wordsOf = (datatype: NftDatatype): number => Math.ceil(DATATYPES[datatype].bits / 32);

/** Types that a set can be declared of. */
export const isDeclarable = (name: string): name is NftDatatype =>
  name in DATATYPES && !name.startsWith('integer') && name !== 'boolean';
