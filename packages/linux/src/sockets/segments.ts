import {
  type IpFamily,
  type SctpChunk,
  type SctpPacket,
  TcpFlag,
  type TcpSegment,
} from '@podpath/net';

const { ACK, FIN, PSH, RST, SYN } = TcpFlag;
const WINDOW = 64_240;
/** The same, scaled as the SYN offers. */
const SCALED_WINDOW = WINDOW >> 7;
const NO_DATA = new Uint8Array(0);

export const SctpChunkType = { INIT: 1, INIT_ACK: 2, ABORT: 6 } as const;

const IPV4_AND_TCP_BYTES = 40;
const IPV6_AND_TCP_BYTES = 60;

/** What Linux offers in a SYN: maximum segment size, selective acknowledgement, timestamps, window scale. */
export function tcpOptions(mtuBytes: number, family: IpFamily, timestamp: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint32(0, sizeOption(mtuBytes, family));
  view.setUint16(4, 0x0402);
  view.setUint16(6, 0x080a);
  view.setUint32(8, timestamp);
  view.setUint32(16, 0x0103_0307);
  return new Uint8Array(view.buffer);
}

/** The maximum segment size, which is all that a SYN without options gets for an answer. */
export function tcpSizeOption(mtuBytes: number, family: IpFamily): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, sizeOption(mtuBytes, family));
  return new Uint8Array(view.buffer);
}

function sizeOption(mtuBytes: number, family: IpFamily): number {
  const headers = family === 4 ? IPV4_AND_TCP_BYTES : IPV6_AND_TCP_BYTES;
  return 0x0204_0000 + Math.min(mtuBytes - headers, 65_535);
}

/** What the segments after the SYN carry: two bytes of padding, then the clocks of both ends (RFC 7323, 3.2). */
export function timestampOption(timestamp: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint32(0, 0x0101_080a);
  view.setUint32(4, timestamp);
  view.setUint32(8, timestamp);
  return new Uint8Array(view.buffer);
}

/** The segment with which a connection is asked for. */
export const tcpSyn = (
  srcPort: number,
  dstPort: number,
  sequence: number,
  options?: Uint8Array,
): TcpSegment => ({
  kind: 'tcp',
  srcPort,
  dstPort,
  sequence,
  acknowledgement: 0,
  flags: SYN,
  window: WINDOW,
  ...(options === undefined ? {} : { options }),
  data: NO_DATA,
});

/** The listener's answer to a SYN; `size` is what it says where the SYN has no options. */
export const tcpAccept = (syn: TcpSegment, sequence: number, size: Uint8Array): TcpSegment => ({
  ...tcpSyn(syn.dstPort, syn.srcPort, sequence, syn.options ?? size),
  acknowledgement: (syn.sequence + occupied(syn)) >>> 0,
  flags: SYN | ACK,
});

/** A segment of a connection that stands. */
export const tcpData = (
  srcPort: number,
  dstPort: number,
  content: Pick<TcpSegment, 'sequence' | 'acknowledgement' | 'options' | 'data'>,
): TcpSegment => ({
  kind: 'tcp',
  srcPort,
  dstPort,
  flags: ACK | PSH,
  window: SCALED_WINDOW,
  ...content,
});

/** Acknowledges all that a segment carried. */
export const tcpAcknowledge = (segment: TcpSegment): TcpSegment => ({
  kind: 'tcp',
  srcPort: segment.dstPort,
  dstPort: segment.srcPort,
  sequence: segment.acknowledgement,
  acknowledgement: (segment.sequence + occupied(segment)) >>> 0,
  flags: ACK,
  window: SCALED_WINDOW,
  ...(segment.options === undefined ? {} : { options: segment.options }),
  data: NO_DATA,
});

/** The reset that a segment for no connection gets (RFC 9293, 3.10.7.1); also that of `REJECT --reject-with tcp-reset`. */
export function tcpReset(segment: TcpSegment): TcpSegment {
  const acknowledged = (segment.flags & ACK) !== 0;
  return {
    kind: 'tcp',
    srcPort: segment.dstPort,
    dstPort: segment.srcPort,
    sequence: acknowledged ? segment.acknowledgement : 0,
    acknowledgement: acknowledged ? 0 : (segment.sequence + occupied(segment)) >>> 0,
    flags: acknowledged ? RST : RST | ACK,
    window: 0,
    data: NO_DATA,
  };
}

/** Sequence numbers that a segment uses up. */
const occupied = ({ flags, data }: TcpSegment): number =>
  data.length + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);

/** An INIT or INIT ACK chunk's fixed part: tag, window, streams out and in, first sequence number (RFC 9260, 3.3.2). */
function initChunk(type: number, tag: number, parameters: Uint8Array = NO_DATA): SctpChunk {
  const value = new Uint8Array(16 + parameters.length);
  const view = new DataView(value.buffer);
  view.setUint32(0, tag);
  view.setUint32(4, 106_496);
  view.setUint16(8, 10);
  view.setUint16(10, 65_535);
  view.setUint32(12, tag);
  value.set(parameters, 16);
  return { type, flags: 0, value };
}

export const sctpInit = (srcPort: number, dstPort: number, tag: number): SctpPacket => ({
  kind: 'sctp',
  srcPort,
  dstPort,
  verificationTag: 0,
  chunks: [initChunk(SctpChunkType.INIT, tag)],
});

/** The initiate tag, which every packet to its sender carries from then on. */
const initiateTag = ({ chunks }: SctpPacket): number => {
  const value = chunks[0]?.value ?? NO_DATA;
  if (value.length < 4) return 0;
  return new DataView(value.buffer, value.byteOffset, 4).getUint32(0);
};

/** A state cookie of a length that parsers accept; nobody but its maker reads it. */
const COOKIE = Uint8Array.of(0, 7, 0, 8, 0x70, 0x6f, 0x64, 0x70);

export const sctpAccept = (init: SctpPacket, tag: number): SctpPacket => ({
  kind: 'sctp',
  srcPort: init.dstPort,
  dstPort: init.srcPort,
  verificationTag: initiateTag(init),
  chunks: [initChunk(SctpChunkType.INIT_ACK, tag, COOKIE)],
});

export const sctpAbort = (packet: SctpPacket): SctpPacket => {
  const answersInit = packet.chunks[0]?.type === SctpChunkType.INIT;
  return {
    kind: 'sctp',
    srcPort: packet.dstPort,
    dstPort: packet.srcPort,
    // Without an INIT to read a tag from, the packet's own tag comes back, and the T bit says so.
    verificationTag: answersInit ? initiateTag(packet) : packet.verificationTag,
    chunks: [{ type: SctpChunkType.ABORT, flags: answersInit ? 0 : 1, value: NO_DATA }],
  };
};
