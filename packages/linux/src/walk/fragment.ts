import {
  encodeIpPacket,
  type Ipv4Packet,
  type Ipv6ExtensionHeader,
  type Ipv6Packet,
  ipHeaderLength,
  protocolOf,
} from '@podpath/net';
import type { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';

const FRAGMENT_HEADER_BYTES = 8;
const IPV6_FRAGMENT = 44;
/** Lengths of all but the last fragment's payload are multiples of this. */
const UNIT_BYTES = 8;

/** Cuts a packet into pieces that fit the MTU (`ip_do_fragment`, `ip6_fragment`). */
export function fragment(
  namespace: Namespace,
  packet: SocketBuffer,
  mtuBytes: number,
): readonly SocketBuffer[] {
  const ip = packet.packet;
  const pieces =
    ip.kind === 'ipv4'
      ? fragmentIpv4(packet, ip, mtuBytes)
      : fragmentIpv6(packet, ip, mtuBytes, namespace.kernel.random.next32());
  // A piece is whole in itself: nobody on its way is to cut it as its packet was cut.
  for (const piece of pieces) piece.largestFragment = undefined;
  return pieces;
}

function fragmentIpv4(
  packet: SocketBuffer,
  ip: Ipv4Packet,
  mtuBytes: number,
): readonly SocketBuffer[] {
  const headerBytes = ipHeaderLength(ip);
  const payload = encodeIpPacket(ip).subarray(headerBytes);
  const step = wholeUnits(mtuBytes - headerBytes);
  const protocol = protocolOf(ip.payload);
  return cut(payload, step, ip.moreFragments).map(({ offset, data, more }) =>
    packet.withPayload({
      ...ip,
      moreFragments: more,
      fragmentOffset: ip.fragmentOffset + offset,
      payload: { kind: 'raw', protocol, data },
    }),
  );
}

function fragmentIpv6(
  packet: SocketBuffer,
  ip: Ipv6Packet,
  mtuBytes: number,
  id: number,
): readonly SocketBuffer[] {
  const headerBytes = ipHeaderLength(ip);
  const payload = encodeIpPacket(ip).subarray(headerBytes);
  const step = wholeUnits(mtuBytes - headerBytes - FRAGMENT_HEADER_BYTES);
  const protocol = protocolOf(ip.payload);
  return cut(payload, step, false).map(({ offset, data, more }) =>
    packet.withPayload({
      ...ip,
      extensions: [...(ip.extensions ?? []), fragmentHeader(offset, more, id)],
      payload: { kind: 'raw', protocol, data },
    }),
  );
}

function fragmentHeader(offset: number, more: boolean, id: number): Ipv6ExtensionHeader {
  const view = new DataView(new ArrayBuffer(FRAGMENT_HEADER_BYTES - 2));
  view.setUint16(0, offset | (more ? 1 : 0));
  view.setUint32(2, id);
  return { type: IPV6_FRAGMENT, data: new Uint8Array(view.buffer) };
}

const wholeUnits = (bytes: number): number =>
  Math.max(UNIT_BYTES, Math.floor(bytes / UNIT_BYTES) * UNIT_BYTES);

interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
  readonly more: boolean;
}

function cut(payload: Uint8Array, step: number, moreAfter: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let offset = 0; offset < payload.length; offset += step) {
    const data = payload.subarray(offset, offset + step);
    pieces.push({ offset, data, more: moreAfter || offset + step < payload.length });
  }
  return pieces;
}
