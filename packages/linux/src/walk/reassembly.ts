import {
  decodeIpPacket,
  encodeIpPacket,
  type Ipv4Packet,
  type Ipv6Packet,
  ipPacketLength,
  type RawIpPayload,
} from '@podpath/net';
import type { SocketBuffer } from '../core.ts';

const IPV6_FRAGMENT = 44;

interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
  readonly more: boolean;
}

interface Incomplete {
  readonly pieces: Piece[];
  readonly first: SocketBuffer;
  readonly startedMs: number;
  largest: number;
}

/** Fragments that wait for the rest of their packets (net/ipv4/ip_fragment.c, net/ipv6/reassembly.c). */
export class Reassembly {
  static readonly #TIMEOUT_MS = 30_000;
  readonly #waiting = new Map<string, Incomplete>();

  /** The whole packet: at once when it is no fragment, else when its last piece arrives. */
  take(packet: SocketBuffer, nowMs: number): SocketBuffer | undefined {
    const piece = pieceOf(packet);
    if (piece === undefined) return packet;
    for (const [key, { startedMs }] of this.#waiting) {
      if (nowMs - startedMs < Reassembly.#TIMEOUT_MS) break;
      this.#waiting.delete(key);
    }
    const entry = this.#waiting.get(piece.key) ?? {
      pieces: [],
      first: packet,
      startedMs: nowMs,
      largest: 0,
    };
    this.#waiting.set(piece.key, entry);
    entry.largest = Math.max(entry.largest, ipPacketLength(packet.packet));
    const place = placeOf(piece, entry.pieces);
    if (place === 'overlapping') {
      this.#waiting.delete(piece.key);
      packet.drop('a piece overlaps another: all of them are given up');
      return undefined;
    }
    if (place === 'free') entry.pieces.push(piece);
    const payload = joined(entry.pieces);
    if (payload === undefined) return undefined;
    this.#waiting.delete(piece.key);
    const complete = whole(entry.first, packet, piece.protocol, payload);
    complete.largestFragment = entry.largest;
    complete.fragmentBytes = [...entry.pieces]
      .sort((a, b) => a.offset - b.offset)
      .map(({ data }) => data.length);
    return complete;
  }
}

/** What is there already is ignored when it comes again; what is there in part spoils it all (RFC 5722). */
function placeOf(
  { offset, data }: Piece,
  pieces: readonly Piece[],
): 'free' | 'known' | 'overlapping' {
  const end = offset + data.length;
  const met = pieces.filter((each) => each.offset < end && offset < each.offset + each.data.length);
  if (met.length === 0) return pieces.some((each) => each.offset === offset) ? 'known' : 'free';
  const covered = met.reduce(
    (bytes, each) =>
      bytes + Math.min(end, each.offset + each.data.length) - Math.max(offset, each.offset),
    0,
  );
  return covered === data.length ? 'known' : 'overlapping';
}

type KeyedPiece = Piece & { readonly key: string; readonly protocol: number };

function pieceOf(packet: SocketBuffer): KeyedPiece | undefined {
  const ip = packet.packet;
  const { payload } = ip;
  if (payload.kind !== 'raw') return undefined;
  if (ip.kind === 'ipv4') {
    if (!ip.moreFragments && ip.fragmentOffset === 0) return undefined;
    const { protocol, data } = payload;
    const key = `${ip.src} ${ip.dst} ${protocol} ${ip.id}`;
    return { key, protocol, offset: ip.fragmentOffset, data, more: ip.moreFragments };
  }
  const header = ip.extensions?.find(({ type }) => type === IPV6_FRAGMENT);
  if (header === undefined) return undefined;
  const view = new DataView(header.data.buffer, header.data.byteOffset, header.data.byteLength);
  const position = view.getUint16(0);
  return {
    key: `${ip.src} ${ip.dst} ${view.getUint32(2)}`,
    protocol: payload.protocol,
    offset: position & 0xfff8,
    data: payload.data,
    more: (position & 1) === 1,
  };
}

function joined(pieces: readonly Piece[]): Uint8Array | undefined {
  const sorted = [...pieces].sort((a, b) => a.offset - b.offset);
  const last = sorted.at(-1);
  if (last === undefined || last.more) return undefined;
  const payload = new Uint8Array(last.offset + last.data.length);
  let end = 0;
  for (const { offset, data } of sorted) {
    if (offset > end) return undefined;
    payload.set(data, offset);
    end = offset + data.length;
  }
  return payload;
}

/** The first piece, as what the latest has completed. */
function whole(
  first: SocketBuffer,
  latest: SocketBuffer,
  protocol: number,
  payload: Uint8Array,
): SocketBuffer {
  const ip = first.packet;
  const raw = { kind: 'raw', protocol, data: payload } as const;
  const undecoded = ip.kind === 'ipv4' ? wholeIpv4(ip, raw) : wholeIpv6(ip, raw);
  const decoded = decodeIpPacket(encodeIpPacket(undecoded));
  if (first.recorder === latest.recorder) return first.withPayload(decoded);
  const complete = latest.withPayload(decoded);
  complete.source = first.source;
  complete.destination = first.destination;
  complete.mark = first.mark;
  return complete;
}

const wholeIpv4 = (ip: Ipv4Packet, payload: RawIpPayload): Ipv4Packet => ({
  ...ip,
  moreFragments: false,
  fragmentOffset: 0,
  payload,
});

const wholeIpv6 = (ip: Ipv6Packet, payload: RawIpPayload): Ipv6Packet => {
  const { extensions = [], ...rest } = ip;
  const others = extensions.filter(({ type }) => type !== IPV6_FRAGMENT);
  return { ...rest, ...(others.length === 0 ? {} : { extensions: others }), payload };
};
