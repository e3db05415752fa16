/** States of a tracked SCTP association. */
export const SctpState = {
  NONE: 0,
  CLOSED: 1,
  COOKIE_WAIT: 2,
  COOKIE_ECHOED: 3,
  ESTABLISHED: 4,
  SHUTDOWN_SENT: 5,
  SHUTDOWN_RECV: 6,
  SHUTDOWN_ACK_SENT: 7,
  HEARTBEAT_SENT: 8,
  /** Not a state: the chunk cannot come in this state. */
  INVALID: 9,
} as const;

export const SCTP_STATE_NAMES = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
] as const;

const sCL = SctpState.CLOSED;
const sCW = SctpState.COOKIE_WAIT;
const sCE = SctpState.COOKIE_ECHOED;
const sES = SctpState.ESTABLISHED;
const sSS = SctpState.SHUTDOWN_SENT;
const sSR = SctpState.SHUTDOWN_RECV;
const sSA = SctpState.SHUTDOWN_ACK_SENT;
const sHS = SctpState.HEARTBEAT_SENT;
const sIV = SctpState.INVALID;

/** Chunk types that change the state, to their row in the tables. */
const ROW: ReadonlyMap<number, number> = new Map([
  [1, 0], // INIT
  [2, 1], // INIT ACK
  [6, 2], // ABORT
  [7, 3], // SHUTDOWN
  [8, 4], // SHUTDOWN ACK
  [9, 5], // ERROR
  [10, 6], // COOKIE ECHO
  [11, 7], // COOKIE ACK
  [14, 8], // SHUTDOWN COMPLETE
  [4, 9], // HEARTBEAT
  [5, 10], // HEARTBEAT ACK
]);

/** Next state by chunk and state, NONE to HEARTBEAT_SENT (net/netfilter/nf_conntrack_proto_sctp.c). */
const ORIGINAL: readonly (readonly number[])[] = [
  [sCL, sCL, sCW, sCE, sES, sCL, sCL, sSA, sCW],
  [sCL, sCL, sCW, sCE, sES, sSS, sSR, sSA, sCL],
  [sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL],
  [sCL, sCL, sCW, sCE, sSS, sSS, sSR, sSA, sCL],
  [sSA, sCL, sCW, sCE, sES, sSA, sSA, sSA, sSA],
  [sCL, sCL, sCW, sCE, sES, sSS, sSR, sSA, sCL],
  [sCL, sCL, sCE, sCE, sES, sSS, sSR, sSA, sCL],
  [sCL, sCL, sCW, sES, sES, sSS, sSR, sSA, sCL],
  [sCL, sCL, sCW, sCE, sES, sSS, sSR, sCL, sCL],
  [sHS, sCL, sCW, sCE, sES, sSS, sSR, sSA, sHS],
  [sCL, sCL, sCW, sCE, sES, sSS, sSR, sSA, sHS],
];
const REPLY: readonly (readonly number[])[] = [
  [sIV, sCL, sCW, sCE, sES, sSS, sSR, sSA, sIV],
  [sIV, sCW, sCW, sCE, sES, sSS, sSR, sSA, sIV],
  [sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sIV],
  [sIV, sCL, sCW, sCE, sSR, sSS, sSR, sSA, sIV],
  [sIV, sCL, sCW, sCE, sES, sSA, sSA, sSA, sIV],
  [sIV, sCL, sCW, sCL, sES, sSS, sSR, sSA, sIV],
  [sIV, sCL, sCE, sCE, sES, sSS, sSR, sSA, sIV],
  [sIV, sCL, sCW, sES, sES, sSS, sSR, sSA, sIV],
  [sIV, sCL, sCW, sCE, sES, sSS, sSR, sCL, sIV],
  [sIV, sCL, sCW, sCE, sES, sSS, sSR, sSA, sHS],
  [sIV, sCL, sCW, sCE, sES, sSS, sSR, sSA, sES],
];

/** DATA, SACK and chunks unknown leave the state as it is. */
export const nextSctpState = (isReply: boolean, chunkType: number, state: number): number => {
  const row = ROW.get(chunkType);
  if (row === undefined) return state;
  return (isReply ? REPLY : ORIGINAL)[row]?.[state] ?? sIV;
};

/** What conntrack remembers of an SCTP association, by direction: the original's first. */
export interface SctpTracking {
  state: number;
  /** Verification tags that packets of each direction must carry; 0 until known. */
  readonly tags: [original: number, reply: number];
  /** Who has sent an INIT that no COOKIE ACK has settled yet. */
  readonly initiated: [original: boolean, reply: boolean];
  /** Direction of a heartbeat with another tag, whose answer may change the tags. */
  strayHeartbeat: 'original' | 'reply' | undefined;
}
