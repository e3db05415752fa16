import { parseIp, prefixContains, prefixOf } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketView } from '../packet-view.ts';
import { contextOf, raw } from '../test-support.ts';
import { matchesInterfaceName, matchInterface, matchPrefix } from './address.ts';

const viewOf = (src: number | bigint): PacketView => {
  const packet =
    typeof src === 'number' ? raw('0.0.0.0', '10.0.0.2', 99) : raw('::', 'fd00::2', 99);
  if (packet.kind === 'ipv4' && typeof src === 'number') packet.src = src;
  if (packet.kind === 'ipv6' && typeof src === 'bigint') packet.src = src;
  const context = contextOf(packet);
  const view = new PacketView(context);
  view.load('FORWARD', context);
  return view;
};

describe('-s', () => {
  it('agrees with the prefix itself, IPv4', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.integer({ min: 0, max: 32 }),
        fc.integer({ min: 0, max: 31 }),
        (address, length, flip) => {
          const prefix = prefixOf(address, length);
          const near = (address ^ (1 << flip)) >>> 0;
          for (const src of [address, near]) {
            expect(matchPrefix('source', prefix)(viewOf(src))).toBe(prefixContains(prefix, src));
          }
        },
      ),
    );
  });

  it('agrees with the prefix itself, IPv6', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
        fc.integer({ min: 0, max: 128 }),
        fc.integer({ min: 0, max: 127 }),
        (address, length, flip) => {
          const prefix = prefixOf(address, length);
          const near = address ^ (1n << BigInt(flip));
          for (const src of [address, near]) {
            expect(matchPrefix('source', prefix)(viewOf(src))).toBe(prefixContains(prefix, src));
          }
        },
      ),
    );
  });

  it('and -d look at different ends', () => {
    const view = viewOf(parseIp('10.0.0.1'));
    const prefix = prefixOf(parseIp('10.0.0.2'), 32);
    expect(matchPrefix('source', prefix)(view)).toBe(false);
    expect(matchPrefix('destination', prefix)(view)).toBe(true);
  });
});

describe('a device name', () => {
  it('matches whole, or by its beginning before +', () => {
    expect(matchesInterfaceName('cali+', 'cali1234')).toBe(true);
    expect(matchesInterfaceName('cali+', 'cal')).toBe(false);
    expect(matchesInterfaceName('eth0', 'eth01')).toBe(false);
    expect(matchesInterfaceName('+', 'eth0')).toBe(true);
  });

  it('of no device is empty, which + alone matches', () => {
    expect(matchesInterfaceName('+', undefined)).toBe(true);
    expect(matchesInterfaceName('e+', undefined)).toBe(false);
  });

  it('is compiled to the same', () => {
    for (const pattern of ['eth0', 'e+', '+', 'cali+']) {
      for (const device of ['eth0', 'eth1', 'cali7', undefined]) {
        const view = viewOf(1);
        view.context.inDevice = device;
        view.context.outDevice = device;
        const wanted = matchesInterfaceName(pattern, device);
        expect(matchInterface('in', pattern)(view)).toBe(wanted);
        expect(matchInterface('out', pattern)(view)).toBe(wanted);
      }
    }
  });
});
