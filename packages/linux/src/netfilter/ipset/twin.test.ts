import { formatIp, type IpPacket, parseIp, prefixContains, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketView } from '../packet-view.ts';
import type { IpsetEntry, IpsetType } from '../rule.ts';
import { contextOf, tcp, udp } from '../test-support.ts';
import type { MemberSet } from './member-set.ts';
import { newSet } from './new-set.ts';

/** What a packet is to a set: addresses, protocol, ports. */
interface Packet {
  readonly src: number;
  readonly dst: number;
  readonly protocol: 'tcp' | 'udp';
  readonly srcPort: number;
  readonly dstPort: number;
}

/** A member with its deadline, and whether it excludes. */
interface Kept {
  readonly entry: IpsetEntry;
  readonly untilMs: number;
}

const clock = { now: 0 };

const make = (type: IpsetType): MemberSet => {
  const range = type === 'bitmap:port' ? { range: { first: 0, last: 65_535 } } : {};
  const made = newSet(
    { kind: 'ipset', op: 'create', set: 's', type, family: 4, timeoutSeconds: 0, ...range },
    { nowMs: () => clock.now, slotOf: () => undefined },
  );
  if ('code' in made) throw new Error(made.why);
  return made;
};

const viewOf = ({ src, dst, protocol, srcPort, dstPort }: Packet): PacketView => {
  const flow = `${formatIp(src)}:${srcPort} > ${formatIp(dst)}:${dstPort}`;
  const packet: IpPacket = protocol === 'tcp' ? tcp(flow, 'S') : udp(flow);
  const context = contextOf(packet);
  const view = new PacketView(context);
  view.load('FORWARD', context);
  return view;
};

/** Few of each, so that packets meet members. */
const address = fc
  .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 5 }))
  .map(([third, last]) => parseIp(`10.0.${third}.${last}`))
  .map((ip) => (typeof ip === 'number' ? ip : 0));
const port = fc.integer({ min: 1, max: 4 });
const protocol = fc.constantFrom('tcp' as const, 'udp' as const);
const prefix = fc
  .tuple(address, fc.constantFrom(16, 23, 24, 30, 31, 32))
  .map(([ip, length]) => prefixOf(ip, length));
const nomatch = fc.boolean();

const ENTRIES: Readonly<Record<Exclude<IpsetType, 'list:set'>, fc.Arbitrary<IpsetEntry>>> = {
  'hash:ip': fc.record({ kind: fc.constant('ip' as const), address }),
  'hash:net': fc.record({ kind: fc.constant('net' as const), prefix, nomatch }),
  'hash:ip,port': fc.record({ kind: fc.constant('ip,port' as const), address, protocol, port }),
  'hash:net,port': fc.record({
    kind: fc.constant('net,port' as const),
    prefix,
    nomatch,
    protocol,
    port,
  }),
  'hash:ip,port,ip': fc.record({
    kind: fc.constant('ip,port,ip' as const),
    address,
    second: address,
    protocol,
    port,
  }),
  'hash:ip,port,net': fc.record({
    kind: fc.constant('ip,port,net' as const),
    address,
    prefix,
    nomatch,
    protocol,
    port,
  }),
  'hash:net,net': fc.record({
    kind: fc.constant('net,net' as const),
    prefix,
    second: prefix,
    nomatch,
  }),
  'bitmap:port': fc.record({ kind: fc.constant('port' as const), port }),
};

/** How exactly a member covers a packet: `undefined` when it does not, else its prefix lengths, the sharper the larger. */
const covers = (
  entry: IpsetEntry,
  packet: Packet,
  ofSource: readonly boolean[],
): number | undefined => {
  const ip = (dimension: number): number =>
    ofSource[dimension] === true ? packet.src : packet.dst;
  const portIs = (dimension: number, wanted: number, by?: string | number): boolean =>
    (ofSource[dimension] === true ? packet.srcPort : packet.dstPort) === wanted &&
    (by === undefined || by === packet.protocol);
  const exact = (holds: boolean): number | undefined => (holds ? 0 : undefined);
  switch (entry.kind) {
    case 'ip':
      return exact(entry.address === ip(0));
    case 'net':
      return prefixContains(entry.prefix, ip(0)) ? entry.prefix.length : undefined;
    case 'ip,port':
      return exact(entry.address === ip(0) && portIs(1, entry.port, entry.protocol));
    case 'net,port':
      return prefixContains(entry.prefix, ip(0)) && portIs(1, entry.port, entry.protocol)
        ? entry.prefix.length
        : undefined;
    case 'ip,port,ip':
      return exact(
        entry.address === ip(0) && portIs(1, entry.port, entry.protocol) && entry.second === ip(2),
      );
    case 'ip,port,net':
      return entry.address === ip(0) &&
        portIs(1, entry.port, entry.protocol) &&
        prefixContains(entry.prefix, ip(2))
        ? entry.prefix.length
        : undefined;
    case 'net,net':
      return prefixContains(entry.prefix, ip(0)) && prefixContains(entry.second, ip(1))
        ? entry.prefix.length * 33 + entry.second.length
        : undefined;
    case 'port':
      return exact(portIs(0, entry.port));
    default:
      throw new Error(`no ${entry.kind} here`);
  }
};

/** By looking at every member: the sharpest that covers the packet decides. */
const plainly = (kept: readonly Kept[], packet: Packet, ofSource: readonly boolean[]): boolean => {
  let best: { sharpness: number; excludes: boolean } | undefined;
  for (const { entry, untilMs } of kept) {
    const sharpness = untilMs > clock.now ? covers(entry, packet, ofSource) : undefined;
    if (sharpness === undefined || sharpness < (best?.sharpness ?? 0)) continue;
    best = { sharpness, excludes: 'nomatch' in entry && entry.nomatch === true };
  }
  return best !== undefined && !best.excludes;
};

const packets = fc.record({ src: address, dst: address, protocol, srcPort: port, dstPort: port });
const step = (entry: fc.Arbitrary<IpsetEntry>) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: entry, seconds: fc.constantFrom(0, 1, 3) }) },
    { weight: 1, arbitrary: fc.record({ remove: entry }) },
    { weight: 1, arbitrary: fc.record({ waitMs: fc.integer({ min: 1, max: 1500 }) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        packet: packets,
        ofSource: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      }),
    },
  );

/** Members are the same whether they exclude or not. */
const nameOf = (entry: IpsetEntry): string =>
  JSON.stringify({ ...entry, nomatch: undefined }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );

describe.each(Object.entries(ENTRIES))('a set of type %s', (type, entries) => {
  it('answers as a look at every member would, whatever is added, removed, and outlived', () => {
    fc.assert(
      fc.property(fc.array(step(entries), { maxLength: 60 }), (steps) => {
        clock.now = 0;
        const set = make(TYPES.find((each) => each === type) ?? 'hash:ip');
        let kept: readonly Kept[] = [];
        const without = (entry: IpsetEntry) =>
          kept.filter(
            (other) => nameOf(other.entry) !== nameOf(entry) && other.untilMs > clock.now,
          );
        for (const each of steps) {
          if ('add' in each) {
            const { add, seconds } = each;
            expect(set.add(add, { exist: true, timeoutSeconds: seconds })).toBeUndefined();
            const untilMs = seconds === 0 ? Number.POSITIVE_INFINITY : clock.now + seconds * 1000;
            kept = [...without(add), { entry: add, untilMs }];
          } else if ('remove' in each) {
            set.delete(each.remove, true);
            kept = without(each.remove);
          } else if ('waitMs' in each) {
            clock.now += each.waitMs;
          } else {
            const directions = each.ofSource.slice(0, set.dimension);
            const found = set.test(viewOf(each.packet), directions);
            expect(found).toBe(plainly(kept, each.packet, directions));
          }
        }
        expect(set.size).toBe(kept.filter(({ untilMs }) => untilMs > clock.now).length);
      }),
    );
  });
});

const TYPES: readonly IpsetType[] = [
  'hash:ip',
  'hash:net',
  'hash:ip,port',
  'hash:net,port',
  'hash:ip,port,ip',
  'hash:ip,port,net',
  'hash:net,net',
  'bitmap:port',
];
