import type { Ip } from './address.ts';
import { ARP_BYTES, readArp } from './arp.ts';
import { get8 } from './bytes.ts';
import { sumOfAddresses } from './checksum.ts';
import { DecodeError, needBytes } from './decode-error.ts';
import { ETHERNET_HEADER_BYTES, EtherType, readEthernet } from './ethernet.ts';
import { readIcmp, readIcmpv6 } from './icmp.ts';
import { readIpv4Header } from './ipv4.ts';
import { isIpv6Fragment, readIpv6Header } from './ipv6.ts';
import {
  type EthernetFrame,
  type IpPacket,
  type IpPayload,
  IpProtocol,
  type UdpDatagram,
  type VxlanPacket,
} from './packet.ts';
import { readSctp } from './sctp.ts';
import { readTcp } from './tcp.ts';
import { readUdp } from './udp.ts';
import { readVxlanVni, VXLAN_HEADER_BYTES, VXLAN_PORTS } from './vxlan.ts';

export interface DecodeOptions {
  /** UDP destination ports whose datagrams carry VXLAN. Default 4789, 8472 and 6784. */
  readonly vxlanPorts?: readonly number[];
}

/** Packets inside packets are decoded this deep; what lies deeper stays bytes. */
const MOST_LAYERS = 8;

/**
 * Decodes an Ethernet II frame down to the transport, and through VXLAN and IP in IP. What is unknown is
 * kept as bytes; what is cut short or contradicts itself throws `DecodeError`, and nothing else is thrown.
 * Byte fields are views of `bytes`.
 */
export const decodeFrame = (bytes: Uint8Array, options: DecodeOptions = {}): EthernetFrame =>
  frameFrom(bytes, contextOf(options));

/** As `decodeFrame`, for a packet without Ethernet. Bytes after the packet's own length are left out. */
export const decodeIpPacket = (bytes: Uint8Array, options: DecodeOptions = {}): IpPacket =>
  ipPacketFrom(bytes, contextOf(options));

interface Context {
  readonly vxlanPorts: readonly number[];
  readonly layersLeft: number;
}

const contextOf = ({ vxlanPorts = VXLAN_PORTS }: DecodeOptions): Context => ({
  vxlanPorts,
  layersLeft: MOST_LAYERS,
});

const inside = (context: Context): Context => ({
  ...context,
  layersLeft: context.layersLeft - 1,
});

const frameFrom = (bytes: Uint8Array, context: Context): EthernetFrame => {
  const { dst, src, etherType } = readEthernet(bytes);
  const data = bytes.subarray(ETHERNET_HEADER_BYTES);
  const decoded = ethernetPayloadFrom(etherType, data, context);
  if (decoded === undefined) {
    return { dst, src, payload: { kind: 'raw-ethernet', etherType, data } };
  }
  const { payload, length } = decoded;
  const frame: EthernetFrame = { dst, src, payload };
  if (data.length > length) frame.trailer = data.subarray(length);
  return frame;
};

/** The payload and how many of the bytes are its own, or undefined when it stays bytes. */
const ethernetPayloadFrom = (etherType: number, data: Uint8Array, context: Context) => {
  if (etherType === EtherType.ARP) {
    const payload = readArp(data);
    return payload && { payload, length: ARP_BYTES };
  }
  if (etherType === EtherType.IPV4) return ipv4From(data, context);
  if (etherType === EtherType.IPV6) return ipv6From(data, context);
  return undefined;
};

const ipPacketFrom = (bytes: Uint8Array, context: Context): IpPacket => {
  needBytes('ip', bytes, 1);
  const version = get8(bytes, 0) >>> 4;
  if (version === 4) return ipv4From(bytes, context).payload;
  if (version === 6) return ipv6From(bytes, context).payload;
  throw new DecodeError('ip', `has version ${version}, neither 4 nor 6`);
};

const ipv4From = (bytes: Uint8Array, context: Context) => {
  const { header, protocol, payload: data, length } = readIpv4Header(bytes);
  const fragment = header.moreFragments || header.fragmentOffset > 0;
  const payload: IpPayload = fragment
    ? { kind: 'raw', protocol, data }
    : ipPayloadFrom(protocol, data, header, context);
  return { payload: { ...header, payload }, length };
};

const ipv6From = (bytes: Uint8Array, context: Context) => {
  const { header, protocol, payload: data, length } = readIpv6Header(bytes);
  const payload: IpPayload = isIpv6Fragment(header)
    ? { kind: 'raw', protocol, data }
    : ipPayloadFrom(protocol, data, header, context);
  return { payload: { ...header, payload }, length };
};

const ipPayloadFrom = (
  protocol: number,
  data: Uint8Array,
  { src, dst }: { readonly src: Ip; readonly dst: Ip },
  context: Context,
): IpPayload => {
  const isIpv4 = typeof src === 'number';
  const isTunnel = protocol === IpProtocol.IPIP || protocol === IpProtocol.IPV6;
  if (protocol === IpProtocol.TCP) return readTcp(data, sumOfAddresses(src, dst));
  if (protocol === IpProtocol.UDP) return udpFrom(data, sumOfAddresses(src, dst), context);
  if (protocol === IpProtocol.SCTP) return readSctp(data);
  if (protocol === IpProtocol.ICMP && isIpv4) return readIcmp(data);
  if (protocol === IpProtocol.ICMPV6 && !isIpv4) return readIcmpv6(data, sumOfAddresses(src, dst));
  if (isTunnel && context.layersLeft > 0) {
    const { payload: inner } =
      protocol === IpProtocol.IPIP
        ? ipv4From(data, inside(context))
        : ipv6From(data, inside(context));
    return { kind: 'ipip', inner };
  }
  return { kind: 'raw', protocol, data };
};

const udpFrom = (bytes: Uint8Array, addressSum: number, context: Context): UdpDatagram => {
  const { header, payload } = readUdp(bytes, addressSum);
  return { ...header, payload: vxlanFrom(header.dstPort, payload, context) ?? payload };
};

/** Undefined when the bytes, whatever their port, carry no frame: another program may use the port. */
const vxlanFrom = (port: number, bytes: Uint8Array, context: Context): VxlanPacket | undefined => {
  if (context.layersLeft === 0 || !context.vxlanPorts.includes(port)) return undefined;
  const vni = readVxlanVni(bytes);
  if (vni === undefined) return undefined;
  try {
    const inner = frameFrom(bytes.subarray(VXLAN_HEADER_BYTES), inside(context));
    return { kind: 'vxlan', vni, inner };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
};
