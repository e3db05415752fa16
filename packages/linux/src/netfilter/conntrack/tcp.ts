import { TcpFlag, type TcpSegment } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { ConntrackEntry } from './entry.ts';
import { endOf, isBefore } from './sequence.ts';
import { Status } from './status.ts';
import { readSynOptions } from './tcp-options.ts';
import { nextTcpState, TcpIndex, TcpState } from './tcp-state.ts';
import { settleTimeout, shortenAfterInvalid } from './tcp-timeout.ts';
import { newTcpSide, type TcpTracking } from './tcp-tracking.ts';
import { judgeWindow } from './tcp-window.ts';
import type { TrackVerdict } from './verdict.ts';

const { FIN, SYN, RST, ACK, URG } = TcpFlag;

/** Combinations that a stack sends, PSH and the congestion bits apart (tcp_valid_flags). */
const VALID_FLAGS: ReadonlySet<number> = new Set([
  SYN,
  SYN | URG,
  SYN | ACK,
  RST,
  RST | ACK,
  FIN | ACK,
  FIN | ACK | URG,
  ACK,
  ACK | URG,
]);

/** States in which the connection is ending. */
const ENDING: ReadonlySet<number> = new Set([
  TcpState.FIN_WAIT,
  TcpState.CLOSE_WAIT,
  TcpState.LAST_ACK,
  TcpState.TIME_WAIT,
  TcpState.CLOSE,
]);

/** Takes a segment into account (net/netfilter/nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet). */
export const trackTcp = (
  entry: ConntrackEntry,
  segment: TcpSegment,
  isReply: boolean,
  env: NetfilterEnvironment,
): TrackVerdict => {
  if (!VALID_FLAGS.has(segment.flags & (FIN | SYN | RST | ACK | URG))) return 'invalid';
  const index = indexOf(segment.flags);
  if (entry.tcp === undefined && !entry.isConfirmed) entry.tcp = open(segment, index, env);
  const { tcp } = entry;
  if (tcp === undefined) return 'invalid';
  const move = nextMove(entry, tcp, segment, index, isReply, env);
  if (typeof move === 'string') return move;
  const { oldState, newState } = move;
  if (!move.skipWindow) {
    const liberal = (env.sysctl('net.netfilter.nf_conntrack_tcp_be_liberal') ?? 0) !== 0;
    const verdict = judgeWindow(tcp, segment, index, isReply, liberal);
    if (verdict === 'ignore') return 'accept';
    if (verdict === 'invalid') {
      shortenAfterInvalid(entry, tcp, index, isReply, env);
      return 'invalid';
    }
  }
  tcp.lastIndex = index;
  tcp.lastIsReply = isReply;
  tcp.state = newState;
  if (newState === TcpState.FIN_WAIT && oldState !== newState) {
    tcp.sides[isReply ? 1 : 0].closedFirst = true;
  }
  return settleTimeout(entry, tcp, index, oldState, env);
};

/** Where the state machine goes, before the window has its say. */
interface Move {
  readonly oldState: number;
  readonly newState: number;
  /** The numbers cannot be held against the segment. */
  readonly skipWindow: boolean;
}

const nextMove = (
  entry: ConntrackEntry,
  tcp: TcpTracking,
  segment: TcpSegment,
  index: number,
  isReply: boolean,
  env: NetfilterEnvironment,
): Move | TrackVerdict => {
  const oldState = tcp.state;
  const newState = nextTcpState(isReply, index, oldState);
  const move: Move = { oldState, newState, skipWindow: false };
  switch (newState) {
    case TcpState.INVALID:
      return 'invalid';
    case TcpState.SYN_SENT:
      if (oldState < TcpState.TIME_WAIT) return move;
      if (mayReopen(tcp, isReply)) return 'repeat';
      return ignored(tcp, segment, index, isReply);
    case TcpState.IGNORE:
      return ignored(tcp, segment, index, isReply);
    case TcpState.TIME_WAIT:
      if (isChallengeAck(tcp, oldState, index, isReply)) {
        tcp.expectsChallengeAck = false;
        return 'accept';
      }
      return move;
    case TcpState.SYN_SENT2:
      tcp.simultaneousOpen = true;
      return move;
    case TcpState.SYN_RECV:
      return isReply && index === TcpIndex.ACK && tcp.simultaneousOpen
        ? { ...move, newState: TcpState.ESTABLISHED }
        : move;
    case TcpState.CLOSE:
      return index === TcpIndex.RST ? closeByReset(entry, tcp, segment, isReply, env) : move;
    default:
      return move;
  }
};

/** A reset must come from someone who knows where the connection stands (RFC 5961). */
const closeByReset = (
  entry: ConntrackEntry,
  tcp: TcpTracking,
  segment: TcpSegment,
  isReply: boolean,
  env: NetfilterEnvironment,
): Move | TrackVerdict => {
  const oldState = tcp.state;
  const close: Move = { oldState, newState: TcpState.CLOSE, skipWindow: false };
  if (ENDING.has(oldState)) return { ...close, skipWindow: true };
  const acknowledged = tcp.sides[isReply ? 0 : 1].maxAck;
  let newState: number = TcpState.CLOSE;
  if (acknowledged !== undefined && tcp.lastIndex !== TcpIndex.SYN) {
    const established = oldState === TcpState.ESTABLISHED && entry.has(Status.ASSURED);
    if (segment.sequence === 0 && !established) return close;
    const tolerant = (env.sysctl('net.netfilter.nf_conntrack_tcp_ignore_invalid_rst') ?? 0) !== 0;
    if (isBefore(segment.sequence, acknowledged) && !tolerant) return 'invalid';
    if (!established || segment.sequence === acknowledged) return close;
    if (
      tcp.lastIndex === TcpIndex.ACK &&
      tcp.lastIsReply === isReply &&
      segment.sequence === tcp.lastEnd
    ) {
      return close;
    }
    // Not exactly the expected number: the other side will ask back, so keep the connection.
    newState = oldState;
  }
  const answersLast = segment.acknowledgement === tcp.lastEnd;
  const toSyn =
    entry.has(Status.SEEN_REPLY) && tcp.lastIndex === TcpIndex.SYN && tcp.lastIsReply !== isReply;
  const toAck = !entry.has(Status.ASSURED) && tcp.lastIndex === TcpIndex.ACK;
  const toChallenge =
    oldState === TcpState.SYN_SENT &&
    tcp.lastIndex === TcpIndex.ACK &&
    tcp.lastIsReply &&
    segment.sequence === tcp.lastAck;
  const skipWindow = ((toSyn || toAck) && answersLast) || toChallenge;
  return { oldState, newState, skipWindow };
};

const indexOf = (flags: number): number => {
  if ((flags & RST) !== 0) return TcpIndex.RST;
  if ((flags & SYN) !== 0) return (flags & ACK) !== 0 ? TcpIndex.SYNACK : TcpIndex.SYN;
  if ((flags & FIN) !== 0) return TcpIndex.FIN;
  return (flags & ACK) !== 0 ? TcpIndex.ACK : TcpIndex.NONE;
};

/** A SYN opens a connection; an ACK from the middle of one is taken up when `tcp_loose` is set. */
const open = (
  segment: TcpSegment,
  index: number,
  env: NetfilterEnvironment,
): TcpTracking | undefined => {
  const state = nextTcpState(false, index, TcpState.NONE);
  if (state === TcpState.INVALID) return undefined;
  const sides = [newTcpSide(), newTcpSide()] as const;
  const [original, reply] = sides;
  original.end = endOf(segment);
  original.maxWindow = Math.max(1, segment.window);
  if (state === TcpState.SYN_SENT) {
    original.maxEnd = original.end;
    readSynOptions(segment, original);
  } else {
    if ((env.sysctl('net.netfilter.nf_conntrack_tcp_loose') ?? 1) === 0) return undefined;
    original.maxEnd = (original.end + original.maxWindow) >>> 0;
    for (const side of [original, reply]) {
      side.permitsSack = true;
      side.liberal = true;
    }
  }
  return {
    state: TcpState.NONE,
    sides,
    lastIndex: TcpIndex.NONE,
    lastIsReply: false,
    lastSequence: 0,
    lastAck: 0,
    lastEnd: 0,
    lastWindow: 0,
    retransmissions: 0,
    simultaneousOpen: false,
    expectsChallengeAck: false,
    ignoredSyn: undefined,
  };
};

/** A SYN after the end: only when the connection was closed in order, or reset by this side. */
const mayReopen = (tcp: TcpTracking, isReply: boolean): boolean =>
  tcp.sides[0].closedFirst ||
  tcp.sides[1].closedFirst ||
  (tcp.lastIsReply === isReply && tcp.lastIndex === TcpIndex.RST);

/**
 * A segment that does not fit but may be right, the two ends knowing better than conntrack does. It
 * passes, and is remembered in case the answer shows that it was.
 */
const ignored = (
  tcp: TcpTracking,
  segment: TcpSegment,
  index: number,
  isReply: boolean,
): Move | TrackVerdict => {
  if (
    index === TcpIndex.SYNACK &&
    tcp.lastIndex === TcpIndex.SYN &&
    tcp.lastIsReply !== isReply &&
    segment.acknowledgement === tcp.lastEnd
  ) {
    adoptIgnoredSyn(tcp, isReply);
    return { oldState: TcpState.SYN_SENT, newState: TcpState.SYN_RECV, skipWindow: false };
  }
  tcp.lastIndex = index;
  tcp.lastIsReply = isReply;
  tcp.lastSequence = segment.sequence;
  tcp.lastEnd = endOf(segment);
  tcp.lastWindow = segment.window;
  if (index === TcpIndex.SYN && !isReply) {
    tcp.ignoredSyn = newTcpSide();
    readSynOptions(segment, tcp.ignoredSyn);
    tcp.expectsChallengeAck = tcp.state === TcpState.LAST_ACK;
  }
  if (tcp.state === TcpState.SYN_SENT && index === TcpIndex.ACK && isReply) {
    tcp.lastAck = segment.acknowledgement;
  }
  return 'accept';
};

/** The SYN that was let pass has been answered: it is where the connection starts. */
const adoptIgnoredSyn = (tcp: TcpTracking, isReply: boolean): void => {
  const opener = tcp.sides[isReply ? 0 : 1];
  Object.assign(opener, tcp.ignoredSyn ?? newTcpSide(), {
    end: tcp.lastEnd,
    maxEnd: tcp.lastEnd,
    maxWindow: Math.max(1, tcp.lastWindow),
  });
  const answerer = tcp.sides[isReply ? 1 : 0];
  Object.assign(answerer, newTcpSide(), { liberal: answerer.liberal });
  tcp.expectsChallengeAck = false;
};

const isChallengeAck = (
  tcp: TcpTracking,
  oldState: number,
  index: number,
  isReply: boolean,
): boolean =>
  tcp.expectsChallengeAck &&
  oldState === TcpState.LAST_ACK &&
  index === TcpIndex.ACK &&
  tcp.lastIsReply !== isReply &&
  tcp.lastIndex === TcpIndex.SYN;
