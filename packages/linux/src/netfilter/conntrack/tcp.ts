import { TcpFlag, type TcpSegment } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { ConntrackEntry } from './entry.ts';
import { Status } from './status.ts';
import {
  nextTcpState,
  TCP_STATE_NAMES,
  TcpIndex,
  TcpState,
  type TcpTracking,
} from './tcp-state.ts';
import { TIMEOUT, timeoutMs } from './timeouts.ts';
import type { TrackVerdict } from './verdict.ts';

const { FIN, SYN, RST, ACK, URG } = TcpFlag;

/** Combinations that a stack sends, PSH apart (tcp_valid_flags). */
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

/** Takes a segment into account (net/netfilter/nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet). */
export const trackTcp = (
  entry: ConntrackEntry,
  segment: TcpSegment,
  isReply: boolean,
  env: NetfilterEnvironment,
): TrackVerdict => {
  const { flags } = segment;
  if (!VALID_FLAGS.has(flags & (FIN | SYN | RST | ACK | URG))) return 'invalid';
  const index = indexOf(flags);
  if (!entry.isConfirmed && entry.tcp === undefined) {
    const opened = open(index, env);
    if (opened === undefined) return 'invalid';
    entry.tcp = opened;
  }
  const tcp = entry.tcp;
  if (tcp === undefined) return 'invalid';
  const oldState = tcp.state;
  let newState = nextTcpState(isReply, index, oldState);
  switch (newState) {
    case TcpState.INVALID:
      return 'invalid';
    case TcpState.SYN_SENT:
      if (oldState < TcpState.TIME_WAIT) break;
      if (mayReopen(tcp, isReply)) return 'repeat';
      return ignore(tcp, segment, index, isReply);
    case TcpState.IGNORE:
      if (answersIgnoredSyn(tcp, segment, index, isReply)) {
        newState = TcpState.SYN_RECV;
        break;
      }
      return ignore(tcp, segment, index, isReply);
    default:
      break;
  }
  tcp.lastIndex = index;
  tcp.lastIsReply = isReply;
  tcp.state = newState;
  if (newState === TcpState.FIN_WAIT && oldState !== newState) {
    tcp.sides[isReply ? 1 : 0].closedFirst = true;
  }
  return settle(entry, index, oldState, newState, env);
};

/** How long the connection now lives, and whether it is assured. */
const settle = (
  entry: ConntrackEntry,
  index: number,
  oldState: number,
  newState: number,
  env: NetfilterEnvironment,
): TrackVerdict => {
  let timeout = timeoutMs(env, index === TcpIndex.RST ? TIMEOUT.tcp.CLOSE : timeoutOf(newState));
  if (!entry.has(Status.SEEN_REPLY)) {
    // Refused before anything else was said: the connection never was.
    if (index === TcpIndex.RST) return 'kill';
    // A repeated SYN does not keep the entry alive.
    if (index === TcpIndex.SYN && oldState === TcpState.SYN_SENT) return 'accept';
    if (newState === TcpState.ESTABLISHED) {
      timeout = Math.min(timeout, timeoutMs(env, TIMEOUT.tcp.UNACKNOWLEDGED));
    }
  } else if (
    newState === TcpState.ESTABLISHED &&
    (oldState === TcpState.SYN_RECV || oldState === TcpState.ESTABLISHED)
  ) {
    entry.status |= Status.ASSURED;
  }
  entry.refresh(timeout, env.nowMs());
  return 'accept';
};

const indexOf = (flags: number): number => {
  if ((flags & RST) !== 0) return TcpIndex.RST;
  if ((flags & SYN) !== 0) return (flags & ACK) !== 0 ? TcpIndex.SYNACK : TcpIndex.SYN;
  if ((flags & FIN) !== 0) return TcpIndex.FIN;
  return (flags & ACK) !== 0 ? TcpIndex.ACK : TcpIndex.NONE;
};

/** A SYN opens a connection; an ACK from the middle of one is taken up when `tcp_loose` is set. */
const open = (index: number, env: NetfilterEnvironment): TcpTracking | undefined => {
  const state = nextTcpState(false, index, TcpState.NONE);
  if (state === TcpState.INVALID) return undefined;
  const loose = env.sysctl('net.netfilter.nf_conntrack_tcp_loose') ?? 1;
  if (state !== TcpState.SYN_SENT && loose === 0) return undefined;
  return {
    state: TcpState.NONE,
    sides: [{ closedFirst: false }, { closedFirst: false }],
    lastIndex: TcpIndex.NONE,
    lastIsReply: false,
    lastSequence: 0,
    lastEnd: 0,
    lastAcknowledgement: 0,
  };
};

/** A SYN after the end: only when the connection was closed in order, or reset by this side. */
const mayReopen = (tcp: TcpTracking, isReply: boolean): boolean =>
  tcp.sides[0].closedFirst ||
  tcp.sides[1].closedFirst ||
  (tcp.lastIsReply === isReply && tcp.lastIndex === TcpIndex.RST);

/** A SYN+ACK to a SYN that was let pass: the two ends know better than conntrack did. */
const answersIgnoredSyn = (
  tcp: TcpTracking,
  segment: TcpSegment,
  index: number,
  isReply: boolean,
): boolean =>
  index === TcpIndex.SYNACK &&
  tcp.lastIndex === TcpIndex.SYN &&
  tcp.lastIsReply !== isReply &&
  segment.acknowledgement === tcp.lastEnd;

const ignore = (
  tcp: TcpTracking,
  segment: TcpSegment,
  index: number,
  isReply: boolean,
): TrackVerdict => {
  tcp.lastIndex = index;
  tcp.lastIsReply = isReply;
  tcp.lastSequence = segment.sequence;
  tcp.lastEnd = endOf(segment);
  if (tcp.state === TcpState.SYN_SENT && index === TcpIndex.ACK && isReply) {
    tcp.lastAcknowledgement = segment.acknowledgement;
  }
  return 'accept';
};

/** The sequence number after the segment. */
const endOf = ({ sequence, flags, data }: TcpSegment): number =>
  (sequence + data.length + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0)) >>> 0;

const timeoutOf = (state: number): readonly [string, number] => {
  const name = TCP_STATE_NAMES[state];
  return name === undefined || name === 'NONE' ? TIMEOUT.tcp.CLOSE : TIMEOUT.tcp[name];
};
