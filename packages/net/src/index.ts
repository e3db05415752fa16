export type { Ip, IpFamily, Ipv4, Ipv6 } from './address.ts';
export { familyOf } from './address.ts';
export { AddressError } from './address-error.ts';
export { addToIp, compareIps } from './address-maths.ts';
export { formatIp, parseIp, parseIpv4, parseIpv6, tryParseIp } from './address-text.ts';
export { cloneFrame, clonePacket } from './clone.ts';
export type { DecodeOptions } from './decode.ts';
export { decodeFrame, decodeIpPacket } from './decode.ts';
export { DecodeError } from './decode-error.ts';
export { encodeFrame, encodeIpPacket, protocolOf } from './encode.ts';
export type { Ipv6Words } from './ipv6-words.ts';
export { ipv6FromWords, ipv6Words, writeIpv6Words } from './ipv6-words.ts';
export { frameLength, ipHeaderLength, ipPacketLength } from './length.ts';
export type { Mac } from './mac.ts';
export { BROADCAST_MAC, formatMac, isMulticastMac, parseMac } from './mac.ts';
export type {
  ArpPacket,
  EthernetFrame,
  IcmpMessage,
  Icmpv6Message,
  IpInIp,
  IpPacket,
  IpPayload,
  Ipv4Packet,
  Ipv6ExtensionHeader,
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
export type { CapturedPacket } from './pcapng.ts';
export { PcapngWriter } from './pcapng.ts';
export type { InterfaceAddress, Ipv4Prefix, Ipv6Prefix, Prefix } from './prefix.ts';
export {
  comparePrefixes,
  formatPrefix,
  isIpv4Prefix,
  isIpv6Prefix,
  lastAddress,
  maskOf,
  parseInterfaceAddress,
  parsePrefix,
  parsePrefixLoose,
  prefixContains,
  prefixCovers,
  prefixOf,
  subnetsOf,
} from './prefix.ts';
export type { WireguardData } from './wireguard.ts';
export {
  decodeWireguardData,
  encodeWireguardData,
  WIREGUARD_OVERHEAD_BYTES,
} from './wireguard.ts';
