import { TcpFlag, type TcpSegment } from '@podpath/net';
import { endOf, isAfter, isBefore } from './sequence.ts';
import { readSynOptions, selectiveAck } from './tcp-options.ts';
import { TcpIndex, TcpState } from './tcp-state.ts';
import type { TcpSide, TcpTracking } from './tcp-tracking.ts';

/** However small the window, an acknowledgement may lag by this much. */
const LEAST_ACK_WINDOW = 66_000;

/**
 * Whether a segment is one that the other side could take: `ignore` lets it pass without learning
 * from it (an old one repeated), `invalid` does not.
 */
export type WindowVerdict = 'accept' | 'ignore' | 'invalid';

/** The segment's own numbers while it is judged. */
interface Segment {
  sequence: number;
  ack: number;
  sack: number;
  end: number;
  window: number;
}

/** Judges a segment by its numbers, and takes them into account (tcp_in_window). */
export const judgeWindow = (
  tcp: TcpTracking,
  segment: TcpSegment,
  index: number,
  isReply: boolean,
  liberal: boolean,
): WindowVerdict => {
  const sender = tcp.sides[isReply ? 1 : 0];
  const receiver = tcp.sides[isReply ? 0 : 1];
  const { flags } = segment;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const numbers: Segment = {
    sequence: segment.sequence,
    ack: segment.acknowledgement,
    sack: receiver.permitsSack ? selectiveAck(segment) : segment.acknowledgement,
    end: endOf(segment),
    window: segment.window,
  };
  if (openSide(tcp, segment, sender, receiver, numbers, isReply)) return 'accept';
  if (!has(TcpFlag.ACK) || (has(TcpFlag.RST) && numbers.ack === 0)) {
    // Without an acknowledgement, pretend that there is a right one.
    numbers.ack = receiver.end;
    numbers.sack = receiver.end;
  }
  if (has(TcpFlag.RST) && numbers.sequence === 0 && tcp.state === TcpState.SYN_SENT) {
    numbers.sequence = sender.end;
    numbers.end = sender.end;
  }
  const verdict = bounds(sender, receiver, numbers);
  if (verdict !== 'accept') return liberal || sender.liberal ? 'accept' : verdict;
  learn(sender, receiver, numbers, has(TcpFlag.SYN), has(TcpFlag.ACK));
  if (index === TcpIndex.ACK) countRetransmission(tcp, numbers, segment.window, isReply);
  return 'accept';
};

/** First words of a side; true when there is nothing more to judge (both sides open at once). */
const openSide = (
  tcp: TcpTracking,
  segment: TcpSegment,
  sender: TcpSide,
  receiver: TcpSide,
  { sack, end, window }: Segment,
  isReply: boolean,
): boolean => {
  const isSyn = (segment.flags & TcpFlag.SYN) !== 0;
  const isAck = (segment.flags & TcpFlag.ACK) !== 0;
  if (sender.maxWindow === 0) {
    if (isSyn) {
      initialise(segment, sender, receiver, end, isReply);
      return !isAck;
    }
    // The middle of a connection: its history is lost, the segment is all there is to go by.
    sender.end = end;
    sender.maxWindow = Math.max(1, window * 2 ** sender.scale);
    sender.maxEnd = (end + sender.maxWindow) >>> 0;
    if (receiver.maxWindow === 0) {
      receiver.end = sack;
      receiver.maxEnd = sack;
    } else if (sack === (receiver.end + 1) >>> 0) {
      // The answer to a keepalive.
      receiver.end = sack;
    }
    return false;
  }
  const opening = tcp.state === TcpState.SYN_SENT || tcp.state === TcpState.SYN_RECV;
  if (isSyn && opening && isAfter(end, sender.end)) {
    initialise(segment, sender, receiver, end, isReply);
    return isReply && !isAck;
  }
  return false;
};

const initialise = (
  segment: TcpSegment,
  sender: TcpSide,
  receiver: TcpSide,
  end: number,
  isReply: boolean,
): void => {
  sender.end = end;
  sender.maxEnd = end;
  sender.maxWindow = Math.max(1, segment.window);
  readSynOptions(segment, sender);
  // Both must offer scaling for either to scale (RFC 7323).
  if (isReply && !(sender.offersScale && receiver.offersScale)) {
    sender.scale = 0;
    receiver.scale = 0;
  }
};

const bounds = (
  sender: TcpSide,
  receiver: TcpSide,
  { sequence, sack, end }: Segment,
): WindowVerdict => {
  const ackWindow = Math.max(sender.maxWindow, LEAST_ACK_WINDOW);
  const ackNotTooOld = isAfter(sack, receiver.end - ackWindow - 1);
  const ackNotAhead = isBefore(sack, receiver.end + 1);
  const endNotTooOld = isAfter(end, sender.end - receiver.maxWindow - 1);
  if (!isBefore(sequence, sender.maxEnd + 1)) {
    const overshot = (end - sender.maxEnd + 1) >>> 0;
    if (
      receiver.maxWindow !== 0 &&
      endNotTooOld &&
      ackNotTooOld &&
      ackNotAhead &&
      overshot <= receiver.maxWindow
    ) {
      // More than the window allows. If it gets through, its acknowledgement must not seem wrong.
      sender.end = end;
      sender.unacknowledged = true;
      return 'ignore';
    }
    return 'invalid';
  }
  if (!ackNotAhead) return 'invalid';
  if (receiver.maxWindow !== 0 && !endNotTooOld) return 'ignore';
  return ackNotTooOld ? 'accept' : 'ignore';
};

const learn = (
  sender: TcpSide,
  receiver: TcpSide,
  { ack, sack, end, window: unscaled }: Segment,
  isSyn: boolean,
  isAck: boolean,
): void => {
  const window = isSyn ? unscaled : unscaled * 2 ** sender.scale;
  sender.maxWindow = Math.max(sender.maxWindow, window + ((sack - ack) >>> 0));
  if (isAfter(end, sender.end)) {
    sender.end = end;
    sender.unacknowledged = true;
  }
  if (isAck && (sender.maxAck === undefined || isAfter(ack, sender.maxAck))) sender.maxAck = ack;
  if (receiver.maxWindow !== 0 && isAfter(end, sender.maxEnd)) {
    receiver.maxWindow += (end - sender.maxEnd) >>> 0;
  }
  if (isAfter(sack + window, receiver.maxEnd - 1)) {
    receiver.maxEnd = (sack + window + (window === 0 ? 1 : 0)) >>> 0;
  }
  if (ack === receiver.end) receiver.unacknowledged = false;
};

const countRetransmission = (
  tcp: TcpTracking,
  { sequence, ack, end }: Segment,
  window: number,
  isReply: boolean,
): void => {
  if (
    tcp.lastIsReply === isReply &&
    tcp.lastSequence === sequence &&
    tcp.lastAck === ack &&
    tcp.lastEnd === end &&
    tcp.lastWindow === window
  ) {
    tcp.retransmissions++;
    return;
  }
  tcp.lastIsReply = isReply;
  tcp.lastSequence = sequence;
  tcp.lastAck = ack;
  tcp.lastEnd = end;
  tcp.lastWindow = window;
  tcp.retransmissions = 0;
};
