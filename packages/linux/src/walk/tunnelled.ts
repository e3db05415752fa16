import { decodeIpPacket, type IpPacket, IpProtocol, ipHeaderLength } from '@podpath/net';
import { encapsulationLimitAt } from '../devices/encapsulation-limit.ts';

/** What an ICMP error quotes of a packet that carries another. */
export interface Tunnelled {
  /** Its header; the payload is what the error has of it. */
  readonly outer: IpPacket;
  readonly innerKind: IpPacket['kind'];
  /** What the error has of the packet inside. */
  readonly inner: Uint8Array;
  /** From the beginning of the packet to that of the one inside. */
  readonly overheadBytes: number;
  /** Of the whole packet, quoted or not. */
  readonly lengthBytes: number;
  readonly limit: ReturnType<typeof encapsulationLimitAt>;
}

const NO_NEXT_HEADER = 59;
const HOP_BY_HOP = 0;
const ROUTING = 43;
const DESTINATION_OPTIONS = 60;
const FIXED_IPV4_BYTES = 20;
const FIXED_IPV6_BYTES = 40;
const AT_IPV4 = { totalLength: 2, protocol: 9 } as const;
const AT_IPV6 = { payloadLength: 4, nextHeader: 6 } as const;

/** `undefined` for a packet that carries no other, and for one of which too little is left. */
export function readTunnelled(quoted: Uint8Array): Tunnelled | undefined {
  const outer = headerOf(quoted);
  if (outer === undefined || (outer.kind === 'ipv4' && outer.fragmentOffset > 0)) return undefined;
  const { payload } = outer;
  if (payload.kind !== 'raw') return undefined;
  const { protocol, data: inner } = payload;
  if (protocol !== IpProtocol.IPIP && protocol !== IpProtocol.IPV6) return undefined;
  const view = viewOf(quoted);
  return {
    outer,
    innerKind: protocol === IpProtocol.IPIP ? 'ipv4' : 'ipv6',
    inner,
    overheadBytes: ipHeaderLength(outer),
    lengthBytes:
      outer.kind === 'ipv4'
        ? view.getUint16(AT_IPV4.totalLength)
        : FIXED_IPV6_BYTES + view.getUint16(AT_IPV6.payloadLength),
    limit: outer.kind === 'ipv6' ? encapsulationLimitAt(outer.extensions) : undefined,
  };
}

/** A packet of which only the beginning is at hand, its payload left in bytes. */
export function headerOf(quoted: Uint8Array): IpPacket | undefined {
  const version = (quoted[0] ?? 0) >> 4;
  const headerBytes =
    version === 4 ? ((quoted[0] ?? 0) & 15) * 4 : version === 6 ? extensionsEnd(quoted) : undefined;
  if (headerBytes === undefined || headerBytes < FIXED_IPV4_BYTES || headerBytes > quoted.length) {
    return undefined;
  }
  const protocolAt = version === 4 ? AT_IPV4.protocol : lastNextHeaderAt(quoted, headerBytes);
  const protocol = quoted[protocolAt] ?? NO_NEXT_HEADER;
  const header = quoted.slice(0, headerBytes);
  const view = viewOf(header);
  header[protocolAt] = NO_NEXT_HEADER;
  if (version === 4) view.setUint16(AT_IPV4.totalLength, headerBytes);
  else view.setUint16(AT_IPV6.payloadLength, headerBytes - FIXED_IPV6_BYTES);
  const packet = decodeIpPacket(header);
  // It was made wrong by the change.
  if (packet.kind === 'ipv4') delete packet.checksum;
  packet.payload = { kind: 'raw', protocol, data: quoted.subarray(headerBytes) };
  return packet;
}

const isExtension = (type: number): boolean =>
  type === HOP_BY_HOP || type === ROUTING || type === DESTINATION_OPTIONS;

/** Where the extension headers end, if they are there whole. */
function extensionsEnd(quoted: Uint8Array): number | undefined {
  let type = quoted[AT_IPV6.nextHeader] ?? NO_NEXT_HEADER;
  let at = FIXED_IPV6_BYTES;
  while (isExtension(type)) {
    type = quoted[at] ?? NO_NEXT_HEADER;
    at += ((quoted[at + 1] ?? 0) + 1) * 8;
    if (at > quoted.length) return undefined;
  }
  return at;
}

/** Where it stands what follows the headers. */
function lastNextHeaderAt(quoted: Uint8Array, headerBytes: number): number {
  let at: number = AT_IPV6.nextHeader;
  let next = FIXED_IPV6_BYTES;
  while (next < headerBytes) {
    at = next;
    next += ((quoted[next + 1] ?? 0) + 1) * 8;
  }
  return at;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
