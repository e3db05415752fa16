import type { ConntrackAttachment } from '../conntrack.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import { trackedEntry } from './attachment.ts';
import { TcpState } from './tcp-state.ts';
import { TIMEOUT, timeoutMs } from './timeouts.ts';

/**
 * A rule answers a packet with a reset, which belongs to the connection already and is not looked at again: so the
 * connection is told that it is over (`nf_ct_set_closing`).
 */
export function closeByRule(
  attached: ConntrackAttachment | undefined,
  env: Pick<NetfilterEnvironment, 'nowMs' | 'sysctl'>,
): void {
  const entry = trackedEntry(attached);
  if (entry?.tcp === undefined || !entry.isConfirmed) return;
  if (entry.tcp.state === TcpState.CLOSE) return;
  entry.tcp.state = TcpState.CLOSE;
  entry.refresh(timeoutMs(env, TIMEOUT.tcp.CLOSE), env.nowMs());
}
