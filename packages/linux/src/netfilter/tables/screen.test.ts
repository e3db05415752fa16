import { type IpFamily, type IpPacket, parseIp, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceNumbers } from '../device-numbers.ts';
import { Word } from '../packet-view.ts';
import type { Match } from '../rule.ts';
import {
  append,
  Bench,
  contextOf,
  DROP,
  dport,
  newChain,
  protocol,
  source,
  tcp,
  udp,
} from '../test-support.ts';
import type { Comparison } from './comparison.ts';
import { screenOf, sortMatches } from './screen.ts';

const devices = new DeviceNumbers();
const screen = (...matches: readonly Match[]): Comparison | undefined =>
  screenOf(sortMatches({ matches }, devices).comparisons);
const recent: Extract<Match, { kind: 'recent' }> = {
  kind: 'recent',
  name: 'seen',
  action: { kind: 'set' },
};

describe('the screen of a rule', () => {
  it('is its sharpest comparison', () => {
    expect(screen(protocol('tcp'), dport('tcp', 80), source('10.0.0.1/32'))).toEqual({
      word: Word.SOURCE,
      mask: -1,
      value: 0x0a00_0001,
    });
    expect(screen(protocol('tcp'), dport('tcp', 80))).toMatchObject({
      word: Word.DESTINATION_PORT,
      value: 80,
    });
    expect(screen(protocol('udp'))).toEqual({ word: Word.PROTOCOL, mask: 0xff, value: 17 });
    expect(screen(source('192.0.0.0/4'))).toEqual({
      word: Word.SOURCE,
      mask: -0x1000_0000,
      value: -0x4000_0000,
    });
  });

  it('of an IPv6 prefix is in the last word that it fills', () => {
    expect(screen(source('2001:db8::1/128'))?.word).toBe(3);
    expect(screen(source('2001:db8::/64'))?.word).toBe(1);
    expect(screen(source('2001:db8::/48'))).toMatchObject({ word: 0, mask: -1 });
    expect(screen(source('2001:db8::/29'))).toMatchObject({ word: 0, mask: -8 });
  });

  it('is none where nothing can be compared', () => {
    expect(screen()).toBeUndefined();
    expect(screen(source('10.0.0.0/8', true))).toBeUndefined();
    expect(screen(source('0.0.0.0/0'), protocol('all'), dport('tcp', 1, 99))).toBeUndefined();
    expect(screen({ kind: 'in-interface', name: 'cali+', invert: true })).toBeUndefined();
  });

  it('stands before nothing that keeps count', () => {
    expect(screen(recent, source('10.0.0.1/32'))).toBeUndefined();
    expect(screen(protocol('tcp'), recent, source('10.0.0.1/32'))?.word).toBe(Word.PROTOCOL);
    expect(screen(source('10.0.0.1/32'), recent)?.word).toBe(Word.SOURCE);
  });
});

/** Few values, so that rules and packets meet. */
const PREFIXES: Readonly<Record<IpFamily, readonly string[]>> = {
  4: ['10.0.0.1/32', '10.0.0.2/32', '10.0.0.0/30', '10.0.0.0/8', '200.0.0.0/5', '128.0.0.0/1'],
  6: ['fd00::1/128', 'fd00::2/128', 'fd00::/127', 'fd00::/64', 'fd00:0:0:1::/64', '8000::/1'],
};
const HOSTS: Readonly<Record<IpFamily, readonly string[]>> = {
  4: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '203.0.113.9'],
  6: ['fd00::1', 'fd00::2', 'fd00::1:0:0:0:2', '2001:db8::9'],
};

const someMatch = (family: IpFamily): fc.Arbitrary<readonly Match[]> => {
  const prefix = fc.constantFrom(...PREFIXES[family]).map((text) => parsePrefix(text));
  const name = fc.constantFrom('e1', 'e2', 'e+');
  const invert = fc.boolean();
  const rcheck = { kind: 'rcheck', seconds: 60, reap: false } as const;
  return fc.oneof(
    fc
      .record({ kind: fc.constantFrom('source', 'destination'), prefix, invert })
      .map((match) => [match]),
    fc
      .record({ kind: fc.constantFrom('in-interface', 'out-interface'), name, invert })
      .map((match) => [match]),
    fc.constantFrom<readonly Match[]>([recent], [{ ...recent, action: rcheck }]),
    fc
      .tuple(fc.constantFrom('tcp', 'udp'), fc.nat(3), fc.nat(1), invert)
      .map(([own, first, more, inverted]) => [
        protocol(own),
        { ...dport(own, first, first + more), invert: inverted },
      ]),
  );
};

/** A rule asks each thing once. */
const someMatches = (family: IpFamily): fc.Arbitrary<readonly Match[]> =>
  fc
    .uniqueArray(someMatch(family), { maxLength: 4, selector: ([first]) => first?.kind })
    .map((groups) => groups.flat());

const somePacket = (family: IpFamily): fc.Arbitrary<{ packet: IpPacket; inDevice: string }> => {
  const host = fc.constantFrom(...HOSTS[family]);
  const end = fc
    .tuple(host, fc.nat(4))
    .map(([ip, port]) => (family === 4 ? `${ip}:${port}` : `[${ip}]:${port}`));
  return fc.record({
    packet: fc
      .tuple(end, end, fc.boolean())
      .map(([from, to, isTcp]) => (isTcp ? tcp(`${from} > ${to}`, 'S') : udp(`${from} > ${to}`))),
    inDevice: fc.constantFrom('e1', 'e2', 'x'),
  });
};

/** Where packets are dropped, by the number of the rule; -1 for those that pass. */
function drops(bench: Bench, packets: readonly { packet: IpPacket; inDevice: string }[]) {
  return packets.map(({ packet, inDevice }) => {
    const verdict = bench.run('FORWARD', contextOf(packet, { inDevice, outDevice: 'e2' }));
    return verdict.kind === 'drop' ? Number(/\d+/.exec(verdict.reason)?.[0]) : -1;
  });
}

describe.each([4, 6] as const)('a long chain of IPv%i', (family) => {
  it('decides as its rules would, each in a chain of its own', () => {
    const rules = fc.array(someMatches(family), { minLength: 24, maxLength: 40 });
    const packets = fc.array(somePacket(family), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(rules, packets, (written, sent) => {
        const long = new Bench();
        const apart = new Bench();
        for (const [index, matches] of written.entries()) {
          long.apply(append('filter', 'FORWARD', matches, DROP, family));
          const own = `u${index + 1}`;
          apart.apply(
            newChain('filter', own, family),
            append('filter', own, matches, DROP, family),
            append('filter', 'FORWARD', [], { kind: 'jump', chain: own }, family),
          );
        }
        // `rule 1 of filter u7`: there the chain's name has the number.
        const inOwn = sent.map(({ packet, inDevice }) => {
          const verdict = apart.run('FORWARD', contextOf(packet, { inDevice, outDevice: 'e2' }));
          return verdict.kind === 'drop' ? Number(/u(\d+)/.exec(verdict.reason)?.[1]) : -1;
        });
        expect(drops(long, sent)).toEqual(inOwn);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a chain that changes', () => {
  it('is screened by the rules that it has', () => {
    const bench = new Bench();
    const rule = (last: number): Match[] => [source(`10.0.0.${last}/32`)];
    for (let last = 1; last <= 8; last++)
      bench.apply(append('filter', 'FORWARD', rule(last), DROP));
    const sent = [8, 4, 9].map((last) => ({
      packet: udp(`10.0.0.${last}:1 > 10.0.1.1:2`),
      inDevice: 'e1',
    }));
    expect(drops(bench, sent)).toEqual([8, 4, -1]);
    bench.apply({
      kind: 'iptables',
      family: 4,
      table: 'filter',
      op: 'delete',
      chain: 'FORWARD',
      rule: { matches: rule(4), target: DROP },
    });
    expect(drops(bench, sent)).toEqual([7, -1, -1]);
    bench.apply(append('filter', 'FORWARD', rule(9), DROP));
    expect(drops(bench, sent)).toEqual([7, -1, 8]);
    bench.apply({
      kind: 'iptables',
      family: 4,
      table: 'filter',
      op: 'flush-chain',
      chain: 'FORWARD',
    });
    expect(drops(bench, sent)).toEqual([-1, -1, -1]);
  });
});

describe('a later fragment', () => {
  const drop = (data: number[]): readonly number[] => {
    const bench = new Bench();
    for (let port = 0; port < 8; port++) {
      bench.apply(append('filter', 'FORWARD', [protocol('udp'), dport('udp', port)], DROP));
    }
    const fragment: IpPacket = {
      kind: 'ipv4',
      tos: 0,
      id: 0,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 8,
      ttl: 64,
      src: Number(parseIp('10.0.0.1')),
      dst: Number(parseIp('10.0.0.2')),
      payload: { kind: 'raw', protocol: 17, data: Uint8Array.from(data) },
    };
    return drops(bench, [{ packet: fragment, inDevice: 'e1' }]);
  };

  it('that holds no ports is let through by no screen that asks for one', () => {
    expect(drop([0, 0])).toEqual([-1]);
  });

  it('has its data taken for ports, as nf_tables does', () => {
    expect(drop([0, 9, 0, 3, 0, 0, 0, 0])).toEqual([4]);
    expect(drop([0, 9, 0, 77, 0, 0, 0, 0])).toEqual([-1]);
  });
});
