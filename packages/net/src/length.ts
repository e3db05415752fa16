import { ARP_BYTES } from './arp.ts';
import { ETHERNET_HEADER_BYTES } from './ethernet.ts';
import { ICMP_HEADER_BYTES, icmpv6Length } from './icmp.ts';
import { ipv4HeaderBytes } from './ipv4.ts';
import { ipv6HeaderBytes } from './ipv6.ts';
import type { EthernetFrame, IpPacket, IpPayload, UdpDatagram } from './packet.ts';
import { sctpLength } from './sctp.ts';
import { tcpLength } from './tcp.ts';
import { UDP_HEADER_BYTES } from './udp.ts';
import { VXLAN_HEADER_BYTES } from './vxlan.ts';

/** Bytes of the packet as encoded, headers included: what an MTU limits. */
export const ipPacketLength = (packet: IpPacket): number =>
  ipHeaderLength(packet) + ipPayloadLength(packet.payload);

/** Bytes of the header with its options or extension headers, without the payload. */
export const ipHeaderLength = (packet: IpPacket): number =>
  packet.kind === 'ipv4' ? ipv4HeaderBytes(packet) : ipv6HeaderBytes(packet);

/** Bytes of the frame as encoded, without preamble and frame check sequence; addresses do not count. */
export const frameLength = ({
  payload,
  trailer,
}: Pick<EthernetFrame, 'payload' | 'trailer'>): number =>
  ETHERNET_HEADER_BYTES + ethernetPayloadLength(payload) + (trailer?.length ?? 0);

const ethernetPayloadLength = (payload: EthernetFrame['payload']): number => {
  switch (payload.kind) {
    case 'arp':
      return ARP_BYTES;
    case 'ipv4':
    case 'ipv6':
      return ipPacketLength(payload);
    case 'raw-ethernet':
      return payload.data.length;
  }
};

const ipPayloadLength = (payload: IpPayload): number => {
  switch (payload.kind) {
    case 'udp':
      return UDP_HEADER_BYTES + udpPayloadLength(payload.payload);
    case 'tcp':
      return tcpLength(payload);
    case 'sctp':
      return sctpLength(payload);
    case 'icmp':
      return ICMP_HEADER_BYTES + payload.data.length;
    case 'icmpv6':
      return icmpv6Length(payload);
    case 'ipip':
      return ipPacketLength(payload.inner);
    case 'raw':
      return payload.data.length;
  }
};

const udpPayloadLength = (payload: UdpDatagram['payload']): number =>
  payload instanceof Uint8Array ? payload.length : VXLAN_HEADER_BYTES + frameLength(payload.inner);
