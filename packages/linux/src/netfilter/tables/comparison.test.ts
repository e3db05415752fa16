import { type IpPacket, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Attachment } from '../conntrack/entry.ts';
import { DeviceNumbers } from '../device-numbers.ts';
import { matchInterface, matchPrefix } from '../match/address.ts';
import { inverted, type MatchFunction } from '../match/match-function.ts';
import { connectionBits, matchConntrack, matchMark } from '../match/state.ts';
import {
  matchPort,
  matchProtocol,
  matchProtocolModule,
  matchTcpFlags,
} from '../match/transport.ts';
import { PacketView, Word } from '../packet-view.ts';
import type { Match } from '../rule.ts';
import { contextOf, icmp, tcp, udp } from '../test-support.ts';
import { type Comparison, comparisonsOf } from './comparison.ts';

const devices = new DeviceNumbers();

/** The matches that comparisons stand in for, as they are written out. */
function written(match: Match): MatchFunction {
  switch (match.kind) {
    case 'source':
    case 'destination':
      return inverted(matchPrefix(match.kind, match.prefix), match.invert);
    case 'in-interface':
      return inverted(matchInterface('in', match.name), match.invert);
    case 'out-interface':
      return inverted(matchInterface('out', match.name), match.invert);
    case 'protocol':
      return matchProtocol(match);
    case 'protocol-module':
      return matchProtocolModule(match);
    case 'port':
      return matchPort(match);
    case 'tcp-flags':
      return matchTcpFlags(match);
    case 'mark':
      return matchMark(match);
    case 'conntrack':
      return matchConntrack(match);
    default:
      throw new RangeError(match.kind);
  }
}

const holds = (comparisons: readonly Comparison[], { words }: PacketView): boolean =>
  comparisons.every(
    ({ word, mask, value, differs }) =>
      (((words[word] ?? 0) & mask) === value) !== (differs === true),
  );

const prefix = fc
  .constantFrom(
    ...['10.0.0.1/32', '10.0.0.0/30', '200.0.0.0/5', '0.0.0.0/0'],
    ...['fd00::1/128', 'fd00::/64', 'fd00::/29', '8000::/1', 'fd00::40:0:0/90', '::/0'],
  )
  .map((text) => parsePrefix(text));
const name = fc.constantFrom('e1', 'e2', 'e+');
const invert = fc.boolean();
const port = fc.constantFrom(0, 1, 2, 3, 4, 7, 8, 65_535);
const bits = fc.constantFrom(0, 1, 2, 3, 0x8000_0000, 0xffff_ffff);

const someMatch: fc.Arbitrary<Match> = fc.oneof(
  fc.record({ kind: fc.constantFrom('source', 'destination'), prefix, invert }),
  fc.record({ kind: fc.constantFrom('in-interface', 'out-interface'), name, invert }),
  fc.record({
    kind: fc.constant('protocol' as const),
    protocol: fc.constantFrom('tcp', 'udp', 'all', 58),
    invert,
  }),
  fc.record({
    kind: fc.constant('protocol-module' as const),
    protocol: fc.constantFrom('tcp', 'udp'),
  }),
  fc
    .tuple(
      fc.constantFrom('tcp', 'udp'),
      fc.constantFrom('source', 'destination'),
      port,
      port,
      invert,
    )
    .map(
      ([protocol, side, a, b, inverts]): Match => ({
        kind: 'port',
        protocol,
        side,
        first: Math.min(a, b),
        last: Math.max(a, b),
        invert: inverts,
      }),
    ),
  fc.record({
    kind: fc.constant('tcp-flags' as const),
    mask: fc.constantFrom(0, 2, 18),
    compare: fc.constantFrom(0, 2, 16),
    invert,
  }),
  fc.record({ kind: fc.constant('mark' as const), value: bits, mask: bits, invert }),
  fc.record({
    kind: fc.constant('conntrack' as const),
    module: fc.constant('conntrack' as const),
    states: fc.subarray(['NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED', 'DNAT'] as const, {
      minLength: 1,
    }),
    invert,
  }),
);

const end = (family: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      family === 4
        ? fc.constantFrom('10.0.0.1', '10.0.0.2', '203.0.113.9')
        : fc.constantFrom('[fd00::1]', '[fd00::2]', '[fd00::40:0:5]', '[2001:db8::9]'),
      port,
    )
    .map(([address, number]) => `${address}:${number}`);

const somePacket: fc.Arbitrary<IpPacket> = fc.oneof(
  ...[4, 6].map((family) =>
    fc
      .tuple(end(family), end(family), fc.constantFrom('S', 'A', 'none'))
      .map(([from, to, flags]) =>
        flags === 'none' ? udp(`${from} > ${to}`) : tcp(`${from} > ${to}`, flags),
      ),
  ),
  fc.constant(icmp('10.0.0.1', '10.0.0.2', 8)),
);

const someView: fc.Arbitrary<PacketView> = fc
  .record({
    packet: somePacket,
    inDevice: fc.constantFrom('e1', 'e2', 'x', undefined),
    outDevice: fc.constantFrom('e1', 'e2', 'x', undefined),
    mark: bits,
    conntrack: fc.constantFrom(
      undefined,
      ...(['NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED'] as const).map(
        (state) => new Attachment(state),
      ),
    ),
  })
  .map(({ packet, ...fields }) => {
    const context = contextOf(packet, fields);
    const view = new PacketView(context, devices);
    view.load('FORWARD', context);
    view.words[Word.MARK] = context.mark;
    view.words[Word.CONNECTION] = connectionBits(context.conntrack);
    return view;
  });

describe('comparisons', () => {
  it('say what the matches say that they stand for', () => {
    fc.assert(
      fc.property(someMatch, someView, (match, view) => {
        const comparisons = comparisonsOf(match, devices);
        view.readDevices();
        // Rules see packets of their own family only.
        const isOfFamily =
          !('prefix' in match) ||
          (typeof match.prefix.address === 'number') === (view.family === 4);
        if (comparisons === undefined || !isOfFamily) return;
        expect(holds(comparisons, view)).toBe(written(match)(view));
      }),
      { numRuns: 3000 },
    );
  });

  it('are there for what rules are mostly made of', () => {
    const of = (match: Match) => comparisonsOf(match, devices)?.length;
    expect(of({ kind: 'source', prefix: parsePrefix('10.0.0.0/8'), invert: true })).toBe(1);
    expect(of({ kind: 'source', prefix: parsePrefix('fd00::1/128') })).toBe(4);
    expect(of({ kind: 'port', protocol: 'tcp', side: 'source', first: 80, last: 80 })).toBe(2);
    expect(of({ kind: 'in-interface', name: 'cali+', invert: true })).toBe(1);
    expect(of({ kind: 'conntrack', module: 'state', states: ['RELATED', 'ESTABLISHED'] })).toBe(1);
  });

  it('are not made where one alone could not say it', () => {
    const of = (match: Match) => comparisonsOf(match, devices);
    expect(
      of({ kind: 'source', prefix: parsePrefix('fd00::1/128'), invert: true }),
    ).toBeUndefined();
    expect(
      of({ kind: 'port', protocol: 'tcp', side: 'source', first: 80, last: 82 }),
    ).toBeUndefined();
  });
});
