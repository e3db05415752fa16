import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familyOf } from './address.ts';
import { formatIp, parseIp, parseIpv4, parseIpv6, tryParseIp } from './address-text.ts';
import { anyIp, anyIpv6 } from './test-arbitraries.ts';

describe('IPv4 text', () => {
  test('is four decimal octets', () => {
    expect(parseIpv4('10.0.0.1')).toBe(0x0a000001);
    expect(parseIpv4('0.0.0.0')).toBe(0);
    expect(parseIpv4('255.255.255.255')).toBe(0xffff_ffff);
    expect(formatIp(0xc0a80164)).toBe('192.168.1.100');
  });

  test.each([
    ['', '"" has an empty octet; expected an IPv4 address such as 10.0.0.1'],
    ['10.1', '10.1 has 2 octets instead of 4; expected an IPv4 address such as 10.0.0.1'],
    ['1.2.3.4.5', '1.2.3.4.5 has 5 octets instead of 4; expected an IPv4 address such as 10.0.0.1'],
    ['010.0.0.1', '010.0.0.1 has a leading zero in the octet 010; expected 10.0.0.1'],
    ['10.0.00.1', '10.0.00.1 has a leading zero in the octet 00; expected 10.0.0.1'],
    [
      '10.0.0.256',
      '10.0.0.256 has the octet 256, which is above 255; expected an IPv4 address such as 10.0.0.1',
    ],
    [
      '0x0a.0.0.1',
      '0x0a.0.0.1 has the octet 0x0a, which is no decimal number; expected an IPv4 address such as 10.0.0.1',
    ],
    [
      '10.0.0.1 ',
      '"10.0.0.1 " has the octet "1 ", which is no decimal number; expected an IPv4 address such as 10.0.0.1',
    ],
    ['10..0.1', '10..0.1 has an empty octet; expected an IPv4 address such as 10.0.0.1'],
  ])('refuses %j', (text, message) => {
    expect(() => parseIpv4(text)).toThrow(message);
  });
});

describe('IPv6 text', () => {
  test.each([
    ['::', 0n, '::'],
    ['::1', 1n, '::1'],
    ['1::', 1n << 112n, '1::'],
    ['FD00:10:0:0:0:0:0:00AB', 0xfd00_0010_0000_0000_0000_0000_0000_00abn, 'fd00:10::ab'],
    // RFC 5952: a lone zero group stays, the longest run shrinks, the first of equals.
    ['2001:db8:0:1:1:1:1:1', 0x20010db8_00000001_00010001_00010001n, '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', 0x20010000_00000001_00000000_00000001n, '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', 0x20010db8_00000000_00010000_00000001n, '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', 0x00010002_00030004_00050006_00070000n, '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.33', 0xffff_c000_0221n, '::ffff:192.0.2.33'],
    ['::192.0.2.33', 0xc000_0221n, '::c000:221'],
    ['64:ff9b::192.0.2.33', 0x0064ff9b_00000000_00000000_c0000221n, '64:ff9b::c000:221'],
  ])('reads %s', (text, value, canonical) => {
    expect(parseIpv6(text)).toBe(value);
    expect(formatIp(value)).toBe(canonical);
  });

  test.each([
    ['', 'has 0 groups instead of 8'],
    ['1:2:3', 'has 3 groups instead of 8'],
    ['1:2:3:4:5:6:7:8:9', 'has 9 groups instead of 8'],
    ['1::2::3', 'has more than one ::'],
    [':::', 'has a single colon at an end'],
    [':1::', 'has a single colon at an end'],
    ['1:2:3:4:5:6:7:8:', 'has a single colon at an end'],
    ['1:2:3:4::5:6:7:8', 'has 8 groups beside ::, which stands for one or more'],
    ['::12345', 'has the group 12345, which is not 1 to 4 hexadecimal digits'],
    ['::g', 'has the group g, which is not 1 to 4 hexadecimal digits'],
    ['::1.2.3.4:5', 'has the group 1.2.3.4, which is not 1 to 4 hexadecimal digits'],
    ['1.2.3.4::', 'has the group 1.2.3.4, which is not 1 to 4 hexadecimal digits'],
    ['::1.2.3', 'ends in 1.2.3, which has 3 octets instead of 4'],
    ['::01.2.3.4', 'ends in 01.2.3.4, which has a leading zero in the octet 01'],
    ['fe80::1%eth0', 'has a zone'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseIpv6(text)).toThrow(
      expect.objectContaining({
        name: 'AddressError',
        text,
        reason,
        expected: 'an IPv6 address such as fd00:10::1',
      }),
    );
  });
});

describe('either family', () => {
  test('is told by the colon', () => {
    expect(familyOf(parseIp('10.0.0.1'))).toBe(4);
    expect(familyOf(parseIp('::10.0.0.1'))).toBe(6);
    expect(tryParseIp('kubernetes.default.svc')).toBeUndefined();
    expect(tryParseIp('10.0.0.1')).toBe(0x0a000001);
  });

  test('says what an address looks like to someone who gave a name', () => {
    expect(() => parseIp('web-1')).toThrow(
      'web-1 is no IP address; expected an IP address such as 10.0.0.1 or fd00:10::1',
    );
    expect(() => parseIp('10.0.0')).toThrow('10.0.0 has 3 octets instead of 4');
  });

  test('keeps overlong text out of messages', () => {
    expect(() => parseIp('x'.repeat(10_000))).toThrow(/^x{80}… is no IP address/);
  });
});

describe('laws', () => {
  test('formatting and parsing are inverse', () => {
    fc.assert(
      fc.property(anyIp, (ip) => {
        expect(parseIp(formatIp(ip))).toBe(ip);
      }),
    );
  });

  test('what we accept is what node accepts, zones apart', () => {
    const almost = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'0123456789abcfF.:: '), maxLength: 40 }),
      anyIp
        .map(formatIp)
        .chain((text) => fc.nat(text.length).map((at) => text.slice(0, at) + text.slice(at + 1))),
      fc
        .array(fc.constantFrom('0', '1', 'ffff', '00ab', '', '1.2.3.4'), { maxLength: 9 })
        .map((groups) => groups.join(':')),
    );
    fc.assert(
      fc.property(almost, (text) => {
        expect(tryParseIp(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('IPv6 text is what the WHATWG URL serialiser writes, mapped addresses apart', () => {
    fc.assert(
      fc.property(
        anyIpv6.filter((ip) => ip >> 32n !== 0xffffn),
        (ip) => {
          expect(`[${formatIp(ip)}]`).toBe(new URL(`http://[${formatIp(ip)}]/`).hostname);
        },
      ),
    );
  });
});
