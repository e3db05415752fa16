import type { SctpChunk, SctpPacket } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { ConntrackEntry } from './entry.ts';
import { nextSctpState, SctpState, type SctpTracking } from './sctp-state.ts';
import { Status } from './status.ts';
import { TIMEOUT, timeoutMs } from './timeouts.ts';
import type { TrackVerdict } from './verdict.ts';

/** Chunk types that this file treats each in its own way. */
const Chunk = {
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

/** Flag of ABORT and SHUTDOWN COMPLETE: the tag is the receiver's own, mirrored. */
const T_BIT = 1;

/** Takes a packet into account (net/netfilter/nf_conntrack_proto_sctp.c, nf_conntrack_sctp_packet). */
export const trackSctp = (
  entry: ConntrackEntry,
  packet: SctpPacket,
  isReply: boolean,
  env: NetfilterEnvironment,
): TrackVerdict => {
  if (!isWellFormed(packet)) return 'invalid';
  if (!entry.isConfirmed && entry.sctp === undefined) {
    const opened = open(packet);
    if (opened === undefined) return 'invalid';
    entry.sctp = opened;
  }
  const sctp = entry.sctp;
  if (sctp === undefined) return 'invalid';
  if (!carriesRightTag(packet, sctp, isReply)) return 'invalid';
  let state = sctp.state;
  for (const chunk of packet.chunks) {
    state = nextSctpState(isReply, chunk.type, state);
    if (state === SctpState.INVALID) return 'invalid';
    if (chunk.type === Chunk.INIT || chunk.type === Chunk.INIT_ACK) {
      sctp.tags[isReply ? 0 : 1] = initiateTag(chunk);
    }
  }
  const wasState = sctp.state;
  sctp.state = state;
  entry.refresh(timeoutMs(env, timeoutOf(state)), env.nowMs());
  if (isReply && wasState === SctpState.COOKIE_ECHOED && state === SctpState.ESTABLISHED) {
    entry.status |= Status.ASSURED;
  }
  return 'accept';
};

/** INIT, INIT ACK and SHUTDOWN COMPLETE travel alone (do_basic_checks). */
const isWellFormed = ({ chunks }: SctpPacket): boolean => {
  if (chunks.length === 0) return false;
  return (
    chunks.length === 1 ||
    !chunks.some(
      ({ type }) =>
        type === Chunk.INIT || type === Chunk.INIT_ACK || type === Chunk.SHUTDOWN_COMPLETE,
    )
  );
};

/** A chunk that leads nowhere from nothing, such as DATA, opens no association. */
const open = ({ chunks, verificationTag }: SctpPacket): SctpTracking | undefined => {
  const tags: [number, number] = [0, 0];
  for (const chunk of chunks) {
    const state = nextSctpState(false, chunk.type, SctpState.NONE);
    if (state === SctpState.NONE || state === SctpState.INVALID) return undefined;
    if (chunk.type === Chunk.INIT) {
      // Only an INIT goes with tag 0, and it always does.
      if (verificationTag !== 0) return undefined;
      tags[1] = initiateTag(chunk);
    } else if (chunk.type === Chunk.HEARTBEAT) {
      tags[0] = verificationTag;
    } else {
      tags[1] = verificationTag;
    }
  }
  return { state: SctpState.NONE, tags };
};

const carriesRightTag = (
  { chunks, verificationTag }: SctpPacket,
  sctp: SctpTracking,
  isReply: boolean,
): boolean => {
  const own = sctp.tags[isReply ? 1 : 0];
  const other = sctp.tags[isReply ? 0 : 1];
  for (const { type, flags } of chunks) {
    switch (type) {
      case Chunk.INIT:
        return verificationTag === 0;
      case Chunk.ABORT:
      case Chunk.SHUTDOWN_COMPLETE:
        return verificationTag === ((flags & T_BIT) !== 0 ? other : own);
      case Chunk.COOKIE_ECHO:
        return verificationTag === own;
      case Chunk.HEARTBEAT:
      case Chunk.HEARTBEAT_ACK:
        // Another path of the association: its tags are learnt from what comes.
        if (own === 0) {
          sctp.tags[isReply ? 1 : 0] = verificationTag;
          return true;
        }
        return verificationTag === own;
      case Chunk.SHUTDOWN_ACK:
        return sctp.state === SctpState.NONE || verificationTag === own;
      default:
        break;
    }
  }
  return verificationTag === own;
};

const initiateTag = ({ value }: SctpChunk): number =>
  (((value[0] ?? 0) << 24) | ((value[1] ?? 0) << 16) | ((value[2] ?? 0) << 8) | (value[3] ?? 0)) >>>
  0;

const timeoutOf = (state: number): readonly [string, number] => {
  switch (state) {
    case SctpState.COOKIE_WAIT:
      return TIMEOUT.sctp.COOKIE_WAIT;
    case SctpState.COOKIE_ECHOED:
      return TIMEOUT.sctp.COOKIE_ECHOED;
    case SctpState.ESTABLISHED:
      return TIMEOUT.sctp.ESTABLISHED;
    case SctpState.SHUTDOWN_SENT:
      return TIMEOUT.sctp.SHUTDOWN_SENT;
    case SctpState.SHUTDOWN_RECV:
      return TIMEOUT.sctp.SHUTDOWN_RECV;
    case SctpState.SHUTDOWN_ACK_SENT:
      return TIMEOUT.sctp.SHUTDOWN_ACK_SENT;
    case SctpState.HEARTBEAT_SENT:
      return TIMEOUT.sctp.HEARTBEAT_SENT;
    default:
      return TIMEOUT.sctp.CLOSED;
  }
};
