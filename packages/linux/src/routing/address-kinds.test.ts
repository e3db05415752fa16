import { formatIp, formatMac, parseIp, parseIpv6, parseMac } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import {
  isLinkLocal,
  isLoopback,
  isMulticast,
  isZeroNet,
  linkLocalFrom,
  multicastMac,
  solicitedNode,
} from './address-kinds.ts';

describe('kinds of addresses', () => {
  it('tells loopback, groups and link-local addresses', () => {
    expect(isLoopback(parseIp('127.9.9.9'))).toBe(true);
    expect(isLoopback(parseIp('::1'))).toBe(true);
    expect(isLoopback(parseIp('::2'))).toBe(false);
    expect(isMulticast(parseIp('224.0.0.1'))).toBe(true);
    expect(isMulticast(parseIp('239.255.255.255'))).toBe(true);
    expect(isMulticast(parseIp('240.0.0.1'))).toBe(false);
    expect(isMulticast(parseIp('ff02::1'))).toBe(true);
    expect(isLinkLocal(parseIp('fe80::1'))).toBe(true);
    expect(isLinkLocal(parseIp('febf::1'))).toBe(true);
    expect(isLinkLocal(parseIp('fec0::1'))).toBe(false);
    expect(isLinkLocal(parseIp('169.254.1.1'))).toBe(false);
    expect(isZeroNet(0x00ff_ffff)).toBe(true);
    expect(isZeroNet(0x0100_0000)).toBe(false);
  });

  it('makes a link-local address of a MAC, its universal bit turned round', () => {
    expect(formatIp(linkLocalFrom(parseMac('c2:b5:e6:97:b5:75')))).toBe(
      'fe80::c0b5:e6ff:fe97:b575',
    );
    expect(formatIp(linkLocalFrom(parseMac('02:00:00:00:00:50')))).toBe('fe80::ff:fe00:50');
  });

  it('knows where to ask for an address, and where frames for groups go', () => {
    const group = solicitedNode(parseIpv6('2001:db8::12:3456'));
    expect(formatIp(group)).toBe('ff02::1:ff12:3456');
    expect(formatMac(multicastMac(group))).toBe('33:33:ff:12:34:56');
    expect(formatMac(multicastMac(parseIp('224.129.2.3')))).toBe('01:00:5e:01:02:03');
  });
});
