import { parseIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketView } from '../packet-view.ts';
import { contextOf, icmp, raw, tcp, udp } from '../test-support.ts';
import { Tuple } from './tuple.ts';

const address = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
);
const port = fc.integer({ min: 0, max: 65_535 });

const read = (packet: Parameters<typeof contextOf>[0]): Tuple | undefined => {
  const view = new PacketView(contextOf(packet));
  view.load('PREROUTING', view.context);
  const tuple = new Tuple();
  return tuple.read(view) ? tuple : undefined;
};

describe('a tuple', () => {
  it('is itself again when inverted twice', () => {
    fc.assert(
      fc.property(
        address,
        address,
        port,
        port,
        fc.constantFrom(6, 17, 132, 99),
        (src, dst, from, to, protocol) => {
          const tuple = new Tuple();
          tuple.set(src, dst, from, to, protocol);
          const answer = new Tuple();
          const again = new Tuple();
          expect(answer.invertOf(tuple) && again.invertOf(answer)).toBe(true);
          expect(again.equals(tuple)).toBe(true);
        },
      ),
    );
  });

  it('read from a packet equals one set by hand, hash and all', () => {
    for (const [a, b, flow] of [
      ['10.0.0.1', '10.0.0.2', '10.0.0.1:1000 > 10.0.0.2:53'],
      ['fd00:1:2:3::9', 'fd00::2', '[fd00:1:2:3::9]:1000 > [fd00::2]:53'],
    ] as const) {
      const tuple = new Tuple();
      tuple.set(parseIp(a), parseIp(b), 1000, 53, 17);
      expect(read(udp(flow))?.equals(tuple)).toBe(true);
    }
  });

  it('of an echo request is answered by an echo reply of the same identifier', () => {
    const request = read(icmp('10.0.0.1', '10.0.0.2', 8, 0, 0x0007_0001));
    const reply = read(icmp('10.0.0.2', '10.0.0.1', 0, 0, 0x0007_0009));
    const answer = new Tuple();
    expect(request !== undefined && answer.invertOf(request)).toBe(true);
    expect(reply?.equals(answer)).toBe(true);
  });

  it('of a message that nothing answers cannot be inverted', () => {
    const solicitation = read(icmp('10.0.0.1', '10.0.0.2', 10));
    expect(solicitation !== undefined && new Tuple().invertOf(solicitation)).toBe(false);
  });

  it('does not exist for a cut-off header, and needs none for an unknown protocol', () => {
    expect(read(raw('10.0.0.1', '10.0.0.2', 6))).toBeUndefined();
    expect(read(raw('10.0.0.1', '10.0.0.2', 99))?.protocol).toBe(99);
  });

  it('differs in every field', () => {
    const base = read(tcp('10.0.0.1:1 > 10.0.0.2:2', 'S'));
    for (const other of [
      tcp('10.0.0.3:1 > 10.0.0.2:2', 'S'),
      tcp('10.0.0.1:1 > 10.0.0.3:2', 'S'),
      tcp('10.0.0.1:3 > 10.0.0.2:2', 'S'),
      tcp('10.0.0.1:1 > 10.0.0.2:3', 'S'),
      udp('10.0.0.1:1 > 10.0.0.2:2'),
    ]) {
      const tuple = read(other);
      expect(tuple !== undefined && base?.equals(tuple)).toBe(false);
    }
  });
});
