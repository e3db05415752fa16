import { parseIp, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../command-error.ts';
import type { IpsetCommand, IptablesCommand } from '../commands.ts';
import type { IpsetEntry, Match, Rule, TableName, Target } from './rule.ts';
import { Bench, contextOf, icmp, raw, tcp, udp } from './test-support.ts';

/*
 * Programs without sense: names of chains and sets that may or may not exist, matches and targets
 * where they cannot stand, numbers out of range. Netfilter refuses with `CommandError` or carries out.
 */
const family = fc.constantFrom<4 | 6>(4, 6);
const table = fc.constantFrom<TableName>('raw', 'mangle', 'nat', 'filter', 'security');
const chain = fc.constantFrom(
  'PREROUTING',
  'INPUT',
  'FORWARD',
  'OUTPUT',
  'POSTROUTING',
  'a',
  'b',
  'c',
);
const setName = fc.constantFrom('s', 't', 'l');
const ip = fc.constantFrom('10.0.0.1', '10.0.0.2', '0.0.0.0', 'fd00::1', '::').map(parseIp);
const prefix = fc
  .tuple(ip, fc.integer({ min: 0, max: 32 }))
  .map(([address, length]) => prefixOf(address, length));
const port = fc.constantFrom(0, 1, 53, 80, 65_535, 65_536, -1);
const invert = fc.boolean();
const word = fc.constantFrom(0, 1, 0xf0, 0x8000_0000, 0xffff_ffff);
const side = fc.constantFrom('source' as const, 'destination' as const);
const transport = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const);
const range = fc.record({ first: port, last: port });
const device = fc.constantFrom('e1', 'e+', '+', '', 'much-too-long-for-a-device');

const match: fc.Arbitrary<Match> = fc.oneof(
  fc.record({ kind: fc.constantFrom('source' as const, 'destination' as const), prefix, invert }),
  fc.record({
    kind: fc.constantFrom('in-interface' as const, 'out-interface' as const),
    name: device,
    invert,
  }),
  fc.record({
    kind: fc.constant('protocol' as const),
    protocol: fc.constantFrom<string | number>('tcp', 'udp', 'icmp', 58, 99, 'x', 300),
    invert,
  }),
  fc.record({
    kind: fc.constant('port' as const),
    protocol: transport,
    side,
    first: port,
    last: port,
    invert,
  }),
  fc.record({ kind: fc.constant('protocol-module' as const), protocol: transport }),
  fc.record({ kind: fc.constant('tcp-flags' as const), mask: word, compare: word, invert }),
  fc.record({
    kind: fc.constant('multiport' as const),
    side: fc.constantFrom('source' as const, 'either' as const),
    ranges: fc.array(range, { maxLength: 9 }),
    invert,
  }),
  fc.record({
    kind: fc.constant('icmp' as const),
    version: family,
    type: fc.integer({ min: 0, max: 255 }),
    invert,
  }),
  fc.record({
    kind: fc.constantFrom('mark' as const, 'connmark' as const),
    value: word,
    mask: word,
    invert,
  }),
  fc.record({
    kind: fc.constant('conntrack' as const),
    module: fc.constantFrom('conntrack' as const, 'state' as const),
    states: fc.subarray(['NEW' as const, 'INVALID' as const, 'DNAT' as const]),
    invert,
  }),
  fc.record({
    kind: fc.constant('set' as const),
    set: setName,
    directions: fc.array(fc.constantFrom('src' as const, 'dst' as const), { maxLength: 8 }),
    invert,
  }),
  fc.record({
    kind: fc.constant('address-type' as const),
    source: fc.record({ type: fc.constantFrom('LOCAL' as const, 'BLACKHOLE' as const), invert }),
    limitInterface: fc.constantFrom('in' as const, 'out' as const),
  }),
  fc.record({
    kind: fc.constant('statistic' as const),
    mode: fc.constant('random' as const),
    threshold: fc.constantFrom(-1, 0, 5, 2 ** 31, 2 ** 32),
  }),
  fc.record({
    kind: fc.constant('recent' as const),
    name: fc.constantFrom('r', 'q'),
    action: fc.constantFrom(
      { kind: 'set' as const },
      { kind: 'rcheck' as const, seconds: 5, reap: true },
    ),
  }),
  fc.record({ kind: fc.constant('physdev' as const), out: device, isBridged: fc.boolean() }),
  fc.record({ kind: fc.constant('rpfilter' as const), invert }),
  fc.record({ kind: fc.constant('comment' as const), text: fc.string() }),
);

const target: fc.Arbitrary<Target> = fc.oneof(
  fc.constantFrom<Target>(
    { kind: 'accept' },
    { kind: 'drop' },
    { kind: 'return' },
    { kind: 'notrack' },
    { kind: 'masquerade' },
  ),
  fc.record({ kind: fc.constantFrom('jump' as const, 'goto' as const), chain }),
  fc.record({
    kind: fc.constant('reject' as const),
    with: fc.constantFrom(
      'tcp-reset' as const,
      'icmp-host-unreachable' as const,
      'icmp6-no-route' as const,
    ),
  }),
  fc.record({ kind: fc.constant('mark' as const), value: word, mask: word }),
  fc.record({
    kind: fc.constantFrom('connmark-save' as const, 'connmark-restore' as const),
    mask: word,
  }),
  fc.record({ kind: fc.constant('dnat' as const), address: ip, port }),
  fc.record({ kind: fc.constant('snat' as const), address: ip, randomFully: fc.boolean() }),
  fc.record({
    kind: fc.constant('nflog' as const),
    group: fc.constantFrom(0, 5),
    prefix: fc.string(),
  }),
);

const rule: fc.Arbitrary<Rule> = fc.record(
  { matches: fc.array(match, { maxLength: 4 }), target },
  { requiredKeys: ['matches'] },
);

const iptables: fc.Arbitrary<IptablesCommand> = fc
  .tuple(
    fc.record({ kind: fc.constant('iptables' as const), family, table, chain }),
    fc.oneof(
      fc.constantFrom(
        { op: 'new-chain' as const },
        { op: 'flush-chain' as const },
        { op: 'delete-chain' as const },
      ),
      fc.record({
        op: fc.constant('policy' as const),
        policy: fc.constantFrom('ACCEPT' as const, 'DROP' as const),
      }),
      fc.record({ op: fc.constantFrom('append' as const, 'delete' as const), rule }),
      fc.record({ op: fc.constant('append' as const), rule }),
      fc.record({
        op: fc.constant('insert' as const),
        rule,
        index: fc.integer({ min: -1, max: 3 }),
      }),
    ),
  )
  .map(([common, special]) => ({ ...common, ...special }));

const entry: fc.Arbitrary<IpsetEntry> = fc.oneof(
  fc.record({ kind: fc.constant('ip' as const), address: ip }),
  fc.record({ kind: fc.constant('net' as const), prefix, nomatch: fc.boolean() }),
  fc.record({
    kind: fc.constant('ip,port' as const),
    address: ip,
    protocol: transport,
    port: fc.constantFrom(0, 80),
  }),
  fc.record({ kind: fc.constant('set' as const), name: setName }),
);

const ipset: fc.Arbitrary<IpsetCommand> = fc
  .tuple(
    fc.record({ kind: fc.constant('ipset' as const), set: setName }),
    fc.oneof(
      fc.record({
        op: fc.constant('create' as const),
        type: fc.constantFrom(
          'hash:ip' as const,
          'hash:net' as const,
          'hash:ip,port' as const,
          'list:set' as const,
        ),
        family,
      }),
      fc.record({ op: fc.constantFrom('add' as const, 'delete' as const), entry }),
      fc.constantFrom({ op: 'flush' as const }, { op: 'destroy' as const }),
      fc.record({ op: fc.constant('swap' as const), with: setName }),
    ),
  )
  .map(([common, special]) => ({ ...common, ...special }));

const PACKETS = [
  udp('10.0.0.1:1000 > 10.0.0.2:53'),
  tcp('10.0.0.1:1000 > 10.0.0.2:80', 'S'),
  icmp('10.0.0.1', '10.0.0.2', 3, 1, 0, new Uint8Array([0x45, 0, 0])),
  raw('10.0.0.1', '10.0.0.2', 6),
  udp('[fd00::1]:1000 > [fd00::2]:53'),
  icmp('fd00::1', 'fd00::2', 135),
];

/** A table exists from the first command that names it, refused or not: so that texts can be compared, name all. */
const EVERY_TABLE = ([4, 6] as const).flatMap((version) =>
  (['raw', 'mangle', 'nat', 'filter', 'security'] as const).map(
    (name): IptablesCommand => ({
      kind: 'iptables',
      family: version,
      table: name,
      op: 'flush-chain',
      chain: 'OUTPUT',
    }),
  ),
);

describe('netfilter under programs without sense', () => {
  it('refuses with CommandError and nothing else, and refused commands change nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: iptables }, ipset), { maxLength: 80 }),
        (commands) => {
          const bench = new Bench().apply(...EVERY_TABLE);
          const text = () =>
            bench.netfilter.iptablesSave(4) +
            bench.netfilter.iptablesSave(6) +
            bench.netfilter.ipsetSave();
          for (const command of commands) {
            const before = text();
            try {
              bench.apply(command);
            } catch (error) {
              expect(error).toBeInstanceOf(CommandError);
              expect(text()).toBe(before);
            }
          }
          for (const packet of PACKETS) {
            for (const hook of [
              'PREROUTING',
              'INPUT',
              'FORWARD',
              'OUTPUT',
              'POSTROUTING',
            ] as const) {
              const context = contextOf(structuredClone(packet));
              expect(['accept', 'drop', 'reject']).toContain(bench.run(hook, context).kind);
            }
            bench.forward(structuredClone(packet));
            bench.receive(structuredClone(packet));
            bench.send(structuredClone(packet));
          }
          expect(typeof bench.netfilter.conntrackList()).toBe('string');
        },
      ),
      { numRuns: 200 },
    );
  });
});
