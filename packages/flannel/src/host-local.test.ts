import { formatIp, parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { gatewayOf, HostLocalRange } from './host-local.ts';

const allOf = (range: HostLocalRange): string[] => {
  const given: string[] = [];
  for (let ip = range.allocate(); ip !== undefined; ip = range.allocate()) given.push(formatIp(ip));
  return given;
};

describe('host-local', () => {
  it('gives everything but the network, the gateway and the broadcast address, upwards', () => {
    const subnet = parsePrefix('10.9.0.0/29');
    expect(formatIp(gatewayOf(subnet))).toBe('10.9.0.1');
    expect(allOf(new HostLocalRange(subnet))).toEqual([
      '10.9.0.2',
      '10.9.0.3',
      '10.9.0.4',
      '10.9.0.5',
      '10.9.0.6',
    ]);
  });

  it('goes to the very end in IPv6, which has no broadcast', () => {
    expect(allOf(new HostLocalRange(parsePrefix('fd00::/126')))).toEqual(['fd00::2', 'fd00::3']);
  });

  it('passes over what is reserved', () => {
    const range = new HostLocalRange(parsePrefix('10.9.0.0/29'));
    expect(range.reserve(parseIp('10.9.0.3'))).toBe(true);
    expect(allOf(range)).toEqual(['10.9.0.2', '10.9.0.4', '10.9.0.5', '10.9.0.6']);
  });

  it('cannot have given what lies outside, is kept back, or was given before', () => {
    const range = new HostLocalRange(parsePrefix('10.9.0.0/29'));
    const reserve = (text: string) => range.reserve(parseIp(text));
    expect(['10.9.0.0', '10.9.0.1', '10.9.0.7', '10.9.0.8', 'fd00::2'].map(reserve)).toEqual(
      Array(5).fill(false),
    );
    expect([reserve('10.9.0.2'), reserve('10.9.0.2')]).toEqual([true, false]);
  });
});
