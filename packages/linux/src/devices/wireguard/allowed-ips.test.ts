import { type Ip, type Prefix, parseIp, parsePrefix, prefixContains, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AllowedIps } from './allowed-ips.ts';

interface Someone {
  readonly name: string;
  readonly allowedIps: Prefix[];
}

const someone = (name: string): Someone => ({ name, allowedIps: [] });

describe('allowed IPs', () => {
  test('are looked up by the longest prefix', () => {
    const [a, b, c] = [someone('a'), someone('b'), someone('c')];
    const allowed = new AllowedIps<Someone>();
    allowed.give(parsePrefix('10.0.0.0/8'), a);
    allowed.give(parsePrefix('10.1.0.0/16'), b);
    allowed.give(parsePrefix('::/0'), c);
    const ownerOf = (text: string) => allowed.peerOf(parseIp(text))?.name;
    expect(['10.2.0.1', '10.1.2.3', '11.0.0.1', 'fd00::1'].map(ownerOf)).toEqual([
      'a',
      'b',
      undefined,
      'c',
    ]);
  });

  test('belong to one peer: who gets a prefix takes it from the other', () => {
    const [a, b] = [someone('a'), someone('b')];
    const allowed = new AllowedIps<Someone>();
    const prefix = parsePrefix('10.1.0.0/16');
    allowed.give(prefix, a);
    allowed.give(parsePrefix('10.2.0.0/16'), a);
    allowed.give(prefix, b);
    expect(allowed.peerOf(parseIp('10.1.0.1'))).toBe(b);
    expect(a.allowedIps).toEqual([parsePrefix('10.2.0.0/16')]);
    expect(b.allowedIps).toEqual([prefix]);
    allowed.takeAll(b);
    expect(allowed.peerOf(parseIp('10.1.0.1'))).toBeUndefined();
    expect(b.allowedIps).toEqual([]);
  });

  test('are found as by going through all of them', () => {
    // Few addresses, so that prefixes meet.
    const small: fc.Arbitrary<Ip> = fc.oneof(
      fc.nat({ max: 15 }).map((n) => n * 0x1111_1111),
      fc.nat({ max: 15 }).map((n) => BigInt(n) * 0x1111_1111_1111_1111_1111_1111_1111_1111n),
    );
    const prefixes = fc
      .tuple(small, fc.nat({ max: 32 }))
      .map(([address, length]) => prefixOf(address, length));
    const changes = fc.array(
      fc.oneof(
        fc.record({ give: prefixes, to: fc.nat({ max: 3 }) }),
        fc.record({ takeAll: fc.nat({ max: 3 }) }),
      ),
    );
    fc.assert(
      fc.property(changes, small, (list, address) => {
        const peers = [0, 1, 2, 3].map((n) => someone(`${n}`));
        const allowed = new AllowedIps<Someone>();
        const owners = new Map<string, { prefix: Prefix; owner: number }>();
        for (const change of list) {
          if ('give' in change) {
            const peer = peers[change.to];
            if (peer !== undefined) allowed.give(change.give, peer);
            const { address: base, length } = change.give;
            owners.set(`${typeof base} ${base}/${length}`, {
              prefix: change.give,
              owner: change.to,
            });
          } else {
            const peer = peers[change.takeAll];
            if (peer !== undefined) allowed.takeAll(peer);
            for (const [key, { owner }] of owners) if (owner === change.takeAll) owners.delete(key);
          }
        }
        const [best] = [...owners.values()]
          .filter(({ prefix }) => prefixContains(prefix, address))
          .sort((one, other) => other.prefix.length - one.prefix.length);
        expect(allowed.peerOf(address)?.name).toBe(
          best === undefined ? undefined : `${best.owner}`,
        );
      }),
    );
  });
});
