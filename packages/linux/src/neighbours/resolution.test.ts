import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, ending, seenOn, type World } from '../test-world.ts';

const asks = (trace: ReturnType<World['ping']>, namespace: string, device: string): number =>
  seenOn(trace, namespace, device, 'out').filter(({ frame: { payload } }) => {
    if (payload.kind === 'arp') return payload.operation === 'request';
    return (
      payload.kind === 'ipv6' && payload.payload.kind === 'icmpv6' && payload.payload.type === 135
    );
  }).length;

const stateOf = (world: World, namespace: string, address: string): string | undefined =>
  world.network
    .namespace(namespace)
    .neighbours()
    .find((neighbour) => neighbour.address === parseIp(address))?.state;

describe.each([
  { family: 'IPv4', dead: '10.1.0.9', far: '10.2.0.9', router: '10.1.0.1' },
  { family: 'IPv6', dead: '2001:db8:1::9', far: '2001:db8:2::9', router: '2001:db8:1::1' },
])('a neighbour that does not answer ($family)', ({ dead, far, router }) => {
  it('is asked for three times, a second apart, and then given up', () => {
    const world = clientRouterServer();
    const trace = world.ping('c', dead);
    expect(trace.outcome).toBe('unreachable');
    expect(trace.reason).toContain(dead);
    expect(asks(trace, 'c', 'e1')).toBe(3);
    expect(world.network.nowMs).toBe(3000);
    expect(stateOf(world, 'c', dead)).toBe('failed');
  });

  it('is reported to the sender by the router', () => {
    const world = clientRouterServer();
    const trace = world.ping('c', far);
    expect(ending(trace)).toBe('unreachable, delivered');
    expect(trace.reply?.[0]?.namespace).toBe('r');
    expect(trace.reply?.[0]?.steps[0]?.packet).toMatchObject({
      src: parseIp(router),
      payload: router.includes(':') ? { type: 1, code: 3 } : { type: 3, code: 1 },
    });
  });

  it('is asked for again by the next packet', () => {
    const world = clientRouterServer();
    world.ping('c', dead);
    expect(asks(world.ping('c', dead), 'c', 'e1')).toBe(3);
  });
});

describe('a neighbour that answers', () => {
  it('is asked for once, and then known for thirty seconds', () => {
    const world = clientRouterServer();
    expect(asks(world.ping('c', '10.1.0.1'), 'c', 'e1')).toBe(1);
    expect(asks(world.ping('c', '10.1.0.1'), 'c', 'e1')).toBe(0);
    world.network.advance(29_000);
    expect(stateOf(world, 'c', '10.1.0.1')).toBe('reachable');
    world.network.advance(1000);
    expect(stateOf(world, 'c', '10.1.0.1')).toBe('stale');
  });

  it('is used while stale, and asked for again once it has been used and five seconds have gone by', () => {
    const world = clientRouterServer();
    world.ping('c', '10.1.0.1');
    world.network.advance(60_000);
    expect(asks(world.ping('c', '10.1.0.1'), 'c', 'e1')).toBe(0);
    world.network.advance(5000);
    expect(asks(world.ping('c', '10.1.0.1'), 'c', 'e1')).toBe(1);
    expect(stateOf(world, 'c', '10.1.0.1')).toBe('reachable');
  });

  it('stays reachable for as long as base_reachable_time says', () => {
    const world = clientRouterServer().run('c', 'net.ipv4.neigh.e1.base_reachable_time_ms = 1000');
    world.ping('c', '10.1.0.1');
    world.network.advance(1000);
    expect(stateOf(world, 'c', '10.1.0.1')).toBe('stale');
  });

  it('shows in the trace as resolved, then as cached', () => {
    const world = clientRouterServer();
    const how = () =>
      world.ping('c', '10.1.0.1').request[0]?.steps.find(({ kind }) => kind === 'neighbour');
    expect(how()).toMatchObject({ how: 'resolved' });
    expect(how()).toMatchObject({ how: 'cached' });
  });
});

describe('a neighbour set by hand', () => {
  it('is never asked for, and packets go where it says', () => {
    const world = clientRouterServer().run(
      'c',
      'neighbour replace 10.1.0.9 lladdr 02:00:00:00:00:99 dev e1 nud permanent',
    );
    const trace = world.ping('c', '10.1.0.9');
    expect(trace.outcome).toBe('dropped');
    expect(trace.reason).toContain('another MAC');
    expect(asks(trace, 'c', 'e1')).toBe(0);
    world.network.advance(10_000_000);
    expect(stateOf(world, 'c', '10.1.0.9')).toBe('permanent');
  });

  it('goes with its device, permanent or not', () => {
    const world = clientRouterServer().run(
      'c',
      'neighbour replace 10.1.0.9 lladdr 02:00:00:00:00:99 dev e1 nud permanent',
    );
    world.ping('c', '10.1.0.1');
    world.run('c', 'link set dev e1 down');
    expect(world.network.namespace('c').neighbours()).toEqual([]);
  });

  it('stays when only the carrier goes, unlike what was learned', () => {
    const world = clientRouterServer().run(
      'c',
      'neighbour replace 10.1.0.9 lladdr 02:00:00:00:00:99 dev e1 nud permanent',
    );
    world.ping('c', '10.1.0.1');
    world.run('r', 'link set dev e1 down');
    expect(world.network.namespace('c').neighbours()).toMatchObject([{ state: 'permanent' }]);
  });
});
