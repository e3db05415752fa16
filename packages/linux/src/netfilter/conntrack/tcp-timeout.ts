import type { NetfilterEnvironment } from '../netfilter.ts';
import type { ConntrackEntry } from './entry.ts';
import { Status } from './status.ts';
import { TCP_STATE_NAMES, TcpIndex, TcpState } from './tcp-state.ts';
import type { TcpTracking } from './tcp-tracking.ts';
import { TIMEOUT, timeoutMs } from './timeouts.ts';
import type { TrackVerdict } from './verdict.ts';

/** Below this, a connection that saw a stray FIN or RST is left as it is. */
const SHORT_MS = 120_000;

/** How long the connection lives after a segment that moved it to its present state, and whether it is assured. */
export const settleTimeout = (
  entry: ConntrackEntry,
  tcp: TcpTracking,
  index: number,
  oldState: number,
  env: NetfilterEnvironment,
): TrackVerdict => {
  let timeout = timeoutOf(tcp, index, env);
  if (!entry.has(Status.SEEN_REPLY)) {
    // Refused before anything else was said: the connection never was.
    if (index === TcpIndex.RST) return 'kill';
    // A repeated SYN does not keep the entry alive.
    if (index === TcpIndex.SYN && oldState === TcpState.SYN_SENT) return 'accept';
    if (tcp.state === TcpState.ESTABLISHED) {
      timeout = Math.min(timeout, timeoutMs(env, TIMEOUT.tcp.UNACKNOWLEDGED));
    }
  } else if (
    tcp.state === TcpState.ESTABLISHED &&
    (oldState === TcpState.SYN_RECV || oldState === TcpState.ESTABLISHED)
  ) {
    entry.status |= Status.ASSURED;
  }
  entry.refresh(timeout, env.nowMs());
  return 'accept';
};

const timeoutOf = (tcp: TcpTracking, index: number, env: NetfilterEnvironment): number => {
  const name = TCP_STATE_NAMES[tcp.state];
  const byState = timeoutMs(
    env,
    name === undefined || name === 'NONE' ? TIMEOUT.tcp.CLOSE : TIMEOUT.tcp[name],
  );
  const retransmitting = timeoutMs(env, TIMEOUT.tcp.MAX_RETRANS);
  const most = env.sysctl('net.netfilter.nf_conntrack_tcp_max_retrans') ?? 3;
  if (tcp.retransmissions >= most && byState > retransmitting) return retransmitting;
  if (index === TcpIndex.RST) return timeoutMs(env, TIMEOUT.tcp.CLOSE);
  const [original, reply] = tcp.sides;
  if (original.unacknowledged || reply.unacknowledged) {
    return Math.min(byState, timeoutMs(env, TIMEOUT.tcp.UNACKNOWLEDGED));
  }
  return tcp.lastWindow === 0 ? Math.min(byState, retransmitting) : byState;
};

/** A FIN or RST from outside the window: the connection is probably dead, and need not linger for days. */
export const shortenAfterInvalid = (
  entry: ConntrackEntry,
  tcp: TcpTracking,
  index: number,
  isReply: boolean,
  env: NetfilterEnvironment,
): void => {
  if (!entry.has(Status.ASSURED)) return;
  if (index !== TcpIndex.RST && index !== TcpIndex.FIN) return;
  const answered =
    tcp.lastIsReply !== isReply &&
    (tcp.lastIndex === TcpIndex.FIN || tcp.lastIndex === TcpIndex.RST);
  if (!answered) {
    tcp.lastIndex = index;
    tcp.lastIsReply = isReply;
    return;
  }
  const nowMs = env.nowMs();
  const left = entry.expiresAtMs - nowMs;
  const timeout = timeoutMs(env, TIMEOUT.tcp.UNACKNOWLEDGED);
  if (left >= SHORT_MS && left > timeout) entry.expiresAtMs = nowMs + timeout;
};
