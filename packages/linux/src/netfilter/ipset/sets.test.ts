import { parseIp, parsePrefix, prefixContains, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketView } from '../packet-view.ts';
import type { IpsetEntry, IpsetType } from '../rule.ts';
import { contextOf, icmp, ipEntry, sctp, tcp, udp } from '../test-support.ts';
import type { MemberSet } from './member-set.ts';
import { newSet } from './new-set.ts';

const make = (type: IpsetType, family: 4 | 6 = 4, maxElements = 65_536): MemberSet => {
  const made = newSet(
    { kind: 'ipset', op: 'create', set: 's', type, family, maxElements },
    { nowMs: () => 0, slotOf: () => undefined },
  );
  if ('code' in made) throw new Error(made.why);
  return made;
};

const viewOf = (packet: Parameters<typeof contextOf>[0]): PacketView => {
  const context = contextOf(packet);
  const view = new PacketView(context);
  view.load('FORWARD', context);
  return view;
};

const FLOW = viewOf(udp('10.0.0.1:1000 > 10.0.0.2:53'));
const FLOW6 = viewOf(udp('[fd00::1]:1000 > [fd00::2]:53'));
const SRC = [true];
const DST = [false];

const net = (prefix: string, nomatch = false): IpsetEntry =>
  nomatch
    ? { kind: 'net', prefix: parsePrefix(prefix), nomatch }
    : { kind: 'net', prefix: parsePrefix(prefix) };

const ipPort = (address: string, protocol: 'tcp' | 'udp' | 'sctp', port: number): IpsetEntry => ({
  kind: 'ip,port',
  address: parseIp(address),
  protocol,
  port,
});

const addAll = (set: MemberSet, ...entries: readonly IpsetEntry[]): MemberSet => {
  for (const entry of entries) expect(set.add(entry, {})).toBeUndefined();
  return set;
};

describe('hash:ip', () => {
  it('matches the end asked for', () => {
    const set = addAll(make('hash:ip'), ipEntry('10.0.0.1'));
    expect(set.test(FLOW, SRC)).toBe(true);
    expect(set.test(FLOW, DST)).toBe(false);
    expect(set.test(FLOW, [true, false, false])).toBe(true);
    expect(set.test(FLOW, [])).toBe(false);
    expect(set.test(FLOW6, SRC)).toBe(false);
    expect(addAll(make('hash:ip', 6), ipEntry('fd00::2')).test(FLOW6, DST)).toBe(true);
  });

  it('refuses what ipset refuses', () => {
    const set = addAll(make('hash:ip', 4, 2), ipEntry('10.0.0.1'));
    expect(set.add(ipEntry('10.0.0.1'), {})?.code).toBe('IPSET_ERR_EXIST');
    expect(set.add(ipEntry('0.0.0.0'), {})?.code).toBe('IPSET_ERR_HASH_ELEM');
    expect(set.add(ipEntry('::1'), {})?.code).toBe('IPSET_ERR_INVALID_FAMILY');
    expect(set.add(net('0.0.0.0/8'), {})?.code).toBe('IPSET_ERR_HASH_ELEM');
    expect(set.add({ kind: 'port', port: 1 }, {})?.code).toBe('EINVAL');
    addAll(set, ipEntry('10.0.0.2'));
    expect(set.add(ipEntry('10.0.0.3'), {})?.code).toBe('IPSET_ERR_HASH_FULL');
    expect(set.delete(ipEntry('10.0.0.3'), false)?.code).toBe('IPSET_ERR_EXIST');
    expect(set.delete(ipEntry('10.0.0.2'), false)).toBeUndefined();
    addAll(set, ipEntry('10.0.0.3'));
    expect(set.size).toBe(2);
  });
});

describe('hash:net', () => {
  it('goes by the longest prefix, and nomatch decides against', () => {
    const set = addAll(
      make('hash:net'),
      net('10.0.0.0/8'),
      net('10.0.0.0/24', true),
      net('10.0.0.2/32'),
    );
    expect(set.test(FLOW, SRC)).toBe(false);
    expect(set.test(FLOW, DST)).toBe(true);
    expect(set.test(viewOf(udp('10.9.9.9:1 > 11.0.0.1:2')), SRC)).toBe(true);
    expect(set.test(viewOf(udp('10.9.9.9:1 > 11.0.0.1:2')), DST)).toBe(false);
  });

  it('holds no prefix of length 0, and none twice, marked nomatch or not', () => {
    const set = addAll(make('hash:net'), net('10.0.0.0/8'));
    expect(set.add(net('0.0.0.0/0'), {})?.code).toBe('IPSET_ERR_INVALID_CIDR');
    expect(set.delete(net('0.0.0.0/0'), false)?.code).toBe('IPSET_ERR_INVALID_CIDR');
    expect(set.add(net('10.0.0.0/8', true), {})?.code).toBe('IPSET_ERR_EXIST');
    expect(set.add(net('fd00::/8'), {})?.code).toBe('IPSET_ERR_INVALID_FAMILY');
    expect(set.delete(net('10.0.0.0/9'), false)?.code).toBe('IPSET_ERR_EXIST');
    expect(set.delete(net('10.0.0.0/8'), false)).toBeUndefined();
    expect(set.test(FLOW, SRC)).toBe(false);
  });

  it('agrees with a look at every member', () => {
    const address = fc
      .integer({ min: 0, max: 0xffff_ffff })
      .map((n) => (0x0a00_0000 | (n & 0xf0f)) >>> 0);
    const member = fc.record({
      prefix: fc
        .tuple(address, fc.integer({ min: 1, max: 32 }))
        .map(([ip, length]) => prefixOf(ip, length)),
      nomatch: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(member, { maxLength: 30 }),
        fc.array(address, { minLength: 1, maxLength: 20 }),
        (members, addresses) => {
          const set = make('hash:net');
          const kept = members.filter(
            ({ prefix, nomatch }) => set.add({ kind: 'net', prefix, nomatch }, {}) === undefined,
          );
          for (const src of addresses) {
            const packet = udp('10.0.0.1:1 > 10.0.0.2:2');
            if (packet.kind === 'ipv4') packet.src = src;
            const longest = kept
              .filter(({ prefix }) => prefixContains(prefix, src))
              .sort((a, b) => b.prefix.length - a.prefix.length)[0];
            expect(set.test(viewOf(packet), SRC)).toBe(longest !== undefined && !longest.nomatch);
          }
        },
      ),
    );
  });

  it('of IPv6 is the same', () => {
    const set = addAll(make('hash:net', 6), net('fd00::/16'), net('fd00::2/128', true));
    expect(set.test(FLOW6, SRC)).toBe(true);
    expect(set.test(FLOW6, DST)).toBe(false);
    expect(set.test(FLOW, SRC)).toBe(false);
  });
});

describe('hash:ip,port', () => {
  it('takes a direction for the address and one for the port', () => {
    const set = addAll(
      make('hash:ip,port'),
      ipPort('10.0.0.2', 'udp', 53),
      ipPort('10.0.0.1', 'sctp', 53),
    );
    expect(set.test(FLOW, [false, false])).toBe(true);
    expect(set.test(FLOW, [true, false])).toBe(false);
    expect(set.test(FLOW, [false, true])).toBe(false);
    expect(set.test(FLOW, [false])).toBe(false);
    expect(set.test(viewOf(tcp('10.0.0.1:1000 > 10.0.0.2:53', 'S')), [false, false])).toBe(false);
    expect(set.test(viewOf(sctp('10.0.0.1:1000 > 10.0.0.9:53', 0, [])), [true, false])).toBe(true);
    expect(set.test(viewOf(icmp('10.0.0.1', '10.0.0.2', 8)), [false, false])).toBe(false);
  });

  it('refuses what ipset refuses', () => {
    const set = addAll(make('hash:ip,port', 4, 1), ipPort('10.0.0.1', 'tcp', 0));
    expect(set.add(ipPort('10.0.0.1', 'tcp', 0), {})?.code).toBe('IPSET_ERR_EXIST');
    expect(set.add(ipPort('10.0.0.1', 'udp', 0), {})?.code).toBe('IPSET_ERR_HASH_FULL');
    expect(set.add(ipPort('0.0.0.0', 'udp', 0), {})?.code).toBe('EINVAL');
    expect(set.add(ipPort('fd00::1', 'udp', 0), {})?.code).toBe('IPSET_ERR_INVALID_FAMILY');
    expect(set.delete(ipPort('10.0.0.1', 'udp', 0), false)?.code).toBe('IPSET_ERR_EXIST');
    expect(set.delete(ipPort('10.0.0.1', 'tcp', 0), false)).toBeUndefined();
    expect([...set.members()]).toEqual([]);
  });
});

describe('150,000 members', () => {
  it('are added and listed', { timeout: 60_000 }, () => {
    const set = make('hash:ip', 4, 200_000);
    for (let i = 1; i <= 150_000; i++) set.add({ kind: 'ip', address: 0x0a00_0000 + i }, {});
    let listed = 0;
    for (const { entry } of set.members()) listed += entry.kind === 'ip' ? 1 : 0;
    expect(listed).toBe(150_000);
  });
});
