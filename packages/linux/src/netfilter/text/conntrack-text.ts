import { formatIp, IpProtocol } from '@podpath/net';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { SCTP_STATE_NAMES } from '../conntrack/sctp-state.ts';
import { Status } from '../conntrack/status.ts';
import { TCP_STATE_NAMES } from '../conntrack/tcp-state.ts';
import { GRE, type Tuple } from '../conntrack/tuple.ts';

/** The tool knows it, though the kernel no longer looks into it. */
const DCCP = 33;

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
  parts.push(...formatDirection(entry, false));
  if (!entry.has(Status.SEEN_REPLY)) parts.push('[UNREPLIED]');
  parts.push(...formatDirection(entry, true));
  if (entry.has(Status.ASSURED)) parts.push('[ASSURED]');
  parts.push(`mark=${entry.mark}`);
  const { zone } = entry;
  if (zone.original !== 0 && zone.original === zone.reply) parts.push(`zone=${zone.original}`);
  parts.push('use=1');
  return parts.join(' ');
};

/** A tuple, what has been counted of it, and the zone that counts for it alone. */
const formatDirection = (entry: ConntrackEntry, isReply: boolean): readonly string[] => {
  const { zone, counters } = entry;
  const parts = [formatTuple(entry.tuple(isReply))];
  if (counters !== undefined) {
    const direction = isReply ? 1 : 0;
    parts.push(`packets=${counters.packets[direction]} bytes=${counters.bytes[direction]}`);
  }
  if (zone.original !== zone.reply) {
    const id = isReply ? zone.reply : zone.original;
    if (id !== 0) parts.push(`${isReply ? 'zone-reply' : 'zone-orig'}=${id}`);
  }
  return parts;
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
    case DCCP:
      return `${addresses} sport=${srcPort} dport=${dstPort}`;
    case IpProtocol.ICMP:
    case IpProtocol.ICMPV6:
      return `${addresses} type=${dstPort >>> 8} code=${dstPort & 0xff} id=${srcPort}`;
    case GRE:
      return `${addresses} srckey=0x${srcPort.toString(16)} dstkey=0x${dstPort.toString(16)}`;
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
    case DCCP:
      return 'dccp';
    case GRE:
      return 'gre';
    default:
      return 'unknown';
  }
};
