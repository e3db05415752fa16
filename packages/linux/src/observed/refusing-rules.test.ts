import { describe, expect, it } from 'vitest';
import { clientRouterServer, seenOn, type World } from '../test-world.ts';

const FOUR = '10.2.0.2';
const SIX = '2001:db8:2::2';

/** The error that the client is told of by the router, as `type/code`. */
function told(world: World, to: string): string {
  const trace = world.udp('c', to, 9);
  const errors = seenOn(trace, 'c', 'e1', 'in').flatMap(({ frame: { payload } }) => {
    if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return [];
    const message = payload.payload;
    const isError = message.kind === 'icmp' || (message.kind === 'icmpv6' && message.type < 128);
    return isError ? [`${message.type}/${message.code}`] : [];
  });
  return errors.join(' ');
}

// Kernel 6.18: what a datagram through the router came to.
describe('rules and routes that refuse', () => {
  it.each([
    ['blackhole', '', ''],
    ['unreachable', '3/1', '1/0'],
    ['prohibit', '3/13', '1/1'],
    ['throw', '3/0', '1/0'],
  ])('a route of type %s tells the sender of IPv4 %j, of IPv6 %j', (type, four, six) => {
    const world = clientRouterServer().run(
      'r',
      `route add ${type} 10.66.0.0/24 \n route add ${type} 2001:db8:66::/64`,
    );
    expect(told(world, '10.66.0.1')).toBe(four);
    expect(told(world, '2001:db8:66::1')).toBe(six);
  });

  it.each([
    ['blackhole', '', '', 'Invalid argument'],
    ['unreachable', '3/0', '1/0', 'Network is unreachable'],
    ['prohibit', '3/13', '1/1', 'Permission denied'],
  ])(
    'a rule %s tells the sender of IPv4 %j, of IPv6 %j, and a local one %j',
    (action, four, six, local) => {
      const rules = `rule add to 10.2.0.0/24 priority 5 ${action}
      -6 rule add to 2001:db8:2::/64 priority 5 ${action}`;
      const routed = clientRouterServer().run('r', rules);
      expect(told(routed, FOUR)).toBe(four);
      expect(told(routed, SIX)).toBe(six);
      const own = clientRouterServer().run('c', rules);
      expect(own.udp('c', FOUR, 9).reason).toBe(local);
      expect(own.udp('c', SIX, 9).reason).toBe(local);
    },
  );

  it('no route at all: the network is out of reach', () => {
    expect(told(clientRouterServer(), '10.66.0.1')).toBe('3/0');
    expect(told(clientRouterServer(), '2001:db8:66::1')).toBe('1/0');
  });
});
