import { encodeIpPacket, type IpPacket, TcpFlag } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { ConntrackStateName } from '../rule.ts';
import {
  ACCEPT,
  append,
  Bench,
  contextOf,
  DROP,
  dport,
  icmp,
  protocol,
  raw,
  source,
  states,
  tcp,
  udp,
} from '../test-support.ts';
import { answerAttachment } from './attachment.ts';

const awake = (): Bench =>
  new Bench().apply(
    append('filter', 'FORWARD', [states('NEW')]),
    append('filter', 'FORWARD', [states('NEW')], undefined, 6),
  );

const stateOf = (bench: Bench, packet: IpPacket): ConntrackStateName | undefined => {
  const context = contextOf(packet);
  for (const hook of ['PREROUTING', 'FORWARD', 'POSTROUTING'] as const) bench.run(hook, context);
  return context.conntrack?.state;
};

const C = '10.1.0.2';
const S = '10.2.0.2';
const ECHO = 0x1234_0001;

describe('the state of a lone packet, as seen on a kernel', () => {
  const lone: readonly (readonly [string, IpPacket, ConntrackStateName])[] = [
    ['SYN', tcp(`${C}:1 > ${S}:2`, 'S'), 'NEW'],
    ['SYN+PSH', tcp(`${C}:1 > ${S}:2`, 'SP'), 'NEW'],
    ['ACK', tcp(`${C}:1 > ${S}:2`, 'A'), 'NEW'],
    ['RST', tcp(`${C}:1 > ${S}:2`, 'R'), 'INVALID'],
    ['SYN+ACK', tcp(`${C}:1 > ${S}:2`, 'SA'), 'INVALID'],
    ['FIN+ACK', tcp(`${C}:1 > ${S}:2`, 'FA'), 'INVALID'],
    ['no flags', tcp(`${C}:1 > ${S}:2`, ''), 'INVALID'],
    ['SYN+FIN', tcp(`${C}:1 > ${S}:2`, 'SF'), 'INVALID'],
    ['echo request', icmp(C, S, 8, 0, ECHO), 'NEW'],
    ['echo reply', icmp(C, S, 0, 0, ECHO), 'INVALID'],
    ['timestamp request', icmp(C, S, 13, 0, ECHO), 'NEW'],
    ['router solicitation', icmp(C, S, 10), 'INVALID'],
    [
      'error about an unknown flow',
      icmp(C, S, 3, 1, 0, encodeIpPacket(udp(`${S}:1 > ${C}:2`))),
      'INVALID',
    ],
    ['error that quotes nothing', icmp(C, S, 3, 1), 'INVALID'],
    ['protocol 99', raw(C, S, 99), 'NEW'],
    ['ICMPv6 echo request', icmp('fd00::1', 'fd00::2', 128, 0, ECHO), 'NEW'],
    ['ICMPv6 echo reply', icmp('fd00::1', 'fd00::2', 129, 0, ECHO), 'INVALID'],
    ['neighbour solicitation', icmp('fd00::1', 'fd00::2', 135), 'UNTRACKED'],
    ['router advertisement', icmp('fd00::1', 'fd00::2', 134), 'UNTRACKED'],
    ['listener report', icmp('fd00::1', 'fd00::2', 143), 'UNTRACKED'],
    ['redirect', icmp('fd00::1', 'fd00::2', 137), 'INVALID'],
  ];
  for (const [name, packet, state] of lone) {
    it(`${name}: ${state}`, () => {
      expect(stateOf(awake(), packet)).toBe(state);
    });
  }

  it('of a fragment without ports: INVALID', () => {
    const packet = raw(C, S, 17);
    if (packet.kind === 'ipv4') packet.fragmentOffset = 8;
    expect(stateOf(awake(), packet)).toBe('INVALID');
  });

  it('of a wrong checksum: INVALID where packets come in, unless the sysctl says not to look', () => {
    const bench = awake();
    const packet = udp(`${C}:1 > ${S}:2`);
    if (packet.payload.kind === 'udp') packet.payload.checksum = 1;
    expect(stateOf(bench, packet)).toBe('INVALID');
    const sent = contextOf(packet);
    bench.run('OUTPUT', sent);
    expect(sent.conntrack?.state).toBe('NEW');
    bench.env.sysctls.set('net.netfilter.nf_conntrack_checksum', 0);
    expect(stateOf(bench, packet)).toBe('NEW');
  });

  it('of UDP without a checksum: NEW', () => {
    const packet = udp(`${C}:1 > ${S}:2`);
    if (packet.payload.kind === 'udp') packet.payload.checksum = 0;
    expect(stateOf(awake(), packet)).toBe('NEW');
  });
});

describe('a connection', () => {
  it('is ESTABLISHED from its first answer on, both ways', () => {
    const bench = awake();
    const ask = () => stateOf(bench, udp(`${C}:4000 > ${S}:53`));
    const answer = () => stateOf(bench, udp(`${S}:53 > ${C}:4000`));
    expect([ask(), ask(), answer(), ask(), answer()]).toEqual([
      'NEW',
      'NEW',
      'ESTABLISHED',
      'ESTABLISHED',
      'ESTABLISHED',
    ]);
  });

  it('of UDP lives 30 s, and 120 s as a stream once it goes on for 2 s with answers', () => {
    const bench = awake();
    const seen = (): string => /17 (\d+)/.exec(bench.netfilter.conntrackList())?.[1] ?? 'none';
    stateOf(bench, udp(`${C}:4000 > ${S}:53`));
    stateOf(bench, udp(`${S}:53 > ${C}:4000`));
    expect(seen()).toBe('30');
    bench.env.now += 2000;
    stateOf(bench, udp(`${C}:4000 > ${S}:53`));
    expect(seen()).toBe('30');
    bench.env.now += 1;
    stateOf(bench, udp(`${C}:4000 > ${S}:53`));
    expect(seen()).toBe('120');
    expect(bench.netfilter.conntrackList()).toContain('[ASSURED]');
    bench.env.now += 120_000;
    expect(seen()).toBe('none');
  });

  it('of an unknown protocol lives 600 s', () => {
    const bench = awake();
    stateOf(bench, raw(C, S, 99));
    expect(bench.netfilter.conntrackList()).toBe(
      'unknown  99 600 src=10.1.0.2 dst=10.2.0.2 [UNREPLIED] src=10.2.0.2 dst=10.1.0.2 mark=0 use=1\n',
    );
    expect(stateOf(bench, raw(S, C, 99))).toBe('ESTABLISHED');
  });

  it('is told apart by ICMP identifier', () => {
    const bench = awake();
    stateOf(bench, icmp(C, S, 8, 0, 0x0007_0001));
    expect(stateOf(bench, icmp(S, C, 0, 0, 0x0008_0001))).toBe('INVALID');
    expect(stateOf(bench, icmp(S, C, 0, 0, 0x0007_0001))).toBe('ESTABLISHED');
    expect(stateOf(bench, icmp(C, S, 8, 0, 0x0007_0002))).toBe('ESTABLISHED');
  });

  it('leaves nothing behind when its first packet is dropped on the way', () => {
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [states('NEW'), protocol('udp'), dport('udp', 53)], DROP),
      append('filter', 'FORWARD', [states('NEW')], ACCEPT),
    );
    bench.forward(udp(`${C}:4000 > ${S}:53`));
    expect(bench.netfilter.conntrackList()).toBe('');
    bench.forward(udp(`${C}:4000 > ${S}:54`));
    expect(bench.netfilter.conntrackList()).not.toBe('');
  });

  it('is confirmed where it ends here too, and kept over the loopback device', () => {
    const bench = new Bench().apply(append('filter', 'INPUT', [states('NEW')]));
    const context = contextOf(udp('127.0.0.1:4000 > 127.0.0.1:53'));
    bench.run('OUTPUT', context);
    const attached = context.conntrack;
    bench.run('POSTROUTING', context);
    bench.run('PREROUTING', context);
    expect(context.conntrack).toBe(attached);
    bench.run('INPUT', context);
    expect(bench.counters('filter', 'INPUT')).toEqual([1]);
  });
});

describe('an ICMP error', () => {
  it('is RELATED to the packet it quotes, whole or cut after 8 bytes', () => {
    const bench = awake();
    const question = udp(`${C}:4000 > ${S}:53`);
    const quote = encodeIpPacket(question);
    stateOf(bench, question);
    expect(stateOf(bench, icmp(S, C, 3, 3, 0, quote))).toBe('RELATED');
    expect(stateOf(bench, icmp('10.9.9.9', C, 11, 0, 0, quote.slice(0, 28)))).toBe('RELATED');
    expect(stateOf(bench, icmp(S, C, 3, 3, 0, quote.slice(0, 22)))).toBe('INVALID');
  });

  it('must go to the one that sent the packet it quotes', () => {
    const bench = awake();
    const question = udp(`${C}:4000 > ${S}:53`);
    stateOf(bench, question);
    expect(stateOf(bench, icmp(S, '10.1.0.3', 3, 3, 0, encodeIpPacket(question)))).toBe('INVALID');
  });

  it('over IPv6 quotes through extension headers', () => {
    const bench = awake();
    const question = udp('[fd00::1]:4000 > [fd00::2]:53');
    stateOf(bench, question);
    if (question.kind === 'ipv6') {
      question.extensions = [{ type: 60, data: new Uint8Array([1, 4, 0, 0, 0, 0]) }];
    }
    const quote = encodeIpPacket(question);
    expect(stateOf(bench, icmp('fd00::2', 'fd00::1', 1, 4, 0, quote))).toBe('RELATED');
    expect(stateOf(bench, icmp('fd00::2', 'fd00::1', 2, 0, 1280, quote))).toBe('RELATED');
  });
});

describe('NOTRACK', () => {
  it('exempts the packet; its answer then is a new connection', () => {
    const bench = awake().apply(
      append('raw', 'PREROUTING', [source(`${C}/32`)], { kind: 'notrack' }),
    );
    expect(stateOf(bench, udp(`${C}:4000 > ${S}:53`))).toBe('UNTRACKED');
    expect(stateOf(bench, udp(`${S}:53 > ${C}:4000`))).toBe('NEW');
  });
});

describe('the attachment of an answer that the kernel makes up', () => {
  it('is RELATED, the other way, even before the connection is confirmed', () => {
    const bench = awake();
    const context = contextOf(tcp(`${C}:4000 > ${S}:80`, 'S'));
    bench.run('PREROUTING', context);
    const answer = answerAttachment(context.conntrack);
    expect(answer?.state).toBe('RELATED');
    const reset = contextOf(tcp(`${S}:80 > ${C}:4000`, 'RA'), { conntrack: answer });
    bench.run('OUTPUT', reset);
    bench.run('POSTROUTING', reset);
    expect(reset.conntrack).toBe(answer);
    expect(bench.netfilter.conntrackList()).toBe('');
  });

  it('is nothing for a packet without a connection', () => {
    const bench = awake();
    const context = contextOf(tcp(`${C}:4000 > ${S}:80`, 'R'));
    expect(answerAttachment(context.conntrack)).toBeUndefined();
    bench.run('PREROUTING', context);
    expect(answerAttachment(context.conntrack)).toBeUndefined();
  });
});

describe('the flags of a segment', () => {
  it('count without the congestion bits', () => {
    const packet = tcp(`${C}:1 > ${S}:2`, 'S');
    if (packet.payload.kind === 'tcp') packet.payload.flags = TcpFlag.SYN | 0xc0;
    expect(stateOf(awake(), packet)).toBe('NEW');
  });
});
