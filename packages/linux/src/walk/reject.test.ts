import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match, RejectType } from '../netfilter/rule.ts';
import { append, clientRouterServer, ending } from '../test-world.ts';

const rejected = (
  chain: 'INPUT' | 'FORWARD' | 'OUTPUT',
  how: RejectType,
  protocol: 'tcp' | 'udp',
  six = false,
) => {
  const world = clientRouterServer();
  const where = chain === 'FORWARD' ? 'r' : chain === 'INPUT' ? 's' : 'c';
  const port: Match = { kind: 'port', protocol, side: 'destination', first: 8080, last: 8080 };
  const matches: Match[] = [{ kind: 'protocol', protocol }, port];
  world.network.apply({
    namespace: where,
    commands: [append('filter', chain, matches, { kind: 'reject', with: how }, six ? 6 : 4)],
  });
  const to = six ? '2001:db8:2::2' : '10.2.0.2';
  return world.send('c', protocol, to, 8080);
};

describe('REJECT', () => {
  it.each([
    ['icmp-net-unreachable', 3, 0],
    ['icmp-host-unreachable', 3, 1],
    ['icmp-proto-unreachable', 3, 2],
    ['icmp-port-unreachable', 3, 3],
    ['icmp-net-prohibited', 3, 9],
    ['icmp-host-prohibited', 3, 10],
    ['icmp-admin-prohibited', 3, 13],
  ] as const)('with %s answers with ICMP %i/%i', (how, type, code) => {
    const trace = rejected('FORWARD', how, 'udp');
    expect(ending(trace)).toBe('rejected, delivered');
    expect(trace.reply?.[0]).toMatchObject({ namespace: 'r' });
    const answer = trace.reply?.[0]?.steps[0]?.packet;
    expect(answer).toMatchObject({ src: parseIp('10.1.0.1'), payload: { type, code } });
  });

  it.each([
    ['icmp6-no-route', 0],
    ['icmp6-adm-prohibited', 1],
    ['icmp6-addr-unreachable', 3],
    ['icmp6-port-unreachable', 4],
  ] as const)('with %s answers with ICMPv6 1/%i', (how, code) => {
    const trace = rejected('FORWARD', how, 'udp', true);
    expect(ending(trace)).toBe('rejected, delivered');
    expect(trace.reply?.[0]?.steps[0]?.packet?.payload).toMatchObject({ type: 1, code });
  });

  it.each(['FORWARD', 'INPUT', 'OUTPUT'] as const)(
    'with a reset in %s seems to come from the end itself',
    (chain) => {
      for (const six of [false, true]) {
        const trace = rejected(chain, 'tcp-reset', 'tcp', six);
        expect(ending(trace)).toBe('rejected, delivered');
        expect(trace.reply?.[0]?.steps[0]?.packet).toMatchObject({
          src: parseIp(six ? '2001:db8:2::2' : '10.2.0.2'),
          payload: { kind: 'tcp', flags: 0b1_0100, srcPort: 8080 },
        });
      }
    },
  );

  it('in INPUT speaks from the address that was called', () => {
    const trace = rejected('INPUT', 'icmp-port-unreachable', 'tcp');
    expect(trace.reply?.[0]?.steps[0]?.packet?.src).toBe(parseIp('10.2.0.2'));
  });
});
