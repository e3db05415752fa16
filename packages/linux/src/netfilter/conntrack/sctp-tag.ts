import type { SctpChunk, SctpPacket } from '@podpath/net';
import type { SctpTracking } from './sctp-state.ts';

/** Chunk types that conntrack treats each in its own way. */
export const Chunk = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN_ACK: 8,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const;

/** Flag of ABORT and SHUTDOWN COMPLETE: the tag is the one that the sender itself would expect. */
const T_BIT = 1;

/** `stray`: pass the chunk, learn nothing else from it. */
export type TagVerdict = 'right' | 'wrong' | 'stray';

/** Holds the packet's verification tag against one chunk (RFC 9260, section 8.5.1). */
export const checkTag = (
  sctp: SctpTracking,
  packet: SctpPacket,
  { type, flags }: SctpChunk,
  isReply: boolean,
  renews: boolean,
): TagVerdict => {
  const tag = packet.verificationTag;
  const own = sctp.tags[isReply ? 1 : 0];
  switch (type) {
    case Chunk.INIT:
      return tag === 0 ? 'right' : 'wrong';
    case Chunk.ABORT:
    case Chunk.SHUTDOWN_COMPLETE: {
      const mirrored = (flags & T_BIT) !== 0;
      return tag === (mirrored ? sctp.tags[isReply ? 0 : 1] : own) ? 'right' : 'wrong';
    }
    case Chunk.COOKIE_ECHO:
      return tag === own ? 'right' : 'wrong';
    case Chunk.HEARTBEAT:
    case Chunk.HEARTBEAT_ACK:
      return checkHeartbeat(sctp, packet, type, isReply, renews);
    default:
      return 'right';
  }
};

/**
 * Heartbeats also travel on other paths of an association, which conntrack has seen nothing of: the
 * tag is learnt from the first, and changed when a heartbeat with another one is answered.
 */
const checkHeartbeat = (
  sctp: SctpTracking,
  { chunks, verificationTag: tag }: SctpPacket,
  type: number,
  isReply: boolean,
  renews: boolean,
): TagVerdict => {
  const own = isReply ? 1 : 0;
  const direction = isReply ? 'reply' : 'original';
  if (sctp.tags[own] === 0) {
    sctp.tags[own] = tag;
    return 'right';
  }
  if (tag === sctp.tags[own]) {
    sctp.strayHeartbeat = undefined;
    return 'right';
  }
  if (!renews || chunks.some((chunk) => chunk.type === Chunk.DATA)) return 'wrong';
  if (type === Chunk.HEARTBEAT) {
    sctp.strayHeartbeat = direction;
    return 'stray';
  }
  if (sctp.strayHeartbeat === undefined || sctp.strayHeartbeat === direction) return 'wrong';
  sctp.strayHeartbeat = undefined;
  sctp.tags[own] = tag;
  sctp.tags[isReply ? 0 : 1] = 0;
  return 'right';
};
