import { type Ip, type IpPacket, type IpPayload, protocolOf } from '@podpath/net';

/** What the way of a packet may depend on besides its addresses and mark. */
export interface Flow {
  /** IP protocol number; 0 where nobody says. */
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** IPv6 flow label. */
  readonly label: number;
  /** Type of service or traffic class, the whole byte. */
  readonly tos: number;
  /** What speaks for the packet where a hash looks deeper: whose flow an ICMP error is about, what a tunnel carries. */
  readonly about?: { readonly src: Ip; readonly dst: Ip };
}

export const NO_FLOW: Flow = {
  protocol: 0,
  sourcePort: 0,
  destinationPort: 0,
  label: 0,
  tos: 0,
};

/** Of a packet that has been received: everything can be read from it. */
export function flowOfPacket(packet: IpPacket): Flow {
  const about = subjectOf(packet);
  return {
    ...flowOfPayload(packet.payload),
    label: packet.kind === 'ipv6' ? packet.flowLabel : 0,
    tos: packet.kind === 'ipv6' ? packet.trafficClass : packet.tos,
    ...(about === undefined ? {} : { about }),
  };
}

/** Of what a socket is about to send. */
export function flowOfPayload(payload: IpPayload): Flow {
  const ports = 'srcPort' in payload;
  return {
    ...NO_FLOW,
    protocol: protocolOf(payload),
    sourcePort: ports ? payload.srcPort : 0,
    destinationPort: ports ? payload.dstPort : 0,
  };
}

/** The bits of the type of service by which IPv4 routes and rules are told apart (`INET_DSCP_LEGACY_TOS_MASK`). */
const SERVICE_BITS = 0x1c;

export const serviceOf = (flow: Flow | undefined): number => (flow?.tos ?? 0) & SERVICE_BITS;

/** Seen from the other end. */
export const reversed = (flow: Flow): Flow => ({
  ...flow,
  sourcePort: flow.destinationPort,
  destinationPort: flow.sourcePort,
});

const IPV4_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

/** The addresses that an ICMP error quotes: it takes the path of the flow that it is about. */
function subjectOf({ payload }: IpPacket): Flow['about'] {
  if (payload.kind === 'ipip') return payload.inner;
  if (payload.kind === 'icmp' && IPV4_ERRORS.has(payload.type) && payload.data.length >= 20) {
    const { buffer, byteOffset } = payload.data;
    const view = new DataView(buffer, byteOffset);
    return { src: view.getUint32(12), dst: view.getUint32(16) };
  }
  if (payload.kind === 'icmpv6' && payload.type < 128 && 'buffer' in payload.data) {
    const view = new DataView(payload.data.buffer, payload.data.byteOffset);
    return { src: wide(view, 8), dst: wide(view, 24) };
  }
  return undefined;
}

const wide = (view: DataView, offset: number): bigint =>
  (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8);
