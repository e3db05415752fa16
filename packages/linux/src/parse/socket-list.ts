import { meaningfulLines } from './located.ts';
import { ParseError, shown } from './parse-error.ts';

/** A socket that waits for whoever connects or sends. */
export interface ListeningSocket {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  /** Bound to a loopback address: nobody outside can reach it. */
  readonly loopbackOnly: boolean;
}

/** Kernel numbers of the state that a socket waits in (include/net/tcp_states.h): TCP_LISTEN, and TCP_CLOSE for UDP. */
const WAITING: Readonly<Record<string, string>> = { tcp: '0A', udp: '07' };

const ROW =
  /^\s*\d+:\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+[0-9A-F]+:([0-9A-F]{4})\s+([0-9A-F]{2})\s/;

/**
 * Reads `/proc/net/tcp`, `tcp6`, `udp`, `udp6`, one after another, each behind a line `== NAME`. Connected sockets are
 * passed over. Throws ParseError.
 */
export function parseSockets(text: string, file: string): readonly ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
  let protocol: 'tcp' | 'udp' | undefined;
  for (const { line, value } of meaningfulLines(text)) {
    const [, section] = /^== (tcp|udp)6?\s*$/.exec(value) ?? [];
    if (section !== undefined) {
      protocol = section === 'tcp' ? 'tcp' : 'udp';
      continue;
    }
    if (/^\s*sl\s/.test(value)) continue;
    const [, address, port, remotePort, state] = ROW.exec(value) ?? [];
    if (protocol === undefined || address === undefined || port === undefined) {
      const place = { file, line };
      throw new ParseError(place, `${shown(value)} is no socket`, 'a line of /proc/net/tcp or udp');
    }
    if (state !== WAITING[protocol] || remotePort !== '0000') continue;
    sockets.push({
      protocol,
      port: Number.parseInt(port, 16),
      loopbackOnly: LOOPBACK.test(address),
    });
  }
  return sockets;
}

/** 127.0.0.0/8, ::1, and 127.0.0.0/8 in IPv6: words as a little-endian machine writes them. */
const LOOPBACK = /^(.{6}7F|0{24}01000000|0{16}FFFF0000.{6}7F)$/;
