import {
  type ArpPacket,
  encodeIpPacket,
  type IpPacket,
  IpProtocol,
  ipHeaderLength,
  protocolOf,
} from '@podpath/net';
import type { LinkLayer } from '../../netfilter/packet-context.ts';
import type { PacketView } from '../../netfilter/packet-view.ts';
import type { NftField } from '../model/field.ts';
import { ABSENT, numberReader, type Reader } from './readers.ts';

/** Their place in TCP, UDP and SCTP headers, and so wherever `th` looks. */
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;

type PacketField = Extract<
  NftField,
  | `ether ${string}`
  | `vlan ${string}`
  | `arp ${string}`
  | `ip ${string}`
  | `ip6 ${string}`
  | `${'tcp' | 'udp' | 'sctp' | 'th' | 'icmp' | 'icmpv6'} ${string}`
>;

/** Reads header fields (net/netfilter/nft_payload.c). */
export const packetReader = (field: PacketField): Reader => {
  switch (field) {
    case 'ether saddr':
      return numberReader(({ view }) => linkAddress(view, view.context.source));
    case 'ether daddr':
      return numberReader(({ view }) => linkAddress(view, view.context.destination));
    case 'ether type':
      return numberReader(({ view }) => (hasLinkHeader(view) ? etherType(view) : ABSENT));
    case 'vlan id':
      return tag((bits) => bits & 0xfff);
    case 'vlan dei':
      return tag((bits) => (bits >>> 12) & 1);
    case 'vlan pcp':
      return tag((bits) => bits >>> 13);
    case 'vlan type':
      return numberReader(({ view }) => {
        const { link } = view.context;
        return link !== undefined && isTagged(link) ? link.protocol : ABSENT;
      });
    case 'arp htype':
      return arp(() => ETHERNET);
    case 'arp ptype':
      return arp(() => IPV4_ETHER_TYPE);
    case 'arp hlen':
      return arp(() => MAC_BYTES);
    case 'arp plen':
      return arp(() => IPV4_BYTES);
    case 'arp operation':
      return arp(({ operation }) => (operation === 'request' ? 1 : 2));
    case 'arp saddr ether':
      return arp(({ senderMac }) => senderMac);
    case 'arp saddr ip':
      return arp(({ senderIp }) => senderIp);
    case 'arp daddr ether':
      return arp(({ targetMac }) => targetMac);
    case 'arp daddr ip':
      return arp(({ targetIp }) => targetIp);
    case 'ip saddr':
      return numberReader(({ view }) => addressNumber(view.context.packet.src));
    case 'ip daddr':
      return numberReader(({ view }) => addressNumber(view.context.packet.dst));
    case 'ip protocol':
      return numberReader(({ view }) => (view.family === 4 ? view.protocol : ABSENT));
    case 'ip dscp':
      return ipv4((packet) => packet.tos >>> 2);
    case 'ip ttl':
      return ipv4((packet) => packet.ttl);
    case 'ip6 saddr':
      return { kind: 'ipv6', read: ({ view }) => (view.family === 6 ? view.srcWords : undefined) };
    case 'ip6 daddr':
      return { kind: 'ipv6', read: ({ view }) => (view.family === 6 ? view.dstWords : undefined) };
    case 'ip6 nexthdr':
      return ipv6((packet) => packet.extensions?.[0]?.type ?? protocolOf(packet.payload));
    case 'ip6 dscp':
      return ipv6((packet) => packet.trafficClass >>> 2);
    case 'ip6 hoplimit':
      return ipv6((packet) => packet.hopLimit);
    case 'tcp sport':
      return port(IpProtocol.TCP, SOURCE_PORT);
    case 'tcp dport':
      return port(IpProtocol.TCP, DESTINATION_PORT);
    case 'tcp flags':
      return numberReader(({ view }) => (view.tcpFlags < 0 ? ABSENT : view.tcpFlags & 0xff));
    case 'udp sport':
      return port(IpProtocol.UDP, SOURCE_PORT);
    case 'udp dport':
      return port(IpProtocol.UDP, DESTINATION_PORT);
    case 'sctp sport':
      return port(IpProtocol.SCTP, SOURCE_PORT);
    case 'sctp dport':
      return port(IpProtocol.SCTP, DESTINATION_PORT);
    case 'th sport':
      return numberReader(({ view }) => transportPort(view, SOURCE_PORT));
    case 'th dport':
      return numberReader(({ view }) => transportPort(view, DESTINATION_PORT));
    case 'icmp type':
      return icmp(4, icmpType);
    case 'icmp code':
      return icmp(4, icmpCode);
    case 'icmpv6 type':
      return icmp(6, icmpType);
    case 'icmpv6 code':
      return icmp(6, icmpCode);
  }
};

const ETHERNET = 1;
const IPV4_ETHER_TYPE = 0x0800;
const MAC_BYTES = 6;
const IPV4_BYTES = 4;

const arp = (read: (packet: ArpPacket) => number): Reader =>
  numberReader(({ view: { context } }) => {
    const packet = context.link?.arp;
    return packet === undefined ? ABSENT : read(packet);
  });

const VLAN = 0x8100;

/** nft asks for this type of tag and for no other. */
const isTagged = ({ hasHeader, etherType: type, tag: bits }: LinkLayer): boolean =>
  hasHeader && type === VLAN && bits >= 0;

const tag = (read: (bits: number) => number): Reader =>
  numberReader(({ view: { context } }) => {
    const { link } = context;
    return link !== undefined && isTagged(link) ? read(link.tag) : ABSENT;
  });

type Ipv4Packet = Extract<IpPacket, { readonly kind: 'ipv4' }>;
type Ipv6Packet = Extract<IpPacket, { readonly kind: 'ipv6' }>;

const ipv4 = (read: (packet: Ipv4Packet) => number): Reader =>
  numberReader(({ view: { context } }) =>
    context.packet.kind === 'ipv4' ? read(context.packet) : ABSENT,
  );

const ipv6 = (read: (packet: Ipv6Packet) => number): Reader =>
  numberReader(({ view: { context } }) =>
    context.packet.kind === 'ipv6' ? read(context.packet) : ABSENT,
  );

const icmp = (family: 4 | 6, read: (view: PacketView) => number): Reader => {
  const protocol = family === 4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
  return numberReader(({ view }) =>
    view.family === family && view.protocol === protocol ? read(view) : ABSENT,
  );
};

const icmpType = ({ icmpType: type, mistakenHeader }: PacketView): number =>
  mistakenHeader < 0 ? type : mistakenHeader >>> 24;

const icmpCode = ({ icmpCode: code, mistakenHeader }: PacketView): number =>
  mistakenHeader < 0 ? code : (mistakenHeader >>> 16) & 0xff;

const port = (protocol: number, offset: number): Reader =>
  numberReader(({ view }) => (view.protocol === protocol ? transportPort(view, offset) : ABSENT));

const addressNumber = (address: number | bigint): number =>
  typeof address === 'number' ? address : ABSENT;

/** Two bytes of the transport header, whatever they mean in it; of a later fragment, of what is taken for one. */
const transportPort = (view: PacketView, offset: number): number => {
  const { readSrcPort, readDstPort } = view;
  if (readSrcPort >= 0) return offset === SOURCE_PORT ? readSrcPort : readDstPort;
  const { packet } = view.context;
  if (packet.kind === 'ipv4' && packet.fragmentOffset > 0) return ABSENT;
  const bytes = encodeIpPacket(packet);
  const at = ipHeaderLength(packet) + offset;
  const high = bytes[at];
  const low = bytes[at + 1];
  return high === undefined || low === undefined ? ABSENT : (high << 8) | low;
};

/** There is one once a packet has come in by a device, and rules ask which. */
const hasLinkHeader = ({ context }: PacketView): boolean =>
  context.link?.hasHeader ?? (context.inDevice !== undefined && context.source !== undefined);

const linkAddress = (view: PacketView, address: number | undefined): number =>
  hasLinkHeader(view) ? (address ?? ABSENT) : ABSENT;

export const etherType = ({ context, family }: PacketView): number =>
  context.link?.etherType ?? (family === 4 ? 0x0800 : 0x86dd);
