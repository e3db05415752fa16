import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ip } from './address.ts';
import { formatIp, parseIp, parseIpv4, parseIpv6 } from './address-text.ts';
import {
  comparePrefixes,
  formatPrefix,
  isIpv4Prefix,
  isIpv6Prefix,
  lastAddress,
  maskOf,
  type Prefix,
  parseInterfaceAddress,
  parsePrefix,
  parsePrefixLoose,
  prefixContains,
  prefixCovers,
  prefixOf,
  subnetsOf,
} from './prefix.ts';
import { anyIp, anyIpv4, anyIpv6 } from './test-arbitraries.ts';

const anyPrefix: fc.Arbitrary<Prefix> = fc.oneof(
  fc.tuple(anyIpv4, fc.nat(32)).map(([ip, length]): Prefix => prefixOf(ip, length)),
  fc.tuple(anyIpv6, fc.nat(128)).map(([ip, length]): Prefix => prefixOf(ip, length)),
);

/** Membership the slow way: bit by bit. */
const containsByBits = (prefix: Prefix, ip: Ip): boolean => {
  if (typeof prefix.address !== typeof ip) return false;
  const bits = typeof ip === 'number' ? 32 : 128;
  const text = (address: Ip): string => address.toString(2).padStart(bits, '0');
  return text(prefix.address).slice(0, prefix.length) === text(ip).slice(0, prefix.length);
};

describe('reading', () => {
  test('a prefix', () => {
    expect(parsePrefix('10.0.0.0/8')).toEqual({ address: 0x0a000000, length: 8 });
    expect(parsePrefix('0.0.0.0/0')).toEqual({ address: 0, length: 0 });
    expect(parsePrefix('255.255.255.255/32')).toEqual({ address: 0xffff_ffff, length: 32 });
    expect(parsePrefix('fd00:10::/32')).toEqual({ address: 0xfd000010n << 96n, length: 32 });
    expect(parsePrefix('::/0')).toEqual({ address: 0n, length: 0 });
  });

  test.each([
    ['10.0.0.1/8', '10.0.0.1/8 has host bits set; the network is 10.0.0.0/8'],
    ['128.0.0.0/0', '128.0.0.0/0 has host bits set; the network is 0.0.0.0/0'],
    ['fd00::1/64', 'fd00::1/64 has host bits set; the network is fd00::/64'],
    ['10.0.0.0', '10.0.0.0 has no prefix length; expected 10.0.0.0/32 or shorter'],
    ['10.0.0.0/', '10.0.0.0/ has the prefix length ""; expected a prefix length from 0 to 32'],
    ['10.0.0.0/33', '10.0.0.0/33 has the prefix length 33; expected a prefix length from 0 to 32'],
    ['10.0.0.0/08', '10.0.0.0/08 has the prefix length 08; expected a prefix length from 0 to 32'],
    ['10.0.0.0/-1', '10.0.0.0/-1 has the prefix length -1; expected a prefix length from 0 to 32'],
    [
      '10.0.0.0/8/8',
      '10.0.0.0/8/8 has the prefix length 8/8; expected a prefix length from 0 to 32',
    ],
    [
      '10.0.0.0/255.0.0.0',
      '10.0.0.0/255.0.0.0 has the prefix length 255.0.0.0; expected a prefix length from 0 to 32',
    ],
    ['::/129', '::/129 has the prefix length 129; expected a prefix length from 0 to 128'],
    [
      '010.0.0.0/8',
      '010.0.0.0/8 has a leading zero in the octet 010; expected a prefix such as 10.0.0.0/8 or fd00:10::/64',
    ],
    ['10/8', '10/8 has 1 octet instead of 4; expected a prefix such as 10.0.0.0/8 or fd00:10::/64'],
  ])('refuses %j', (text, message) => {
    expect(() => parsePrefix(text)).toThrow(
      expect.objectContaining({ name: 'AddressError', text, message }),
    );
  });

  test('a loose prefix loses its host bits', () => {
    expect(formatPrefix(parsePrefixLoose('10.1.2.3/16'))).toBe('10.1.0.0/16');
    expect(formatPrefix(parsePrefixLoose('fd00::abcd/112'))).toBe('fd00::/112');
  });

  test('an interface address keeps them', () => {
    expect(parseInterfaceAddress('10.1.2.3/16')).toEqual({ address: 0x0a010203, length: 16 });
    expect(formatPrefix(parseInterfaceAddress('fe80::1/64'))).toBe('fe80::1/64');
  });
});

test('masks', () => {
  expect([0, 1, 8, 24, 32].map(maskOf).map(formatIp)).toEqual([
    '0.0.0.0',
    '128.0.0.0',
    '255.0.0.0',
    '255.255.255.0',
    '255.255.255.255',
  ]);
  expect(() => prefixOf(0, 33)).toThrow(new RangeError('33 is no prefix length from 0 to 32'));
  expect(() => prefixOf(0n, -1)).toThrow(new RangeError('-1 is no prefix length from 0 to 128'));
});

test('last addresses', () => {
  expect(lastAddress(prefixOf(parseIpv4('10.1.0.0'), 16))).toBe(parseIpv4('10.1.255.255'));
  expect(lastAddress(prefixOf(0, 0))).toBe(0xffff_ffff);
  expect(lastAddress(prefixOf(parseIpv6('fd00::'), 112))).toBe(parseIpv6('fd00::ffff'));
});

describe('subnets', () => {
  test('come in order', () => {
    const subnets = [...subnetsOf(parsePrefix('255.255.255.0/24'), 26)].map(formatPrefix);
    expect(subnets).toEqual([
      '255.255.255.0/26',
      '255.255.255.64/26',
      '255.255.255.128/26',
      '255.255.255.192/26',
    ]);
    expect([...subnetsOf(parsePrefix('fd00::/127'), 128)].map(formatPrefix)).toEqual([
      'fd00::/128',
      'fd00::1/128',
    ]);
    expect([...subnetsOf(parsePrefix('10.0.0.0/8'), 8)].map(formatPrefix)).toEqual(['10.0.0.0/8']);
  });

  test('are made only when asked for', () => {
    const addresses = subnetsOf(parsePrefix('::/0'), 128);
    expect(addresses.next().value).toEqual({ address: 0n, length: 128 });
    expect(addresses.next().value).toEqual({ address: 1n, length: 128 });
  });

  test('cannot be larger than the prefix', () => {
    expect(() => subnetsOf(parsePrefix('10.0.0.0/16'), 8)).toThrow(
      new RangeError('10.0.0.0/16 has no subnets of the shorter length 8'),
    );
  });
});

test('sorting puts a prefix before what it covers', () => {
  const texts = ['fd00::/8', '10.1.0.0/16', '10.0.0.0/16', '10.0.0.0/8', '::/0', '0.0.0.0/0'];
  expect(texts.map(parsePrefix).sort(comparePrefixes).map(formatPrefix)).toEqual([
    '0.0.0.0/0',
    '10.0.0.0/8',
    '10.0.0.0/16',
    '10.1.0.0/16',
    '::/0',
    'fd00::/8',
  ]);
});

test('membership stays in the family', () => {
  expect(prefixContains(parsePrefix('0.0.0.0/0'), parseIp('::'))).toBe(false);
  expect(prefixCovers(parsePrefix('::/0'), parsePrefix('10.0.0.0/8'))).toBe(false);
  expect(prefixContains(parsePrefix('128.0.0.0/1'), parseIp('200.1.1.1'))).toBe(true);
});

describe('laws', () => {
  test('formatting and parsing are inverse', () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => {
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
        expect(isIpv4Prefix(prefix)).toBe(!isIpv6Prefix(prefix));
      }),
    );
  });

  test('membership is equality of the leading bits', () => {
    fc.assert(
      fc.property(anyPrefix, anyIp, (prefix, ip) => {
        expect(prefixContains(prefix, ip)).toBe(containsByBits(prefix, ip));
        expect(prefixContains(prefix, prefix.address)).toBe(true);
        expect(prefixContains(prefix, lastAddress(prefix))).toBe(true);
      }),
    );
  });

  test('a prefix covers another exactly when it has both of its ends', () => {
    fc.assert(
      fc.property(anyPrefix, anyPrefix, (outer, inner) => {
        const bothEnds =
          prefixContains(outer, inner.address) && prefixContains(outer, lastAddress(inner));
        expect(prefixCovers(outer, inner)).toBe(bothEnds);
      }),
    );
  });

  test('subnets tile their prefix', () => {
    fc.assert(
      fc.property(anyPrefix, fc.nat(6), (prefix, deeper) => {
        const bits = typeof prefix.address === 'number' ? 32 : 128;
        const length = Math.min(prefix.length + deeper, bits);
        const subnets = [...subnetsOf(prefix, length)];
        expect(subnets.length).toBe(2 ** (length - prefix.length));
        expect(new Set(subnets.map((subnet) => subnet.address)).size).toBe(subnets.length);
        expect(subnets.every((subnet) => prefixCovers(prefix, subnet))).toBe(true);
      }),
    );
  });
});
