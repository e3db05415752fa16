import { formatIp, IpProtocol } from '@podpath/net';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { SCTP_STATE_NAMES } from '../conntrack/sctp-state.ts';
import { Status } from '../conntrack/status.ts';
import { TCP_STATE_NAMES } from '../conntrack/tcp-state.ts';
import type { Tuple } from '../conntrack/tuple.ts';

/** Entries as `conntrack -L` prints them, in the order given. */
export const formatConntrack = (entries: Iterable<ConntrackEntry>, nowMs: number): string => {
  let text = '';
  for (const entry of entries) text += `${formatEntry(entry, nowMs)}\n`;
  return text;
};

const formatEntry = (entry: ConntrackEntry, nowMs: number): string => {
  const { protocol } = entry.original;
  const seconds = Math.max(0, Math.floor((entry.expiresAtMs - nowMs) / 1000));
  const parts = [`${protocolName(protocol).padEnd(8)} ${protocol} ${seconds}`];
  const state = stateName(entry);
  if (state !== undefined) parts.push(state);
  parts.push(formatTuple(entry.original));
  if (!entry.has(Status.SEEN_REPLY)) parts.push('[UNREPLIED]');
  parts.push(formatTuple(entry.reply));
  if (entry.has(Status.ASSURED)) parts.push('[ASSURED]');
  parts.push(`mark=${entry.mark}`, 'use=1');
  return parts.join(' ');
};

const stateName = ({ tcp, sctp }: ConntrackEntry): string | undefined => {
  if (tcp !== undefined) return TCP_STATE_NAMES[tcp.state];
  return sctp === undefined ? undefined : SCTP_STATE_NAMES[sctp.state];
};

const formatTuple = ({ src, dst, srcPort, dstPort, protocol }: Tuple): string => {
  const addresses = `src=${formatIp(src)} dst=${formatIp(dst)}`;
  switch (protocol) {
    case IpProtocol.TCP:
    case IpProtocol.UDP:
    case IpProtocol.SCTP:
      return `${addresses} sport=${srcPort} dport=${dstPort}`;
    case IpProtocol.ICMP:
    case IpProtocol.ICMPV6:
      return `${addresses} type=${dstPort >>> 8} code=${dstPort & 0xff} id=${srcPort}`;
    default:
      return addresses;
  }
};

const protocolName = (protocol: number): string => {
  switch (protocol) {
    case IpProtocol.TCP:
      return 'tcp';
    case IpProtocol.UDP:
      return 'udp';
    case IpProtocol.SCTP:
      return 'sctp';
    case IpProtocol.ICMP:
      return 'icmp';
    case IpProtocol.ICMPV6:
      return 'icmpv6';
    default:
      return 'unknown';
  }
};
