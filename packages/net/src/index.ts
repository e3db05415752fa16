export type { Ip, IpFamily, Ipv4, Ipv6 } from './address.ts';
export { familyOf } from './address.ts';
export type { Mac } from './mac.ts';
export type {
  ArpPacket,
  EthernetFrame,
  IcmpMessage,
  Icmpv6Message,
  IpInIp,
  IpPacket,
  IpPayload,
  Ipv4Packet,
  Ipv6Packet,
  NeighbourDiscovery,
  RawEthernetPayload,
  RawIpPayload,
  SctpChunk,
  SctpPacket,
  TcpSegment,
  UdpDatagram,
  VxlanPacket,
} from './packet.ts';
export { IpProtocol, TcpFlag } from './packet.ts';
export type { InterfaceAddress, Ipv4Prefix, Ipv6Prefix, Prefix } from './prefix.ts';
