import { formatIp, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, type World } from '../test-world.ts';

const via = (world: World, to: string): string => {
  const found = world.network.namespace('r').route(parseIp(to));
  if (found.kind !== 'route') return found.kind === 'error' ? found.error : found.kind;
  return found.via === undefined ? found.device : formatIp(found.via);
};

describe('among routes to one prefix', () => {
  it('the lowest metric wins, and none is lower than any', () => {
    const world = clientRouterServer().run(
      'r',
      `route add 10.67.0.0/24 via 10.2.0.200 metric 200
       route add 10.67.0.0/24 via 10.2.0.100 metric 100`,
    );
    expect(via(world, '10.67.0.1')).toBe('10.2.0.100');
    world.run('r', 'route add 10.67.0.0/24 via 10.2.0.10');
    expect(via(world, '10.67.0.1')).toBe('10.2.0.10');
  });

  it('a second of the same metric has to be appended, and comes after the first', () => {
    const world = clientRouterServer().run('r', 'route add 10.67.0.0/24 via 10.2.0.100 metric 100');
    expect(world.try('r', 'route add 10.67.0.0/24 via 10.2.0.101 metric 100')).toBe('EEXIST');
    expect(world.try('r', 'route append 10.67.0.0/24 via 10.2.0.101 metric 100')).toBe('ok');
    expect(via(world, '10.67.0.1')).toBe('10.2.0.100');
    expect(world.routes('r').filter((line) => line.startsWith('10.67'))).toEqual([
      '10.67.0.0/24 via 10.2.0.100 dev e2 metric 100',
      '10.67.0.0/24 via 10.2.0.101 dev e2 metric 100',
    ]);
  });

  it('one for the type of service of a packet wins, however bad its metric', () => {
    const world = clientRouterServer().run(
      'r',
      `route add 10.70.0.0/24 via 10.2.0.9
       route add 10.70.0.0/24 tos 0x10 via 10.2.0.2 metric 500`,
    );
    const hop = (tos: number): string | undefined => {
      const trace = world.udp('c', '10.70.0.1', 9, { tos });
      const route = trace.request
        .find(({ namespace }) => namespace === 'r')
        ?.steps.find((step) => step.kind === 'route');
      return route?.kind === 'route' && route.via !== undefined ? formatIp(route.via) : undefined;
    };
    expect(hop(0x10)).toBe('10.2.0.2');
    expect(hop(0x08)).toBe('10.2.0.9');
  });

  it('the one of a device that goes down is gone, and the next takes over', () => {
    const world = clientRouterServer().run(
      'r',
      `route add 10.71.0.0/24 via 10.1.0.2 metric 10
       route add 10.71.0.0/24 via 10.2.0.2 metric 20`,
    );
    expect(via(world, '10.71.0.1')).toBe('10.1.0.2');
    world.run('c', 'link set dev e1 down');
    expect(via(world, '10.71.0.1')).toBe('10.1.0.2');
    expect(world.routes('r').filter((line) => line.includes('linkdown'))).toEqual([
      '10.1.0.0/24 dev e1 proto kernel scope link src 10.1.0.1 linkdown',
      '10.71.0.0/24 via 10.1.0.2 dev e1 metric 10 linkdown',
    ]);
    world.run('r', 'link set dev e1 down');
    expect(via(world, '10.71.0.1')).toBe('10.2.0.2');
  });

  it('a gateway has to be on a link, unless the route says that it is', () => {
    const world = clientRouterServer();
    expect(world.try('r', 'route add 10.72.0.0/24 via 10.99.0.1')).toBe('ENETUNREACH');
    world.run('r', 'route add 10.72.0.0/24 via 10.99.0.1 dev e2 onlink');
    expect(world.routes('r')).toContain('10.72.0.0/24 via 10.99.0.1 dev e2 onlink');
    expect(via(world, '10.72.0.1')).toBe('10.99.0.1');
  });
});

describe('an IPv6 route by a gateway', () => {
  it('goes when it is deleted by that gateway, and can then be made again', () => {
    const world = clientRouterServer().run('c', 'route delete default via 2001:db8:1::1');
    expect(world.routes('c', 6)).not.toContainEqual(expect.stringContaining('default'));
    expect(world.try('c', 'route delete default via 2001:db8:1::1')).toBe('ESRCH');
    expect(world.try('c', 'route add default via 2001:db8:1::1')).toBe('ok');
  });
});
