import { describe, expect, it } from 'vitest';
import { TrackedFlow } from './test-tracked-flow.ts';

/**
 * Conversations that were put on the wire between two namespaces of a real kernel (6.18), with what it
 * said of each segment: the state for rules, then the entry. `c` opened the flow, `s` is the other end;
 * then flags, sequence, acknowledgement, bytes of data and window.
 */
const SEEN: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  'open, ask, answer, close': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c PA 1001 5001 100', 'ESTABLISHED', 'ESTABLISHED 300 ASSURED'],
    ['s A 5001 1101', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['s PA 5001 1101 200', 'ESTABLISHED', 'ESTABLISHED 300 ASSURED'],
    ['c A 1101 5201', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c FA 1101 5201', 'ESTABLISHED', 'FIN_WAIT 120 ASSURED'],
    ['s A 5201 1102', 'ESTABLISHED', 'CLOSE_WAIT 60 ASSURED'],
    ['s FA 5201 1102', 'ESTABLISHED', 'LAST_ACK 30 ASSURED'],
    ['c A 1102 5202', 'ESTABLISHED', 'TIME_WAIT 120 ASSURED'],
    ['c S 90000 0', 'NEW', 'SYN_SENT 120'],
  ],
  'both close at once': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c FA 1001 5001', 'ESTABLISHED', 'FIN_WAIT 120 ASSURED'],
    ['s FA 5001 1002', 'ESTABLISHED', 'LAST_ACK 30 ASSURED'],
    ['c A 1002 5002', 'ESTABLISHED', 'TIME_WAIT 120 ASSURED'],
  ],
  refused: [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s RA 0 1001', 'ESTABLISHED', ''],
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
  ],
  'reset in the middle': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['s R 5001 0', 'ESTABLISHED', 'CLOSE 10 ASSURED'],
    ['c S 2000 0', 'ESTABLISHED', 'CLOSE 10 ASSURED'],
    ['s SA 7000 2001', 'ESTABLISHED', 'SYN_RECV 60 ASSURED'],
  ],
  'reset from the same side reopens': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c R 1001 0', 'ESTABLISHED', 'CLOSE 10 ASSURED'],
    ['c S 2000 0', 'NEW', 'SYN_SENT 120'],
  ],
  'a reset that is not exact': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['s A 5001 1001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['s R 5050 0', 'ESTABLISHED', 'ESTABLISHED 10 ASSURED'],
    ['s R 4000 0', 'INVALID', 'ESTABLISHED 10 ASSURED'],
    ['s R 5001 0', 'ESTABLISHED', 'CLOSE 10 ASSURED'],
  ],
  'a SYN repeated': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
  ],
  'a SYN in an open connection': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c S 7777 0', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['s A 5001 1001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c R 1001 0', 'ESTABLISHED', 'CLOSE 10 ASSURED'],
  ],
  'both open at once': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s S 5000 0', 'ESTABLISHED', 'SYN_SENT2 120'],
    ['c SA 1000 5001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['s SA 5000 1001', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
  ],
  'from the middle': [
    ['c A 1000 5000', 'NEW', 'ESTABLISHED 300'],
    ['s A 5000 1000', 'ESTABLISHED', 'ESTABLISHED 300'],
    ['c PA 1000 5000 10', 'ESTABLISHED', 'ESTABLISHED 300 ASSURED'],
    ['s A 5000 1010', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
  ],
  'outside the window': [
    ['c S 1000 0', 'NEW', 'SYN_SENT 120'],
    ['s SA 5000 1001 0 500', 'ESTABLISHED', 'SYN_RECV 60'],
    ['c A 1001 5001 0 500', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c PA 9000000 5001 10', 'INVALID', 'ESTABLISHED 432000 ASSURED'],
    ['s A 5001 9000010', 'INVALID', 'ESTABLISHED 432000 ASSURED'],
    ['c PA 1001 5001 400', 'ESTABLISHED', 'ESTABLISHED 300 ASSURED'],
    ['s A 5001 1401', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['c A 1401 4000000000', 'ESTABLISHED', 'ESTABLISHED 432000 ASSURED'],
    ['s PA 5001 1401 100 500', 'ESTABLISHED', 'ESTABLISHED 300 ASSURED'],
    ['s PA 5001 1401 100 500', 'ESTABLISHED', 'ESTABLISHED 300 ASSURED'],
  ],
  'lone FIN': [['c FA 1000 5000', 'INVALID', '']],
  'lone SYN+ACK': [['c SA 1000 5000', 'INVALID', '']],
  'lone RST': [['c R 1000 0', 'INVALID', '']],
  'no flags': [['c - 1000 0', 'INVALID', '']],
  'SYN+FIN': [['c SF 1000 0', 'INVALID', '']],
  'SYN+PSH': [['c SP 1000 0', 'NEW', 'SYN_SENT 120']],
  'SYN+URG': [['c SU 1000 0', 'NEW', 'SYN_SENT 120']],
};

describe('a TCP connection, segment by segment, as the kernel saw it', () => {
  for (const [name, conversation] of Object.entries(SEEN)) {
    it(name, () => {
      const tracked = new TrackedFlow();
      const seen = conversation.map(([segment]) => [segment, ...tracked.send(segment)]);
      expect(seen).toEqual(conversation);
    });
  }
});

describe('sysctls', () => {
  it('tcp_loose 0 refuses what starts in the middle', () => {
    const tracked = new TrackedFlow();
    tracked.bench.env.sysctls.set('net.netfilter.nf_conntrack_tcp_loose', 0);
    expect(tracked.send('c A 1000 5000')).toEqual(['INVALID', '']);
    expect(tracked.send('c S 1000 0')).toEqual(['NEW', 'SYN_SENT 120']);
  });

  it('tcp_be_liberal 1 lets any sequence number in', () => {
    const tracked = new TrackedFlow();
    tracked.bench.env.sysctls.set('net.netfilter.nf_conntrack_tcp_be_liberal', 1);
    for (const segment of ['c S 1000 0', 's SA 5000 1001', 'c A 1001 5001']) tracked.send(segment);
    expect(tracked.send('c PA 9000000 5001 10')[0]).toBe('ESTABLISHED');
  });

  it('timeouts are those of the namespace', () => {
    const tracked = new TrackedFlow();
    tracked.bench.env.sysctls.set('net.netfilter.nf_conntrack_tcp_timeout_established', 86_400);
    for (const segment of ['c S 1000 0', 's SA 5000 1001']) tracked.send(segment);
    expect(tracked.send('c A 1001 5001')).toEqual(['ESTABLISHED', 'ESTABLISHED 86400 ASSURED']);
  });
});

describe('time', () => {
  it('ends an entry, after which an answer is a stranger', () => {
    const tracked = new TrackedFlow();
    tracked.send('c S 1000 0');
    tracked.bench.env.now += 119_999;
    expect(tracked.entry()).toBe('SYN_SENT 0');
    tracked.bench.env.now += 1;
    expect(tracked.entry()).toBe('');
    expect(tracked.send('s SA 5000 1001')).toEqual(['INVALID', '']);
  });

  it('a repeated SYN does not prolong the entry', () => {
    const tracked = new TrackedFlow();
    tracked.send('c S 1000 0');
    tracked.bench.env.now += 100_000;
    expect(tracked.send('c S 1000 0')).toEqual(['NEW', 'SYN_SENT 20']);
  });

  it('the same acknowledgement again and again shortens it', () => {
    const tracked = new TrackedFlow();
    for (const segment of ['c S 1000 0', 's SA 5000 1001', 'c A 1001 5001']) tracked.send(segment);
    for (let i = 0; i < 2; i++) tracked.send('c A 1001 5001');
    expect(tracked.entry()).toBe('ESTABLISHED 432000 ASSURED');
    tracked.send('c A 1001 5001');
    expect(tracked.entry()).toBe('ESTABLISHED 300 ASSURED');
  });

  it('a stray FIN and its answer shorten it', () => {
    const tracked = new TrackedFlow();
    for (const segment of ['c S 1000 0', 's SA 5000 1001', 'c A 1001 5001']) tracked.send(segment);
    expect(tracked.send('c FA 90000000 5001')).toEqual(['INVALID', 'ESTABLISHED 432000 ASSURED']);
    expect(tracked.send('s FA 90000000 1001')).toEqual(['INVALID', 'ESTABLISHED 300 ASSURED']);
  });
});
