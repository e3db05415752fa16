import { parseIp } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { parseRoutes } from '../parse/ip-route.ts';
import { clientRouterServer, World } from '../test-world.ts';

/** One host with two links. */
const twoLinks = (): World =>
  new World().add('n').run(
    'n',
    `link add v1 type dummy
     link add v2 type dummy
     link set dev v1 up
     link set dev v2 up
     address add 10.1.0.1/24 dev v1
     address add 10.2.0.1/24 dev v2`,
  );

const ROUTES = `route add 10.70.0.0/24 via 10.1.0.2
  route add 10.70.0.0/24 tos 0x10 via 10.2.0.2 metric 500
  route add 10.70.0.0/24 tos 0x10 via 10.1.0.2 metric 100
  route add 10.70.0.0/24 tos 0x08 via 10.2.0.3
  route add 10.70.0.0/24 tos 0x04 via 10.2.0.4
  route add 10.70.0.0/24 tos 0x20 via 10.2.0.5
  route add 10.70.0.0/24 tos 0xfc via 10.2.0.6
  route add 10.70.0.0/25 tos 0x10 via 10.2.0.7
  route add 10.70.1.0/24 via 10.2.0.9 metric 5
  route add blackhole 10.70.1.0/24 tos 0x10`;

describe('routes for a type of service', () => {
  test('are printed by descending type of service, then metric', () => {
    expect(twoLinks().run('n', ROUTES).routes('n').slice(2)).toEqual([
      '10.70.0.0/25 tos 0x10 via 10.2.0.7 dev v2',
      '10.70.0.0/24 tos 0xfc via 10.2.0.6 dev v2',
      '10.70.0.0/24 tos CS1 via 10.2.0.5 dev v2',
      '10.70.0.0/24 tos 0x10 via 10.1.0.2 dev v1 metric 100',
      '10.70.0.0/24 tos 0x10 via 10.2.0.2 dev v2 metric 500',
      '10.70.0.0/24 tos 0x08 via 10.2.0.3 dev v2',
      '10.70.0.0/24 tos 0x04 via 10.2.0.4 dev v2',
      '10.70.0.0/24 via 10.1.0.2 dev v1',
      'blackhole 10.70.1.0/24 tos 0x10',
      '10.70.1.0/24 via 10.2.0.9 dev v2 metric 5',
    ]);
  });

  // As `ip route get` answers: only three bits count, and shorter prefixes follow where none fits.
  test.each([
    ['10.70.0.5', 0x10, '10.2.0.7'],
    ['10.70.0.200', 0x10, '10.1.0.2'],
    ['10.70.0.200', 0x50, '10.1.0.2'],
    ['10.70.0.5', 0x08, '10.2.0.3'],
    ['10.70.0.5', 0x04, '10.2.0.4'],
    ['10.70.0.5', 0x20, '10.1.0.2'],
    ['10.70.0.5', 0xfc, '10.1.0.2'],
    ['10.70.0.5', 0x14, '10.1.0.2'],
    ['10.70.0.5', 0x1c, '10.1.0.2'],
    ['10.70.0.200', 0, '10.1.0.2'],
    ['10.70.1.1', 0, '10.2.0.9'],
  ])('lead %s with %i to %s', (to, tos, via) => {
    const trace = twoLinks().run('n', ROUTES).udp('n', to, 53, { tos });
    const route = trace.request[0]?.steps.find(({ kind }) => kind === 'route');
    expect(route).toMatchObject({ via: parseIp(via) });
  });

  test('may refuse', () => {
    const { reason } = twoLinks().run('n', ROUTES).udp('n', '10.70.1.1', 53, { tos: 0x10 });
    expect(reason).toBe('Invalid argument');
  });

  test('stand beside those of other types, and are deleted by their own', () => {
    const world = twoLinks().run('n', ROUTES);
    expect(world.try('n', 'route add 10.70.0.0/24 tos 0x10 via 10.1.0.3 metric 100')).toBe(
      'EEXIST',
    );
    expect(world.try('n', 'route delete 10.70.0.0/24')).toBe('ok');
    expect(world.try('n', 'route delete 10.70.0.0/24')).toBe('ESRCH');
    expect(world.try('n', 'route delete 10.70.0.0/24 tos 0x10')).toBe('ok');
    expect(world.routes('n')).toContain('10.70.0.0/24 tos 0x10 via 10.2.0.2 dev v2 metric 500');
  });

  test('are refused with congestion bits, and for IPv6', () => {
    const world = twoLinks();
    expect(world.try('n', 'route add 10.70.0.0/24 tos 0x01 via 10.2.0.6')).toBe('EINVAL');
    expect(world.try('n', 'route add 2001:db8:70::/48 tos 0x10 dev v1')).toBe('EINVAL');
  });

  test('are read from JSON by number or name', () => {
    const text = '[{"dst":"10.70.0.0/24","tos":"CS1","gateway":"10.2.0.5","dev":"v2","flags":[]}]';
    const source = { file: 'routes.json', family: 4, tables: new Map() } as const;
    expect(parseRoutes(text, source).routes[0]?.tos).toBe(0x20);
  });

  test('are followed by forwarded packets too', () => {
    const world = clientRouterServer().run('r', 'route add blackhole 10.2.0.2 tos 0x08');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('delivered');
    expect(world.ping('c', '10.2.0.2', { tos: 0x08 }).reason).toBe('routed into a blackhole');
  });
});
