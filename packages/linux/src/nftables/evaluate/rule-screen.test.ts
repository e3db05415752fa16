import { parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceNumbers } from '../../netfilter/device-numbers.ts';
import { Word } from '../../netfilter/packet-view.ts';
import { contextOf, icmp, tcp, udp } from '../../netfilter/test-support.ts';
import type { NftStatement } from '../model/statement.ts';
import { NftBench } from '../test-support.ts';
import { ruleScreen } from './rule-screen.ts';

const screen = (...statements: readonly NftStatement[]) =>
  ruleScreen({ statements }, new DeviceNumbers());
const daddr: NftStatement = {
  kind: 'match',
  left: 'ip daddr',
  right: parsePrefix('10.0.0.0/24'),
};
const dport: NftStatement = { kind: 'match', left: 'tcp dport', right: 80 };

describe('the screen of a rule of nftables', () => {
  it('is its sharpest comparison', () => {
    expect(screen(dport, daddr)).toEqual({
      word: Word.DESTINATION,
      mask: -256,
      value: 0x0a00_0000,
    });
    expect(screen(dport)).toMatchObject({ word: Word.DESTINATION_PORT, value: 80 });
  });

  it('stands before nothing that does something', () => {
    expect(screen({ kind: 'counter' }, daddr)).toBeUndefined();
    const drawn = { kind: 'numgen', mode: 'inc', modulus: 2 } as const;
    expect(screen({ kind: 'match', left: drawn, right: 0 }, daddr)).toBeUndefined();
    expect(screen(dport, { kind: 'counter' }, daddr)?.word).toBe(Word.DESTINATION_PORT);
  });

  it('is none for what is compared otherwise', () => {
    expect(screen({ kind: 'match', left: 'ip daddr', op: '!=', right: 1 })).toBeUndefined();
    expect(screen({ kind: 'match', left: 'ct state', right: 2 })).toBeUndefined();
    expect(screen({ kind: 'match', left: 'meta iifname', right: 'e*' })).toBeUndefined();
  });
});

/** What a rule may ask beside each other: of each row one at most, of the first two rows one in all. */
const ADDRESSES4 = ['ip saddr 10.0.0.1', 'ip daddr 10.0.0.0/30', 'ip saddr != 10.0.0.1'];
const ADDRESSES6 = ['ip6 saddr fd00::1', 'ip6 daddr fd00::/64', 'ip6 saddr fd00::-fd00::1'];
const TRANSPORTS = ['tcp dport 1', 'udp sport 2', 'tcp dport 1-2', 'meta l4proto udp'];
const DEVICES = ['iifname "e1"', 'oifname "e2"', 'iifname "e*"'];
const oneOf = (texts: readonly string[]) =>
  fc.option(fc.constantFrom(...texts), { nil: undefined, freq: 2 });
const someRule = fc
  .tuple(
    oneOf([...ADDRESSES4, ...ADDRESSES6]),
    oneOf(TRANSPORTS),
    oneOf(DEVICES),
    oneOf(['counter']),
    fc.constantFrom('counter drop', 'counter accept', 'counter'),
    fc.boolean(),
  )
  .map(([address, transport, device, counter, verdict, isTurned]) => {
    const matches = [address, transport, device, counter].filter((text) => text !== undefined);
    return [...(isTurned ? matches.toReversed() : matches), verdict].join(' ');
  });
const end4 = fc.constantFrom('10.0.0.1:1', '10.0.0.2:2', '203.0.113.9:1');
const end6 = fc.constantFrom('[fd00::1]:1', '[fd00::2]:2', '[2001:db8::9]:1');
const somePacket = fc.record({
  packet: fc.oneof(
    ...[end4, end6].map((end) =>
      fc
        .tuple(end, end, fc.boolean())
        .map(([from, to, isTcp]) => (isTcp ? tcp(`${from} > ${to}`, 'S') : udp(`${from} > ${to}`))),
    ),
    fc.constant(icmp('10.0.0.1', '10.0.0.2', 8)),
  ),
  inDevice: fc.constantFrom('e1', 'e2'),
});

const HOOK = 'type filter hook forward priority 0;';
const chain = (name: string, lines: readonly string[]): string =>
  `chain ${name} {\n${lines.join('\n')}\n}`;
const table = (chains: readonly string[]): string => `table inet t {\n${chains.join('\n')}\n}`;

describe('a long chain of nftables', () => {
  it('does as its rules would, with too few in a chain to be screened', () => {
    const someRules = fc.array(someRule, { minLength: 24, maxLength: 32 });
    fc.assert(
      fc.property(
        someRules,
        fc.array(somePacket, { minLength: 1, maxLength: 12 }),
        (rules, sent) => {
          const long = new NftBench(table([chain('c', [HOOK, ...rules])]));
          const jumps = rules.map((_, at) => `jump u${at}`);
          const apart = new NftBench(
            table([
              ...rules.map((rule, at) => chain(`u${at}`, [rule])),
              chain('first', jumps.slice(0, 16)),
              chain('second', jumps.slice(16)),
              chain('c', [HOOK, 'jump first', 'jump second']),
            ]),
          );
          for (const { packet, inDevice } of sent) {
            const context = () => contextOf(packet, { inDevice, outDevice: 'e2' });
            expect(long.run('FORWARD', context()).kind).toBe(apart.run('FORWARD', context()).kind);
          }
          expect(long.packets('t', 'inet')).toEqual(apart.packets('t', 'inet'));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that changes is screened by the rules that it has', () => {
    const rules = Array.from({ length: 30 }, (_, at) => `ip saddr 10.0.0.${at + 1} counter drop`);
    const bench = new NftBench(table([chain('c', [HOOK, ...rules])]));
    const verdict = () => bench.run('FORWARD', udp('10.0.0.99:1 > 10.0.1.1:2')).kind;
    expect(verdict()).toBe('accept');
    bench.load('add rule inet t c ip saddr 10.0.0.99 drop');
    expect(verdict()).toBe('drop');
    bench.load('flush chain inet t c');
    expect(verdict()).toBe('accept');
  });
});
