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
  for (const piece of pieces) {
    piece.largestFragment = undefined;
    piece.fragmentBytes = undefined;
    piece.socketPieceBytes = undefined;
  }
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
  return cut(payload, sizesOf(packet, payload, step), ip.moreFragments).map(
    ({ offset, data, more }) =>
      packet.withPayload({
        ...ip,
        // What came in pieces that forbid further ones leaves so; what is cut all the same no longer forbids it.
        dontFragment: ip.dontFragment && !packet.cutAnyway,
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
  return cut(payload, sizesOf(packet, payload, step), false).map(({ offset, data, more }) =>
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

/** As a packet came in pieces it leaves, if they fit; else each piece but the last is as large as can be. */
function sizesOf(
  { fragmentBytes = [] }: SocketBuffer,
  payload: Uint8Array,
  step: number,
): readonly number[] {
  const total = fragmentBytes.reduce((sum, bytes) => sum + bytes, 0);
  const last = fragmentBytes.length - 1;
  const fit = fragmentBytes.every(
    (bytes, at) => bytes <= step && (at === last || bytes % UNIT_BYTES === 0),
  );
  if (total === payload.length && total > 0 && fit) return fragmentBytes;
  return Array.from({ length: Math.ceil(payload.length / step) }, () => step);
}

function cut(payload: Uint8Array, sizes: readonly number[], moreAfter: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const bytes of sizes) {
    const data = payload.subarray(offset, offset + bytes);
    pieces.push({ offset, data, more: moreAfter || offset + bytes < payload.length });
    offset += bytes;
  }
  return pieces;
}
