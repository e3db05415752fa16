import {
  type EthernetFrame,
  formatIp,
  formatMac,
  type IpPacket,
  type IpPayload,
  ipPacketLength,
} from '@podpath/net';

export type JsonValue = string | number | boolean | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function frameToJson({ src, dst, payload }: EthernetFrame): JsonObject {
  const macs = { src: formatMac(src), dst: formatMac(dst) };
  switch (payload.kind) {
    case 'arp':
      return {
        ...macs,
        arp: {
          operation: payload.operation,
          senderMac: formatMac(payload.senderMac),
          senderIp: formatIp(payload.senderIp),
          targetMac: formatMac(payload.targetMac),
          targetIp: formatIp(payload.targetIp),
        },
      };
    case 'raw-ethernet':
      return { ...macs, etherType: payload.etherType, data: hex(payload.data) };
    default:
      return { ...macs, packet: packetToJson(payload) };
  }
}

export function packetToJson(packet: IpPacket): JsonObject {
  const { kind } = packet;
  const ends = { src: formatIp(packet.src), dst: formatIp(packet.dst) };
  const rest = { lengthBytes: ipPacketLength(packet), payload: payloadToJson(packet.payload) };
  if (kind === 'ipv6') {
    const { trafficClass, flowLabel, hopLimit } = packet;
    return { kind, ...ends, trafficClass, flowLabel, hopLimit, ...rest };
  }
  const { tos, id, dontFragment, moreFragments, fragmentOffset, ttl } = packet;
  return { kind, ...ends, tos, id, dontFragment, moreFragments, fragmentOffset, ttl, ...rest };
}

function payloadToJson(payload: IpPayload): JsonObject {
  const { kind } = payload;
  switch (kind) {
    case 'udp': {
      const { srcPort, dstPort, payload: data } = payload;
      const carried =
        data instanceof Uint8Array
          ? { data: hex(data) }
          : { vxlan: { vni: data.vni, inner: frameToJson(data.inner) } };
      return { kind, srcPort, dstPort, ...carried };
    }
    case 'tcp': {
      const { srcPort, dstPort, sequence, acknowledgement, flags, window, data } = payload;
      const numbers = { srcPort, dstPort, sequence, acknowledgement, flags, window };
      return { kind, ...numbers, data: hex(data) };
    }
    case 'sctp': {
      const { srcPort, dstPort, verificationTag, chunks } = payload;
      return {
        kind,
        srcPort,
        dstPort,
        verificationTag,
        chunks: chunks.map(({ type, flags, value }) => ({ type, flags, value: hex(value) })),
      };
    }
    case 'icmp':
    case 'icmpv6': {
      const { type, code, rest, data } = payload;
      const body =
        data instanceof Uint8Array ? { data: hex(data) } : { target: formatIp(data.target) };
      return { kind, type, code, rest, ...body };
    }
    case 'ipip':
      return { kind, inner: packetToJson(payload.inner) };
    case 'raw':
      return { kind, protocol: payload.protocol, data: hex(payload.data) };
  }
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
