import { describe, expect, it } from 'vitest';
import type { Match } from '../rule.ts';
import { append, Bench, dport, icmp, protocol, raw, sctp, tcp, udp } from '../test-support.ts';

/** How many of the packets the matches let through. */
const count = (
  matches: readonly Match[],
  packets: readonly Parameters<Bench['forward']>[0][],
): number => {
  const bench = new Bench().apply(append('filter', 'FORWARD', matches));
  for (const packet of packets) bench.forward(packet);
  return bench.counters('filter', 'FORWARD')[0] ?? 0;
};

const FLOW = '10.0.0.1:1000 > 10.0.0.2:80';

describe('-p', () => {
  it('takes names of any case and numbers', () => {
    const packets = [udp(FLOW), tcp(FLOW, 'S'), raw('10.0.0.1', '10.0.0.2', 99)];
    expect(count([protocol('UDP')], packets)).toBe(1);
    expect(count([protocol(6)], packets)).toBe(1);
    expect(count([protocol('99')], packets)).toBe(1);
    expect(count([protocol('all')], packets)).toBe(3);
    expect(count([{ kind: 'protocol', protocol: 'udp', invert: true }], packets)).toBe(2);
  });
});

describe('ports', () => {
  const packets = [80, 81, 90, 91].map((port) => udp(`10.0.0.1:1000 > 10.0.0.2:${port}`));

  it('match from first to last', () => {
    expect(count([protocol('udp'), dport('udp', 80, 90)], packets)).toBe(3);
    expect(count([protocol('udp'), { ...dport('udp', 80, 90), invert: true }], packets)).toBe(1);
    const sport: Match = { kind: 'port', protocol: 'udp', side: 'source', first: 1000, last: 1000 };
    expect(count([protocol('udp'), sport], packets)).toBe(4);
    expect(count([protocol('udp'), { ...sport, invert: true }], packets)).toBe(0);
  });

  it('are those of SCTP too', () => {
    expect(count([protocol('sctp'), dport('sctp', 80)], [sctp(FLOW, 0, [])])).toBe(1);
  });

  it('of a later fragment are not there, so that even an inverted match fails', () => {
    const later = raw('10.0.0.1', '10.0.0.2', 17);
    if (later.kind === 'ipv4') later.fragmentOffset = 1480;
    expect(count([protocol('udp')], [later])).toBe(1);
    expect(count([protocol('udp'), { ...dport('udp', 80), invert: true }], [later])).toBe(0);
    expect(count([protocol('udp'), { kind: 'protocol-module', protocol: 'udp' }], [later])).toBe(0);
  });

  it('of a first fragment are read from its bytes', () => {
    const first = raw('10.0.0.1', '10.0.0.2', 17);
    if (first.kind === 'ipv4') first.moreFragments = true;
    first.payload = {
      kind: 'raw',
      protocol: 17,
      data: new Uint8Array([3, 232, 0, 80, 9, 9, 0, 0]),
    };
    expect(count([protocol('udp'), dport('udp', 80)], [first])).toBe(1);
  });

  it('of an IPv6 fragment likewise', () => {
    const packet = raw('fd00::1', 'fd00::2', 6);
    const data = new Uint8Array(20);
    data.set([3, 232, 0, 80]);
    data[13] = 2;
    packet.payload = { kind: 'raw', protocol: 6, data };
    const bench = new Bench().apply(
      append('filter', 'FORWARD', [protocol('tcp'), dport('tcp', 80)], undefined, 6),
    );
    for (const offset of [1, 9]) {
      if (packet.kind === 'ipv6') {
        packet.extensions = [{ type: 44, data: new Uint8Array([0, offset, 0, 0, 0, 7]) }];
      }
      bench.forward(packet);
    }
    expect(bench.counters('filter', 'FORWARD', 6)).toEqual([1]);
  });
});

describe('multiport', () => {
  const both = [
    udp('10.0.0.1:53 > 10.0.0.2:9'),
    udp('10.0.0.1:9 > 10.0.0.2:53'),
    udp('10.0.0.1:9 > 10.0.0.2:20'),
  ];
  const ranges = [
    { first: 53, last: 53 },
    { first: 10, last: 19 },
  ];

  it('looks at one side or either', () => {
    const match = (side: 'source' | 'destination' | 'either', invert = false): Match => ({
      kind: 'multiport',
      side,
      ranges,
      invert,
    });
    expect(count([protocol('udp'), match('source')], both)).toBe(1);
    expect(count([protocol('udp'), match('destination')], both)).toBe(1);
    expect(count([protocol('udp'), match('either')], both)).toBe(2);
    expect(count([protocol('udp'), match('either', true)], both)).toBe(1);
    expect(count([protocol('udp'), match('destination', true)], both)).toBe(2);
  });
});

describe('TCP flags', () => {
  it('compare under a mask', () => {
    const packets = ['S', 'SA', 'A', 'R'].map((flags) => tcp(FLOW, flags));
    const syn: Match = { kind: 'tcp-flags', mask: 0x17, compare: 2 };
    expect(count([protocol('tcp'), syn], packets)).toBe(1);
    expect(count([protocol('tcp'), { ...syn, invert: true }], packets)).toBe(3);
  });
});

describe('ICMP types', () => {
  const packets = [
    icmp('10.0.0.1', '10.0.0.2', 3, 1),
    icmp('10.0.0.1', '10.0.0.2', 3, 3),
    icmp('10.0.0.1', '10.0.0.2', 8),
  ];

  it('match with any code or one', () => {
    const type: Match = { kind: 'icmp', version: 4, type: 3 };
    expect(count([protocol('icmp'), type], packets)).toBe(2);
    expect(count([protocol('icmp'), { ...type, code: 3 }], packets)).toBe(1);
    expect(count([protocol('icmp'), { ...type, code: 3, invert: true }], packets)).toBe(2);
  });
});
