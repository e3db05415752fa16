/** What conntrack remembers of one side of a TCP connection (struct ip_ct_tcp_state). Numbers are unsigned 32-bit. */
export interface TcpSide {
  /** After the last byte that it sent. */
  end: number;
  /** Last byte that it may send, by the other side's window. */
  maxEnd: number;
  /** Largest window that it announced, in bytes; 0 before it was heard. */
  maxWindow: number;
  /** Highest acknowledgement that it sent; `undefined` before the first. */
  maxAck: number | undefined;
  /** Window scale in bits; 0 until both sides have offered it. */
  scale: number;
  offersScale: boolean;
  permitsSack: boolean;
  /** Taken up in the middle of its life: its window is not known well enough to judge by. */
  liberal: boolean;
  /** It closed first. */
  closedFirst: boolean;
  /** It has sent what was not acknowledged yet. */
  unacknowledged: boolean;
}

/** What conntrack remembers of a TCP connection (struct ip_ct_tcp). */
export interface TcpTracking {
  state: number;
  readonly sides: readonly [original: TcpSide, reply: TcpSide];
  lastIndex: number;
  lastIsReply: boolean;
  lastSequence: number;
  lastAck: number;
  lastEnd: number;
  lastWindow: number;
  retransmissions: number;
  /** Both sides opened at once. */
  simultaneousOpen: boolean;
  /** A SYN let pass may be answered by an ACK that means nothing (RFC 5961). */
  expectsChallengeAck: boolean;
  /** What a SYN let pass offered: to go by if the other side accepts it. */
  ignoredSyn: TcpSide | undefined;
}

export const newTcpSide = (): TcpSide => ({
  end: 0,
  maxEnd: 0,
  maxWindow: 0,
  maxAck: undefined,
  scale: 0,
  offersScale: false,
  permitsSack: false,
  liberal: false,
  closedFirst: false,
  unacknowledged: false,
});
