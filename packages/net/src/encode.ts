import { writeArp } from './arp.ts';
import { sumOfAddresses } from './checksum.ts';
import { ETHERNET_HEADER_BYTES, EtherType, writeEthernet } from './ethernet.ts';
import { writeIcmp, writeIcmpv6 } from './icmp.ts';
import { writeIpv4Header } from './ipv4.ts';
import { writeIpv6Header } from './ipv6.ts';
import { frameLength, ipHeaderLength, ipPacketLength } from './length.ts';
import {
  type EthernetFrame,
  type IpPacket,
  type IpPayload,
  IpProtocol,
  type UdpDatagram,
} from './packet.ts';
import { writeSctp } from './sctp.ts';
import { writeTcp } from './tcp.ts';
import { UDP_HEADER_BYTES, writeUdp } from './udp.ts';
import { VXLAN_HEADER_BYTES, writeVxlan } from './vxlan.ts';

/**
 * The bytes of a frame, without preamble and frame check sequence, not padded. Absent checksums are computed.
 * Throws RangeError when lengths do not fit their fields (a packet over 65,535 bytes, options not a multiple of 4);
 * other numbers are taken modulo their fields.
 */
export const encodeFrame = (frame: EthernetFrame): Uint8Array => {
  const out = new Uint8Array(frameLength(frame));
  writeFrame(frame, out);
  return out;
};

/** As `encodeFrame`, for a packet without Ethernet. */
export const encodeIpPacket = (packet: IpPacket): Uint8Array => {
  const out = new Uint8Array(ipPacketLength(packet));
  writeIpPacket(packet, out);
  return out;
};

/** The protocol number that an IP header says for its payload. */
export const protocolOf = (payload: IpPayload): number => {
  switch (payload.kind) {
    case 'raw':
      return payload.protocol;
    case 'ipip':
      return payload.inner.kind === 'ipv4' ? IpProtocol.IPIP : IpProtocol.IPV6;
    default:
      return PROTOCOLS[payload.kind];
  }
};

const PROTOCOLS = {
  udp: IpProtocol.UDP,
  tcp: IpProtocol.TCP,
  sctp: IpProtocol.SCTP,
  icmp: IpProtocol.ICMP,
  icmpv6: IpProtocol.ICMPV6,
} as const;

// Every writer fills exactly the bytes it is given; checksums need what is inside written first.

const writeFrame = (frame: EthernetFrame, out: Uint8Array): void => {
  const { dst, src, payload, trailer } = frame;
  const body = out.subarray(ETHERNET_HEADER_BYTES, out.length - (trailer?.length ?? 0));
  writeEthernet({ dst, src, etherType: etherTypeOf(payload) }, out);
  if (payload.kind === 'arp') writeArp(payload, body);
  else if (payload.kind === 'raw-ethernet') body.set(payload.data);
  else writeIpPacket(payload, body);
  if (trailer !== undefined) out.set(trailer, out.length - trailer.length);
};

const etherTypeOf = (payload: EthernetFrame['payload']): number => {
  if (payload.kind === 'raw-ethernet') return payload.etherType;
  if (payload.kind === 'arp') return EtherType.ARP;
  return payload.kind === 'ipv4' ? EtherType.IPV4 : EtherType.IPV6;
};

const writeIpPacket = (packet: IpPacket, out: Uint8Array): void => {
  const protocol = protocolOf(packet.payload);
  if (packet.kind === 'ipv4') writeIpv4Header(packet, protocol, out);
  else writeIpv6Header(packet, protocol, out);
  writeIpPayload(packet, out.subarray(ipHeaderLength(packet)));
};

const writeIpPayload = ({ src, dst, payload }: IpPacket, out: Uint8Array): void => {
  switch (payload.kind) {
    case 'udp':
      writeUdpPayload(payload.payload, out.subarray(UDP_HEADER_BYTES));
      writeUdp(payload, sumOfAddresses(src, dst), out);
      return;
    case 'tcp':
      writeTcp(payload, sumOfAddresses(src, dst), out);
      return;
    case 'sctp':
      writeSctp(payload, out);
      return;
    case 'icmp':
      writeIcmp(payload, out);
      return;
    case 'icmpv6':
      writeIcmpv6(payload, sumOfAddresses(src, dst), out);
      return;
    case 'ipip':
      writeIpPacket(payload.inner, out);
      return;
    case 'raw':
      out.set(payload.data);
      return;
  }
};

const writeUdpPayload = (payload: UdpDatagram['payload'], out: Uint8Array): void => {
  if (payload instanceof Uint8Array) {
    out.set(payload);
    return;
  }
  writeVxlan(payload.vni, out);
  writeFrame(payload.inner, out.subarray(VXLAN_HEADER_BYTES));
};
