import { describe, expect, it } from 'vitest';
import { socketError } from '../test-socket-error.ts';
import { clientRouterServer, type World } from '../test-world.ts';

const errors = (world: World, from: string, to: string): readonly [string, string] => [
  socketError(world.tcp(from, to, 8080)),
  socketError(world.udp(from, to, 8080)),
];

describe('what a socket is told of a REJECT on the way', () => {
  it.each([
    ['icmp-port-unreachable', 'ECONNREFUSED', 'ECONNREFUSED'],
    ['icmp-host-unreachable', 'EHOSTUNREACH', 'timeout'],
    ['icmp-net-unreachable', 'ENETUNREACH', 'timeout'],
    ['icmp-proto-unreachable', 'ENOPROTOOPT', 'ENOPROTOOPT'],
    ['icmp-net-prohibited', 'ENETUNREACH', 'ENETUNREACH'],
    ['icmp-host-prohibited', 'EHOSTUNREACH', 'EHOSTUNREACH'],
    ['icmp-admin-prohibited', 'EHOSTUNREACH', 'EHOSTUNREACH'],
  ])('with %s: TCP %s, UDP %s', (type, tcp, udp) => {
    const world = clientRouterServer().iptables(
      'r',
      `filter -A FORWARD -j REJECT --reject-with ${type}`,
    );
    expect(errors(world, 'c', '10.2.0.2')).toEqual([tcp, udp]);
  });

  it.each([
    ['icmp6-port-unreachable', 'ECONNREFUSED', 'ECONNREFUSED'],
    ['icmp6-addr-unreachable', 'EHOSTUNREACH', 'timeout'],
    ['icmp6-no-route', 'ENETUNREACH', 'timeout'],
    ['icmp6-adm-prohibited', 'EACCES', 'EACCES'],
    ['icmp6-policy-fail', 'EACCES', 'EACCES'],
    ['icmp6-reject-route', 'EACCES', 'EACCES'],
  ])('over IPv6 with %s: TCP %s, UDP %s', (type, tcp, udp) => {
    const world = clientRouterServer().iptables(
      'r',
      `filter -A FORWARD -p tcp -j REJECT --reject-with ${type}
       filter -A FORWARD -p udp -j REJECT --reject-with ${type}`,
      6,
    );
    expect(errors(world, 'c', '2001:db8:2::2')).toEqual([tcp, udp]);
  });

  it.each([4, 6] as const)('by a reset: refused (IPv%i)', (family) => {
    const world = clientRouterServer().iptables(
      'r',
      'filter -A FORWARD -p tcp -j REJECT --reject-with tcp-reset',
      family,
    );
    const trace = world.tcp('c', family === 4 ? '10.2.0.2' : '2001:db8:2::2', 8080);
    expect(socketError(trace)).toBe('ECONNREFUSED');
  });

  it('in its own OUTPUT: refused for TCP, and forbidden to send for UDP', () => {
    const world = clientRouterServer().iptables(
      'c',
      'filter -A OUTPUT -p tcp -j REJECT \n filter -A OUTPUT -p udp -j REJECT',
    );
    expect(errors(world, 'c', '10.2.0.2')).toEqual(['ECONNREFUSED', 'EPERM']);
  });

  it('there, when it rejects the error too: nothing for TCP', () => {
    const world = clientRouterServer().iptables('c', 'filter -A OUTPUT -j REJECT');
    expect(errors(world, 'c', '10.2.0.2')).toEqual(['timeout', 'EPERM']);
  });

  it('and of a DROP there: nothing for TCP, forbidden to send for UDP', () => {
    const world = clientRouterServer().iptables('c', 'filter -A OUTPUT -j DROP');
    expect(errors(world, 'c', '10.2.0.2')).toEqual(['timeout', 'EPERM']);
  });

  it('is told every time: errors are not rationed, as if time passed between probes', () => {
    const world = clientRouterServer().iptables('r', 'filter -A FORWARD -j REJECT');
    for (let n = 0; n < 20; n++) expect(errors(world, 'c', '10.2.0.2')[1]).toBe('ECONNREFUSED');
  });
});
