import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addToIp, compareIps } from './address-maths.ts';
import { formatIp, parseIpv4, parseIpv6 } from './address-text.ts';
import { anyIp, anyIpv4, anyIpv6 } from './test-arbitraries.ts';

test('addToIp steps inside the family only', () => {
  expect(formatIp(addToIp(parseIpv4('10.0.0.255'), 1))).toBe('10.0.1.0');
  expect(formatIp(addToIp(parseIpv6('fd00::ffff'), 1))).toBe('fd00::1:0');
  expect(formatIp(addToIp(parseIpv6('fd00::1'), -1n))).toBe('fd00::');
  expect(() => addToIp(parseIpv4('255.255.255.255'), 1)).toThrow(
    new RangeError('255.255.255.255 + 1 is no IPv4 address'),
  );
  expect(() => addToIp(0n, -1)).toThrow(new RangeError(':: + -1 is no IPv6 address'));
  expect(() => addToIp(0, 0.5)).toThrow(RangeError);
});

test('compareIps puts IPv4 first and is a total order', () => {
  fc.assert(
    fc.property(anyIpv4, anyIpv6, anyIp, anyIp, (v4, v6, a, b) => {
      expect(compareIps(v4, v6)).toBe(-1);
      expect(compareIps(a, b) + compareIps(b, a)).toBe(0);
      expect(compareIps(a, b) === 0).toBe(a === b);
    }),
  );
});
