import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BROADCAST_MAC, formatMac, isMulticastMac, parseMac } from './mac.ts';
import { anyMac } from './test-arbitraries.ts';

test('six pairs of digits', () => {
  expect(parseMac('02:00:5e:10:00:01')).toBe(0x02005e100001);
  expect(parseMac('EE:ee:EE:ee:EE:ee')).toBe(0xeeeeeeeeeeee);
  expect(formatMac(0x02005e100001)).toBe('02:00:5e:10:00:01');
  expect(formatMac(0)).toBe('00:00:00:00:00:00');
});

test.each([
  '',
  '02:00:5e:10:00',
  '02-00-5e-10-00-01',
  '2:0:5e:10:0:1',
  '02:00:5e:10:00:0g',
  '02:00:5e:10:00:01 ',
])('refuses %j', (text) => {
  expect(() => parseMac(text)).toThrow(
    /is no MAC address; expected six pairs of hexadecimal digits/,
  );
});

test('the group bit is the lowest of the first octet', () => {
  expect(isMulticastMac(BROADCAST_MAC)).toBe(true);
  expect(isMulticastMac(parseMac('33:33:00:00:00:01'))).toBe(true);
  expect(isMulticastMac(parseMac('ee:ee:ee:ee:ee:ee'))).toBe(false);
});

test('formatting and parsing are inverse', () => {
  fc.assert(
    fc.property(anyMac, (mac) => {
      expect(parseMac(formatMac(mac))).toBe(mac);
    }),
  );
});
