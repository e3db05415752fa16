import { type Ip, type IpFamily, type Prefix, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, NextHopSpec, RouteSpec, RuleSpec } from '../commands.ts';
import { formatProgram } from '../text/program.ts';
import { parseProgram } from './program-text.ts';

const verbs = <T extends string>(...kinds: readonly T[]): fc.Arbitrary<T> =>
  fc.constantFrom(...kinds);

const ipv4 = fc.nat({ max: 0xffff_ffff });
const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const bits = (family: IpFamily): number => (family === 4 ? 32 : 128);
const addressOf = (family: IpFamily): fc.Arbitrary<Ip> => (family === 4 ? ipv4 : ipv6);
const prefixOfFamily = (family: IpFamily): fc.Arbitrary<Prefix> =>
  fc
    .tuple(addressOf(family), fc.nat({ max: bits(family) }))
    .map(([address, length]) => prefixOf(address, length));
const interfaceAddress = (family: IpFamily) =>
  fc.record({ address: addressOf(family), length: fc.nat({ max: bits(family) }) });
const family = fc.constantFrom<IpFamily>(4, 6);
const byFamily = <T>(make: (family: IpFamily) => fc.Arbitrary<T>): fc.Arbitrary<T> =>
  family.chain(make);
// Words of the grammar among them: a device may have any name.
const dev = fc.constantFrom('eth0', 'eth0.100', 'cali0123456789a', 'up', 'dev', 'via', 'br-7');
const mac = fc.nat({ max: 2 ** 31 }).map((low) => 0x0200_0000_0000 + low);
const number = fc.nat({ max: 0xffff_ffff });
const port = fc.integer({ min: 1, max: 65_534 });
const ports = fc
  .tuple(port, port)
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const scope = fc.constantFrom('global' as const, 'link' as const, 'host' as const);
const yes = fc.constant(true as const);
const gateway = (of: IpFamily): fc.Arbitrary<Ip> => (of === 4 ? fc.oneof(ipv4, ipv6) : ipv6);

const hop = (of: IpFamily): fc.Arbitrary<NextHopSpec> =>
  fc.record(
    { via: gateway(of), dev, onlink: yes, weight: fc.integer({ min: 1, max: 256 }) },
    { requiredKeys: [] },
  );

const route = (of: IpFamily): fc.Arbitrary<RouteSpec> =>
  fc.record(
    {
      type: verbs('local', 'broadcast', 'blackhole', 'unreachable', 'prohibit', 'throw'),
      dst: prefixOfFamily(of),
      tos: fc.integer({ min: 1, max: 255 }),
      via: gateway(of),
      dev,
      onlink: yes,
      src: addressOf(of),
      scope,
      protocol: verbs('kernel', 'boot', 'static', 'bird', '80'),
      metric: number,
      mtuBytes: number,
      table: number,
      nexthops: fc.array(hop(of), { minLength: 1, maxLength: 3 }),
    },
    // Without a table a local route would be printed with that of all others.
    { requiredKeys: ['dst', 'table'] },
  );

const rule = (of: IpFamily): fc.Arbitrary<RuleSpec> =>
  fc.record(
    {
      family: fc.constant(of),
      priority: number,
      not: yes,
      from: prefixOfFamily(of),
      to: prefixOfFamily(of),
      fwmark: fc.record({ value: number, mask: number }),
      iif: dev,
      oif: dev,
      tos: fc.integer({ min: 1, max: 255 }),
      protocol: fc.integer({ min: 1, max: 255 }),
      sourcePorts: ports,
      destinationPorts: ports,
      action: fc.oneof(
        fc.record(
          {
            kind: fc.constant('lookup' as const),
            table: number,
            suppressPrefixLength: fc.nat({ max: 128 }),
          },
          { requiredKeys: ['kind', 'table'] },
        ),
        fc.record({ kind: fc.constant('goto' as const), priority: number }),
        fc.record({ kind: fc.constant('nop' as const) }),
        fc.record({ kind: verbs('blackhole', 'unreachable', 'prohibit') }),
      ),
    },
    { requiredKeys: ['family', 'priority', 'action'] },
  );

const COMMANDS: readonly (readonly [string, fc.Arbitrary<Command>])[] = [
  [
    'addresses',
    byFamily((of) =>
      fc.oneof(
        fc.record(
          { kind: fc.constant('address-add' as const), dev, address: interfaceAddress(of), scope },
          { requiredKeys: ['kind', 'dev', 'address'] },
        ),
        fc.record({
          kind: fc.constant('address-delete' as const),
          dev,
          address: interfaceAddress(of),
        }),
      ),
    ),
  ],
  [
    'routes',
    byFamily((of) =>
      fc.record({
        kind: verbs('route-add', 'route-append', 'route-replace', 'route-delete'),
        route: route(of),
      }),
    ),
  ],
  [
    'rules',
    byFamily((of) => fc.record({ kind: verbs('rule-add', 'rule-delete'), rule: rule(of) })),
  ],
  [
    'neighbours',
    byFamily((of) =>
      fc.oneof(
        fc.record({
          kind: fc.constant('neighbour-replace' as const),
          dev,
          address: addressOf(of),
          mac,
          state: verbs('permanent', 'noarp', 'reachable'),
        }),
        fc.record({
          kind: verbs('neighbour-delete', 'neighbour-proxy-add', 'neighbour-proxy-delete'),
          dev,
          address: addressOf(of),
        }),
      ),
    ),
  ],
  [
    'forwarding entries',
    byFamily((of) =>
      fc.oneof(
        fc.record(
          {
            kind: verbs('fdb-append', 'fdb-replace'),
            dev,
            mac,
            dst: addressOf(of),
            life: verbs('permanent', 'static', 'dynamic'),
          },
          { requiredKeys: ['kind', 'dev', 'mac', 'life'] },
        ),
        fc.record(
          { kind: fc.constant('fdb-delete' as const), dev, mac, dst: addressOf(of) },
          { requiredKeys: ['kind', 'dev', 'mac'] },
        ),
      ),
    ),
  ],
  [
    'settings',
    fc.record({
      kind: fc.constant('sysctl' as const),
      key: fc.constantFrom('net.ipv4.ip_forward', 'net.ipv4.conf.eth0/100.rp_filter'),
      value: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    }),
  ],
  ['deletions of devices', fc.record({ kind: fc.constant('link-delete' as const), dev })],
];

describe.each(COMMANDS)('the text of %s', (_, arbitrary) => {
  test('is read back as what it was written from, nothing lost', () => {
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 5 }), (commands) => {
        const text = formatProgram({ namespace: 'n', commands });
        expect(parseProgram(text, 'program').flatMap((program) => program.commands)).toEqual(
          commands,
        );
      }),
    );
  });
});
