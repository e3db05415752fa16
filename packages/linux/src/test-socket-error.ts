import type { IpPayload } from '@podpath/net';
import { ERROR_TEXT } from './routing/route-error.ts';
import type { PacketTrace } from './trace.ts';

/** What ICMP errors mean to a socket, and whether that ends what a datagram socket waits for. */
const IPV4: Readonly<Record<number, readonly [error: string, fatal: boolean]>> = {
  0: ['ENETUNREACH', false],
  1: ['EHOSTUNREACH', false],
  2: ['ENOPROTOOPT', true],
  3: ['ECONNREFUSED', true],
  9: ['ENETUNREACH', true],
  10: ['EHOSTUNREACH', true],
  13: ['EHOSTUNREACH', true],
};
const IPV6: typeof IPV4 = {
  0: ['ENETUNREACH', false],
  1: ['EACCES', true],
  3: ['EHOSTUNREACH', false],
  4: ['ECONNREFUSED', true],
  5: ['EACCES', true],
  6: ['EACCES', true],
};

/** What the sender's own routing says. */
const LOCAL = new Map(Object.entries(ERROR_TEXT).map(([name, text]) => [text, name]));

/**
 * What a connected socket of the sender is told, as a program sees it: `ok` when it was answered, `timeout` when it
 * waits in vain, else the name of the error. Follows net/ipv4/icmp.c (icmp_err_convert) and net/ipv6/icmp.c.
 */
export const socketError = (trace: PacketTrace): string => {
  const sent = trace.request[0]?.steps.find(({ packet }) => packet !== undefined)?.packet;
  const datagram = sent?.payload.kind === 'udp';
  const left = trace.request.some(({ steps }) => steps.some(({ kind }) => kind === 'transmit'));
  if (!left && datagram && ['dropped', 'rejected'].includes(trace.outcome)) return 'EPERM';
  const answer = trace.reply?.[0]?.steps.find(({ packet }) => packet !== undefined)?.packet;
  if (trace.replyOutcome === 'delivered' && answer !== undefined) {
    return meaning(answer.payload, datagram);
  }
  if (left || trace.outcome !== 'unreachable') return 'timeout';
  return LOCAL.get(trace.reason) ?? 'EHOSTUNREACH';
};

const meaning = (payload: IpPayload, datagram: boolean): string => {
  if (payload.kind === 'tcp') return (payload.flags & 0b100) === 0 ? 'ok' : 'ECONNREFUSED';
  const table =
    payload.kind === 'icmp' && payload.type === 3
      ? IPV4
      : payload.kind === 'icmpv6' && payload.type === 1
        ? IPV6
        : undefined;
  if (table === undefined) return 'ok';
  const [error, fatal] = ('code' in payload ? table[payload.code] : undefined) ?? ['timeout', true];
  return fatal || !datagram ? error : 'timeout';
};
