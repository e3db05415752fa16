import { IpProtocol } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { ConntrackEntry } from './entry.ts';
import { Status } from './status.ts';
import { TIMEOUT, timeoutMs } from './timeouts.ts';
import type { TrackVerdict } from './verdict.ts';

/** A flow that goes on for longer than this with answers is a stream. */
const STREAM_AFTER_MS = 2000;

/** UDP (net/netfilter/nf_conntrack_proto_udp.c). */
export const trackUdp = (entry: ConntrackEntry, env: NetfilterEnvironment): TrackVerdict => {
  const nowMs = env.nowMs();
  if (!entry.isConfirmed) entry.udpStreamAtMs = nowMs + STREAM_AFTER_MS;
  if (entry.has(Status.SEEN_REPLY) && nowMs > entry.udpStreamAtMs) {
    entry.refresh(timeoutMs(env, TIMEOUT.udpStream), nowMs);
    entry.status |= Status.ASSURED;
  } else {
    entry.refresh(timeoutMs(env, TIMEOUT.udp), nowMs);
  }
  return 'accept';
};

/** Queries that may open a connection, and the timeout of both kinds of ICMP. */
const OPENING: ReadonlySet<number> = new Set([8, 13, 15, 17]);
const OPENING_V6: ReadonlySet<number> = new Set([128, 139]);

/** ICMP and ICMPv6 queries and their answers (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c). */
export const trackIcmp = (
  entry: ConntrackEntry,
  protocol: number,
  type: number,
  env: NetfilterEnvironment,
): TrackVerdict => {
  const isVersion6 = protocol === IpProtocol.ICMPV6;
  if (!entry.isConfirmed && !(isVersion6 ? OPENING_V6 : OPENING).has(type)) return 'invalid';
  entry.refresh(timeoutMs(env, isVersion6 ? TIMEOUT.icmpv6 : TIMEOUT.icmp), env.nowMs());
  return 'accept';
};

/** GRE (net/netfilter/nf_conntrack_proto_gre.c): a tunnel once there has been an answer. */
export const trackGre = (entry: ConntrackEntry, env: NetfilterEnvironment): TrackVerdict => {
  const answered = entry.has(Status.SEEN_REPLY);
  entry.refresh(timeoutMs(env, answered ? TIMEOUT.greStream : TIMEOUT.gre), env.nowMs());
  if (answered) entry.status |= Status.ASSURED;
  return 'accept';
};

/** Every protocol without a tracker of its own. */
export const trackGeneric = (entry: ConntrackEntry, env: NetfilterEnvironment): TrackVerdict => {
  entry.refresh(timeoutMs(env, TIMEOUT.generic), env.nowMs());
  return 'accept';
};
