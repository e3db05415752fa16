import type { EthernetFrame, Icmpv6Message, IpPacket, IpPayload, UdpDatagram } from './packet.ts';

/** A snapshot that no later change to the packet's fields reaches. Byte arrays are shared. */
export const clonePacket = (packet: IpPacket): IpPacket =>
  packet.kind === 'ipv4'
    ? { ...packet, payload: clonePayload(packet.payload) }
    : {
        ...packet,
        ...(packet.extensions && { extensions: [...packet.extensions] }),
        payload: clonePayload(packet.payload),
      };

/** As `clonePacket`, for a frame. */
export const cloneFrame = (frame: EthernetFrame): EthernetFrame => {
  const { payload } = frame;
  const isIp = payload.kind === 'ipv4' || payload.kind === 'ipv6';
  return { ...frame, payload: isIp ? clonePacket(payload) : { ...payload } };
};

const clonePayload = (payload: IpPayload): IpPayload => {
  switch (payload.kind) {
    case 'udp':
      return { ...payload, payload: cloneUdpPayload(payload.payload) };
    case 'icmpv6':
      return { ...payload, data: cloneIcmpv6Data(payload.data) };
    case 'sctp':
      return { ...payload, chunks: [...payload.chunks] };
    case 'ipip':
      return { ...payload, inner: clonePacket(payload.inner) };
    default:
      return { ...payload };
  }
};

const cloneUdpPayload = (payload: UdpDatagram['payload']): UdpDatagram['payload'] =>
  payload instanceof Uint8Array ? payload : { ...payload, inner: cloneFrame(payload.inner) };

const cloneIcmpv6Data = (data: Icmpv6Message['data']): Icmpv6Message['data'] =>
  data instanceof Uint8Array ? data : { ...data };
