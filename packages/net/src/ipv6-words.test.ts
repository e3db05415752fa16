import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv6FromWords, ipv6Words, writeIpv6Words } from './ipv6-words.ts';

const address = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });

describe('the words of an IPv6 address', () => {
  it('come from the highest bits to the lowest', () => {
    expect(ipv6Words(0x2001_0db8_0000_0001_8000_0000_0000_00ffn)).toEqual([
      0x2001_0db8, 1, 0x8000_0000, 0xff,
    ]);
  });

  it('make up the address again', () => {
    fc.assert(
      fc.property(address, (ip) => {
        expect(ipv6FromWords(...ipv6Words(ip))).toBe(ip);
      }),
    );
  });

  it('are written where they are wanted, and nowhere else', () => {
    fc.assert(
      fc.property(address, fc.nat(4), (ip, at) => {
        const into = new Uint32Array(8).fill(7);
        writeIpv6Words(ip, into, at);
        expect([...into.subarray(at, at + 4)]).toEqual(ipv6Words(ip));
        expect([...into.subarray(0, at), ...into.subarray(at + 4)]).toEqual([7, 7, 7, 7]);
      }),
    );
  });
});
