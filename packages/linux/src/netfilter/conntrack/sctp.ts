import type { SctpChunk, SctpPacket } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { ConntrackEntry } from './entry.ts';
import { nextSctpState, SCTP_STATE_NAMES, SctpState, type SctpTracking } from './sctp-state.ts';
import { Chunk, checkTag } from './sctp-tag.ts';
import { Status } from './status.ts';
import { TIMEOUT, timeoutMs } from './timeouts.ts';
import type { TrackVerdict } from './verdict.ts';

/** Takes a packet into account (net/netfilter/nf_conntrack_proto_sctp.c, nf_conntrack_sctp_packet). */
export const trackSctp = (
  entry: ConntrackEntry,
  packet: SctpPacket,
  isReply: boolean,
  env: NetfilterEnvironment,
): TrackVerdict => {
  if (!isWellFormed(packet)) return 'invalid';
  if (entry.sctp === undefined && !entry.isConfirmed) entry.sctp = open(packet);
  const { sctp } = entry;
  if (sctp === undefined) return 'invalid';
  if (!packet.chunks.some(({ type }) => TAG_OF_ITS_OWN.has(type))) {
    if (packet.verificationTag !== sctp.tags[isReply ? 1 : 0]) return 'invalid';
  }
  let renews = true;
  for (const chunk of packet.chunks) {
    const tag = checkTag(sctp, packet, chunk, isReply, renews);
    if (tag === 'wrong') return 'invalid';
    if (tag === 'stray') {
      renews = false;
      continue;
    }
    const oldState = sctp.state;
    const state = nextSctpState(isReply, chunk.type, oldState);
    if (state === SctpState.INVALID) return 'invalid';
    if (!learnTag(sctp, chunk, isReply)) return 'invalid';
    // An INIT repeated does not keep the entry alive.
    if (
      chunk.type === Chunk.INIT &&
      state === SctpState.CLOSED &&
      oldState === SctpState.CLOSED &&
      entry.isConfirmed
    ) {
      renews = false;
    }
    sctp.state = state;
    if (state === SctpState.ESTABLISHED && oldState !== state) entry.status |= Status.ASSURED;
  }
  if (renews) entry.refresh(timeoutOf(sctp.state, env), env.nowMs());
  return 'accept';
};

/** Chunks for which the verification tag follows another rule than that of their direction. */
const TAG_OF_ITS_OWN: ReadonlySet<number> = new Set([
  Chunk.INIT,
  Chunk.SHUTDOWN_COMPLETE,
  Chunk.COOKIE_ECHO,
  Chunk.ABORT,
  Chunk.SHUTDOWN_ACK,
  Chunk.HEARTBEAT,
  Chunk.HEARTBEAT_ACK,
]);

/** Some chunks travel alone, and cookies come first (do_basic_checks). */
const isWellFormed = ({ chunks }: SctpPacket): boolean => {
  let alone = false;
  for (const [index, { type }] of chunks.entries()) {
    alone ||= type === Chunk.INIT || type === Chunk.INIT_ACK || type === Chunk.SHUTDOWN_COMPLETE;
    const first = alone || type === Chunk.COOKIE_ACK || type === Chunk.COOKIE_ECHO;
    if (first && index !== 0) return false;
  }
  return chunks.length > 0;
};

/** Chunks that answer something: out of the blue they open nothing (RFC 9260, section 8.4). */
const ANSWERS: ReadonlySet<number> = new Set([
  Chunk.ABORT,
  Chunk.SHUTDOWN_COMPLETE,
  Chunk.COOKIE_ACK,
]);

const open = ({ chunks, verificationTag }: SctpPacket): SctpTracking | undefined => {
  if (chunks.some(({ type }) => ANSWERS.has(type))) return undefined;
  const tags: [number, number] = [0, 0];
  for (const chunk of chunks) {
    const state = nextSctpState(false, chunk.type, SctpState.NONE);
    // DATA and such lead nowhere from nothing.
    if (state === SctpState.NONE || state === SctpState.INVALID) return undefined;
    if (chunk.type === Chunk.INIT) {
      if (verificationTag !== 0) return undefined;
      tags[1] = initiateTag(chunk);
    } else if (chunk.type === Chunk.HEARTBEAT || chunk.type === Chunk.HEARTBEAT_ACK) {
      tags[0] = verificationTag;
    } else {
      tags[1] = verificationTag;
    }
  }
  return {
    state: SctpState.NONE,
    tags,
    initiated: [false, false],
    strayHeartbeat: undefined,
  };
};

/** INIT and INIT ACK say which tag the other side must use; false when an INIT ACK comes from a stranger. */
const learnTag = (sctp: SctpTracking, chunk: SctpChunk, isReply: boolean): boolean => {
  const own = isReply ? 1 : 0;
  const other = isReply ? 0 : 1;
  const { tags, initiated } = sctp;
  if (chunk.type === Chunk.INIT) {
    if (initiated[own] && initiated[other]) initiated[other] = false;
    initiated[own] = true;
    tags[other] = initiateTag(chunk);
  } else if (chunk.type === Chunk.INIT_ACK) {
    const known = tags[other];
    const tag = initiateTag(chunk);
    if (!initiated[other] && known !== 0 && known !== tag) return false;
    if (initiated[own] && initiated[other] && known !== tag) return false;
    tags[other] = tag;
  } else if (chunk.type === Chunk.COOKIE_ACK) {
    initiated[own] = false;
    initiated[other] = false;
  }
  return true;
};

const initiateTag = ({ value }: SctpChunk): number =>
  (((value[0] ?? 0) << 24) | ((value[1] ?? 0) << 16) | ((value[2] ?? 0) << 8) | (value[3] ?? 0)) >>>
  0;

const timeoutOf = (state: number, env: NetfilterEnvironment): number => {
  const name = SCTP_STATE_NAMES[state];
  const known = name === undefined || name === 'NONE' ? 'CLOSED' : name;
  return timeoutMs(env, TIMEOUT.sctp[known]);
};
