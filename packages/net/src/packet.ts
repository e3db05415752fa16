import type { Ipv4, Ipv6 } from './address.ts';
import type { Mac } from './mac.ts';

/**
 * Packets as values: what the codecs decode to and encode from. They are mutable, because routers
 * rewrite them in place; whoever needs a snapshot clones. A `checksum` that is absent means "correct":
 * encoding computes it, decoding leaves it out unless the bytes carried a wrong one.
 *
 * Byte arrays are shared, by clones and with the bytes that were decoded: they are replaced, never written into.
 */
export interface EthernetFrame {
  dst: Mac;
  src: Mac;
  payload: ArpPacket | IpPacket | RawEthernetPayload;
  /** Bytes after an ARP or IP packet, such as the padding of short frames on real wires. Absent: none. */
  trailer?: Uint8Array;
}

export interface RawEthernetPayload {
  readonly kind: 'raw-ethernet';
  readonly etherType: number;
  readonly data: Uint8Array;
}

export interface ArpPacket {
  readonly kind: 'arp';
  operation: 'request' | 'reply';
  senderMac: Mac;
  senderIp: Ipv4;
  targetMac: Mac;
  targetIp: Ipv4;
}

export interface Ipv4Packet {
  readonly kind: 'ipv4';
  /** The whole TOS byte: DSCP in the upper six bits, ECN in the lower two. */
  tos: number;
  id: number;
  dontFragment: boolean;
  moreFragments: boolean;
  /** In bytes, a multiple of 8. */
  fragmentOffset: number;
  ttl: number;
  src: Ipv4;
  dst: Ipv4;
  /** Header options as bytes, padded to a multiple of 4. Absent: none. */
  options?: Uint8Array;
  checksum?: number;
  payload: IpPayload;
}

export interface Ipv6Packet {
  readonly kind: 'ipv6';
  trafficClass: number;
  flowLabel: number;
  hopLimit: number;
  src: Ipv6;
  dst: Ipv6;
  /** In order: hop-by-hop options, routing, fragment, destination options. Absent: none. */
  extensions?: Ipv6ExtensionHeader[];
  payload: IpPayload;
}

export interface Ipv6ExtensionHeader {
  /** 0 hop-by-hop options, 43 routing, 44 fragment, 60 destination options. */
  readonly type: number;
  /** All but the first two bytes (next header and length): 6 bytes, or 8 more for each unit of the length. */
  readonly data: Uint8Array;
}

export type IpPacket = Ipv4Packet | Ipv6Packet;

export type IpPayload =
  | UdpDatagram
  | TcpSegment
  | SctpPacket
  | IcmpMessage
  | Icmpv6Message
  | IpInIp
  | RawIpPayload;

export interface UdpDatagram {
  readonly kind: 'udp';
  srcPort: number;
  dstPort: number;
  /** 0 says "none", which IPv4 allows. */
  checksum?: number;
  /** `vxlan` when the datagram carries one; plain bytes otherwise. */
  payload: Uint8Array | VxlanPacket;
}

export interface VxlanPacket {
  readonly kind: 'vxlan';
  /** 24 bits. */
  vni: number;
  inner: EthernetFrame;
}

export interface TcpSegment {
  readonly kind: 'tcp';
  srcPort: number;
  dstPort: number;
  sequence: number;
  acknowledgement: number;
  /** Flag bits as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. Twelve bits, reserved ones included. */
  flags: number;
  window: number;
  /** Absent: 0. */
  urgentPointer?: number;
  options?: Uint8Array;
  checksum?: number;
  data: Uint8Array;
}

export interface SctpPacket {
  readonly kind: 'sctp';
  srcPort: number;
  dstPort: number;
  verificationTag: number;
  checksum?: number;
  chunks: SctpChunk[];
}

export interface SctpChunk {
  /** 0 DATA, 1 INIT, 2 INIT ACK, 6 ABORT, … */
  readonly type: number;
  readonly flags: number;
  readonly value: Uint8Array;
}

export interface IcmpMessage {
  readonly kind: 'icmp';
  type: number;
  code: number;
  /** The four bytes after the checksum: identifier and sequence, or unused and MTU. Unsigned. */
  rest: number;
  checksum?: number;
  /** Echo data, or the quoted packet of an error message. */
  data: Uint8Array;
}

export interface Icmpv6Message {
  readonly kind: 'icmpv6';
  type: number;
  code: number;
  rest: number;
  checksum?: number;
  /** What follows: echo data, a quoted packet, or the target and options of NDP. */
  data: Uint8Array | NeighbourDiscovery;
}

/** Body of a neighbour solicitation (135) or advertisement (136). */
export interface NeighbourDiscovery {
  readonly kind: 'ndp';
  target: Ipv6;
  /** Option 1 in solicitations. */
  sourceLinkAddress?: Mac;
  /** Option 2 in advertisements. */
  targetLinkAddress?: Mac;
  /** Every other option as bytes, after the link addresses (the nonce of RFC 3971, say). Absent: none. */
  otherOptions?: Uint8Array;
}

/** IP in IP: protocol 4 carries IPv4, protocol 41 carries IPv6. */
export interface IpInIp {
  readonly kind: 'ipip';
  inner: IpPacket;
}

/**
 * A protocol that podpath does not decode, or a piece of a packet: any fragment, the first too, because
 * length and checksum in its transport header are those of the whole.
 */
export interface RawIpPayload {
  readonly kind: 'raw';
  readonly protocol: number;
  readonly data: Uint8Array;
}

/** TCP flag bits. */
export const TcpFlag = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const;

/** IP protocol numbers as on the wire. */
export const IpProtocol = {
  ICMP: 1,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ESP: 50,
  ICMPV6: 58,
  SCTP: 132,
} as const;
