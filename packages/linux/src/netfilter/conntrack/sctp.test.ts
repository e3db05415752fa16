import type { SctpChunk } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, Bench, contextOf, sctp, states } from '../test-support.ts';

/**
 * Associations that were put on the wire between two namespaces of a real kernel (6.18), with what it
 * said of each packet: the state for rules, then the entry. `c` opened the flow; then the chunks, the
 * verification tag, and T for the mirrored-tag flag. Packets to `c` carry tag 17, those to `s` 34.
 */
const SEEN: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  'open, talk, close': [
    ['c INIT 0', 'NEW', 'CLOSED 10'],
    ['s INIT_ACK 17', 'ESTABLISHED', 'COOKIE_WAIT 3'],
    ['c COOKIE_ECHO 34', 'ESTABLISHED', 'COOKIE_ECHOED 3'],
    ['s COOKIE_ACK 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['c DATA 34', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['s DATA 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['c SHUTDOWN 34', 'ESTABLISHED', 'SHUTDOWN_SENT 3 ASSURED'],
    ['s SHUTDOWN_ACK 17', 'ESTABLISHED', 'SHUTDOWN_ACK_SENT 3 ASSURED'],
    ['c SHUTDOWN_COMPLETE 34', 'ESTABLISHED', 'CLOSED 10 ASSURED'],
  ],
  'closed by the other side': [
    ['c INIT 0', 'NEW', 'CLOSED 10'],
    ['s INIT_ACK 17', 'ESTABLISHED', 'COOKIE_WAIT 3'],
    ['c COOKIE_ECHO 34', 'ESTABLISHED', 'COOKIE_ECHOED 3'],
    ['s COOKIE_ACK 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['s SHUTDOWN 17', 'ESTABLISHED', 'SHUTDOWN_RECD 3 ASSURED'],
    ['c SHUTDOWN_ACK 34', 'ESTABLISHED', 'SHUTDOWN_ACK_SENT 3 ASSURED'],
    ['s SHUTDOWN_COMPLETE 17', 'ESTABLISHED', 'CLOSED 10 ASSURED'],
  ],
  refused: [
    ['c INIT 0', 'NEW', 'CLOSED 10'],
    ['s ABORT 17', 'ESTABLISHED', 'CLOSED 10'],
    ['c INIT 0', 'ESTABLISHED', 'CLOSED 10'],
  ],
  'the wrong tag': [
    ['c INIT 0', 'NEW', 'CLOSED 10'],
    ['s INIT_ACK 18', 'INVALID', 'CLOSED 10'],
    ['s INIT_ACK 17', 'ESTABLISHED', 'COOKIE_WAIT 3'],
    ['c COOKIE_ECHO 35', 'INVALID', 'COOKIE_WAIT 3'],
    ['c COOKIE_ECHO 34', 'ESTABLISHED', 'COOKIE_ECHOED 3'],
    ['s DATA 99', 'INVALID', 'COOKIE_ECHOED 3'],
  ],
  'an INIT with a tag': [['c INIT 5', 'INVALID', '']],
  'lone DATA': [['c DATA 34', 'INVALID', '']],
  'lone ABORT': [['c ABORT 34', 'INVALID', '']],
  'lone COOKIE ACK': [['c COOKIE_ACK 34', 'INVALID', '']],
  'lone SHUTDOWN COMPLETE': [['c SHUTDOWN_COMPLETE 34', 'INVALID', '']],
  'another path of an association': [
    ['c HEARTBEAT 34', 'NEW', 'HEARTBEAT_SENT 30'],
    ['s HEARTBEAT_ACK 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['c DATA 34', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['s DATA 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['s DATA 18', 'INVALID', 'ESTABLISHED 210 ASSURED'],
  ],
  'a heartbeat with another tag, answered': [
    ['c HEARTBEAT 34', 'NEW', 'HEARTBEAT_SENT 30'],
    ['s HEARTBEAT_ACK 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['c HEARTBEAT 35', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['s HEARTBEAT_ACK 18', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['c DATA 34', 'INVALID', 'ESTABLISHED 210 ASSURED'],
    ['s DATA 18', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
  ],
  'a heartbeat with another tag, answered from the same side': [
    ['c HEARTBEAT 34', 'NEW', 'HEARTBEAT_SENT 30'],
    ['s HEARTBEAT_ACK 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['c HEARTBEAT 35', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
    ['c HEARTBEAT_ACK 35', 'INVALID', 'ESTABLISHED 210 ASSURED'],
  ],
  'aborted with the mirrored tag': [
    ['c INIT 0', 'NEW', 'CLOSED 10'],
    ['s INIT_ACK 17', 'ESTABLISHED', 'COOKIE_WAIT 3'],
    ['c ABORT 17 T', 'ESTABLISHED', 'CLOSED 10'],
  ],
  'lone SHUTDOWN ACK': [
    ['c SHUTDOWN_ACK 34', 'NEW', 'SHUTDOWN_ACK_SENT 3'],
    ['s SHUTDOWN_COMPLETE 34 T', 'INVALID', 'SHUTDOWN_ACK_SENT 3'],
  ],
  'cookie and data together': [
    ['c INIT 0', 'NEW', 'CLOSED 10'],
    ['s INIT_ACK 17', 'ESTABLISHED', 'COOKIE_WAIT 3'],
    ['c COOKIE_ECHO+DATA 34', 'ESTABLISHED', 'COOKIE_ECHOED 3'],
    ['s DATA+COOKIE_ACK 17', 'INVALID', 'COOKIE_ECHOED 3'],
    ['s COOKIE_ACK+DATA 17', 'ESTABLISHED', 'ESTABLISHED 210 ASSURED'],
  ],
};

describe('an SCTP association, packet by packet, as the kernel saw it', () => {
  for (const [name, conversation] of Object.entries(SEEN)) {
    it(name, () => {
      const bench = new Bench().apply(append('filter', 'FORWARD', [states('NEW')]));
      const seen = conversation.map(([packet]) => [packet, send(bench, packet), entry(bench)]);
      expect(seen).toEqual(conversation);
    });
  }
});

const TYPES: Readonly<Record<string, number>> = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
};

const send = (bench: Bench, text: string): string | undefined => {
  const [from, names = '', tag, mirrored] = text.split(' ');
  const flow = from === 'c' ? '10.1.0.2:40000 > 10.2.0.2:80' : '10.2.0.2:80 > 10.1.0.2:40000';
  const chunks = names.split('+').map((name): SctpChunk => {
    const value = new Uint8Array(16);
    // Initiate tag of INIT and INIT ACK.
    value[3] = from === 'c' ? 17 : 34;
    return { type: TYPES[name] ?? 0, flags: mirrored === 'T' ? 1 : 0, value };
  });
  const context = contextOf(sctp(flow, Number(tag), chunks));
  for (const hook of ['PREROUTING', 'FORWARD', 'POSTROUTING'] as const) bench.run(hook, context);
  return context.conntrack?.state;
};

const entry = (bench: Bench): string => {
  const listed = bench.netfilter.conntrackList();
  const [, seconds, state] = /^sctp +132 (\d+) (\S+)/.exec(listed) ?? [];
  if (state === undefined) return '';
  return `${state} ${seconds}${listed.includes('ASSURED') ? ' ASSURED' : ''}`;
};
