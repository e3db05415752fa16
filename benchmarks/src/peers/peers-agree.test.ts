import {
  type Command,
  createNetwork,
  type Netfilter,
  type PacketContext,
  parseNft,
  type RouteSpec,
  type Rule,
} from '@podpath/linux';
import { type Ipv4Packet, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longChain, packets } from '../workloads/long-chain.ts';
import { longChainOfNftables } from '../workloads/nft-chain.ts';
import { timeLoop } from './c-loop.ts';
import { cCompiler } from './c-program.ts';
import { linearScan } from './linear-scan.ts';
import { firstMatch } from './naive-rules.ts';
import { firstFit, wordTests } from './word-tests.ts';

const contextOf = (packet: Ipv4Packet, inDevice: string): PacketContext => ({
  packet,
  mark: 0,
  conntrack: undefined,
  inDevice,
  outDevice: 'eth1',
  physicalIn: undefined,
  physicalOut: undefined,
  bridged: false,
  record: undefined,
});

const netfilter = (): Netfilter => createNetwork().addNamespace('node').netfilter;

function withIptables(rules: readonly Rule[]): Netfilter {
  const made = netfilter();
  for (const rule of rules) {
    const chained = { table: 'filter', op: 'append', chain: 'FORWARD', rule } as const;
    made.apply({ kind: 'iptables', family: 4, ...chained });
  }
  return made;
}

function withNftables(rules: readonly Rule[]): Netfilter {
  const made = netfilter();
  made.apply(parseNft(longChainOfNftables(rules), 'rules', () => undefined));
  return made;
}

/** The number of the rule that dropped, from 0. */
function droppedBy(by: Netfilter, context: PacketContext): number | undefined {
  const verdict = by.run('FORWARD', context);
  if (verdict.kind !== 'drop') return undefined;
  return Number(/^rule (\d+) of /.exec(verdict.reason)?.[1]) - 1;
}

/** What a packet becomes so that, likely, a rule fits it. */
const towards = (rule: Rule | undefined, packet: Ipv4Packet, port: number) => {
  let { src, dst } = packet;
  let inDevice = 'eth0';
  for (const match of rule?.matches ?? []) {
    if (match.kind === 'source') src = Number(match.prefix.address) + 1;
    if (match.kind === 'destination') dst = Number(match.prefix.address);
    if (match.kind === 'in-interface') inDevice = match.name;
  }
  const payload =
    packet.payload.kind === 'tcp' ? { ...packet.payload, dstPort: port } : packet.payload;
  return { packet: { ...packet, src, dst, payload }, inDevice };
};

const someChain = fc.record({ length: fc.integer({ min: 1, max: 80 }), seed: fc.nat(1_000_000) });
const someAims = fc.array(fc.tuple(fc.nat(99), fc.constantFrom(80, 81, 9_999, 10_000)), {
  minLength: 1,
  maxLength: 20,
});

describe('a chain, whoever goes through it,', () => {
  it('has the same first rule that fits', () => {
    fc.assert(
      fc.property(someChain, someAims, ({ length, seed }, aims) => {
        const rules = longChain(length, seed);
        const iptables = withIptables(rules);
        const nftables = withNftables(rules);
        const [plain] = packets(1, seed);
        if (plain === undefined) throw new RangeError('no packet');
        for (const [aim, port] of aims) {
          const { packet, inDevice } = towards(rules[aim], plain, port);
          const expected = firstMatch(rules, packet, inDevice);
          expect(droppedBy(iptables, contextOf(packet, inDevice))).toBe(expected);
          expect(droppedBy(nftables, contextOf(packet, inDevice))).toBe(expected);
        }
      }),
    );
  });

  it('lets nothing through its word tests before the rule that fits', () => {
    fc.assert(
      fc.property(someChain, ({ length, seed }) => {
        const rules = longChain(length, seed);
        for (const packet of packets(8, seed)) {
          expect(firstFit(wordTests(rules), packet)).toBe(firstMatch(rules, packet, 'eth0'));
        }
      }),
    );
  });
});

const compiler = cCompiler();

describe('the loop in C', () => {
  it.skipIf(compiler === undefined)(
    `finds what the plain loop finds${compiler === undefined ? ' (skipped: no C compiler here)' : ''}`,
    () => {
      const tests = wordTests(longChain(500, 3));
      const asked = packets(16, 3);
      const times = timeLoop(compiler ?? '', tests, asked, 1);
      expect(times.found).toEqual(asked.map((packet) => firstFit(tests, packet)));
      expect(times.p50Ns).toBeGreaterThan(0);
      expect(times.p99Ns).toBeGreaterThanOrEqual(times.p50Ns);
    },
    30_000,
  );

  it.skipIf(compiler === undefined)('says that it could not be run', () => {
    expect(() => timeLoop('/nowhere/cc', [], [], 1)).toThrow(/\/nowhere\/cc failed/);
  });
});

const someRoute = fc
  .record({
    address: fc.integer({ min: 0x0a00_0000, max: 0x0a00_ffff }),
    length: fc.integer({ min: 12, max: 32 }),
    metric: fc.nat(3),
  })
  .map(
    ({ address, length, metric }): RouteSpec => ({
      dst: prefixOf(address, length),
      dev: 'd0',
      metric,
    }),
  );

const keyOf = ({ dst, metric }: RouteSpec): string => `${dst.address}/${dst.length} ${metric}`;

describe('routes', () => {
  it('are found by the emulated FIB as a linear scan finds them', () => {
    const routes = fc.uniqueArray(someRoute, { selector: keyOf, minLength: 1, maxLength: 60 });
    const asked = fc.array(fc.integer({ min: 0x09ff_ff00, max: 0x0a01_00ff }), { maxLength: 40 });
    fc.assert(
      fc.property(routes, asked, (specs, addresses) => {
        const network = createNetwork();
        const node = network.addNamespace('node');
        const commands: readonly Command[] = [
          { kind: 'link-add', name: 'd0', type: 'dummy' },
          { kind: 'link-set', dev: 'd0', up: true },
          ...specs.map((route): Command => ({ kind: 'route-add', route })),
        ];
        network.apply({ namespace: 'node', commands });
        // Twice: the second answer may be one that the FIB remembers.
        for (const address of [...addresses, ...addresses]) {
          const expected = specs[linearScan(specs, address)];
          const { route } = node.route(address);
          expect(route && keyOf(route)).toBe(expected && keyOf(expected));
        }
      }),
      { numRuns: 50 },
    );
  });
});
