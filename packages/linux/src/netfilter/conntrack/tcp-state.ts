/** States of a tracked TCP connection. The order is the kernel's, which its tables rely on. */
export const TcpState = {
  NONE: 0,
  SYN_SENT: 1,
  SYN_RECV: 2,
  ESTABLISHED: 3,
  FIN_WAIT: 4,
  CLOSE_WAIT: 5,
  LAST_ACK: 6,
  TIME_WAIT: 7,
  CLOSE: 8,
  SYN_SENT2: 9,
  /** Not a state: the packet cannot come in this state. */
  INVALID: 10,
  /** Not a state: let the packet pass, learn nothing from it. */
  IGNORE: 11,
} as const;

export const TCP_STATE_NAMES = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
] as const;

/** What a segment is to the state machine. */
export const TcpIndex = { SYN: 0, SYNACK: 1, FIN: 2, ACK: 3, RST: 4, NONE: 5 } as const;

const sNO = TcpState.NONE;
const sSS = TcpState.SYN_SENT;
const sSR = TcpState.SYN_RECV;
const sES = TcpState.ESTABLISHED;
const sFW = TcpState.FIN_WAIT;
const sCW = TcpState.CLOSE_WAIT;
const sLA = TcpState.LAST_ACK;
const sTW = TcpState.TIME_WAIT;
const sCL = TcpState.CLOSE;
const sS2 = TcpState.SYN_SENT2;
const sIV = TcpState.INVALID;
const sIG = TcpState.IGNORE;

/** Next state by segment and state, NONE to SYN_SENT2 (net/netfilter/nf_conntrack_proto_tcp.c). */
const ORIGINAL: readonly (readonly number[])[] = [
  [sSS, sSS, sIG, sIG, sIG, sIG, sIG, sSS, sSS, sS2],
  [sIV, sIV, sSR, sIV, sIV, sIV, sIV, sIV, sIV, sSR],
  [sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV],
  [sES, sIV, sES, sES, sCW, sCW, sTW, sTW, sCL, sIV],
  [sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL],
  [sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV],
];
const REPLY: readonly (readonly number[])[] = [
  [sIV, sS2, sIV, sIV, sIV, sIV, sIV, sSS, sIV, sS2],
  [sIV, sSR, sIG, sIG, sIG, sIG, sIG, sIG, sIG, sSR],
  [sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV],
  [sIV, sIG, sSR, sES, sCW, sCW, sTW, sTW, sCL, sIG],
  [sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL],
  [sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV],
];

export const nextTcpState = (isReply: boolean, index: number, state: number): number =>
  (isReply ? REPLY : ORIGINAL)[index]?.[state] ?? sNO;
