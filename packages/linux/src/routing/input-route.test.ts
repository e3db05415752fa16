import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, World } from '../test-world.ts';

/** What the router makes of a packet from the client's side; the addresses may be anything. */
const received = (world: World, from: string, to: string): string => {
  const found = world.network
    .namespace('r')
    .route(parseIp(to), { from: parseIp(from), inDevice: 'e1' });
  return found.kind === 'error' ? found.error : `${found.kind} ${found.device}`;
};

describe('a packet that a router receives', () => {
  it('is for the router, or is passed on', () => {
    const world = clientRouterServer();
    expect(received(world, '10.1.0.2', '10.2.0.1')).toBe('local e2');
    expect(received(world, '10.1.0.2', '10.2.0.2')).toBe('route e2');
    expect(received(world, '2001:db8:1::2', '2001:db8:2::1')).toBe('local e2');
    expect(received(world, '2001:db8:1::2', '2001:db8:2::2')).toBe('route e2');
  });

  it.each([
    ['127.0.0.5', '10.1.0.1'],
    ['10.2.0.1', '10.1.0.1'],
    ['224.0.0.5', '10.1.0.1'],
    ['0.0.0.0', '10.1.0.1'],
    ['255.255.255.255', '10.1.0.1'],
    ['10.1.0.2', '127.0.0.1'],
    ['10.1.0.2', '0.0.0.1'],
  ])('is a martian from %s to %s', (from, to) => {
    expect(received(clientRouterServer(), from, to)).toBe('EINVAL');
  });

  it.each([
    ['240.0.0.1', '10.1.0.1', 'local e1'],
    ['10.1.0.255', '10.1.0.1', 'local e1'],
    ['10.1.0.2', '10.1.0.255', 'route e1'],
    ['10.1.0.2', '255.255.255.255', 'route e1'],
  ])('is taken from %s to %s', (from, to, expected) => {
    expect(received(clientRouterServer(), from, to)).toBe(expected);
  });

  it('may have loopback addresses where route_localnet says so', () => {
    const world = clientRouterServer().run('r', 'net.ipv4.conf.e1.route_localnet = 1');
    expect(received(world, '10.1.0.2', '127.0.0.1')).toBe('local lo');
    expect(received(world, '127.0.0.5', '10.1.0.1')).toBe('local e1');
  });

  it('may have an own address as its source where accept_local says so', () => {
    const world = clientRouterServer().run('r', 'net.ipv4.conf.all.accept_local = 1');
    expect(received(world, '10.2.0.1', '10.1.0.1')).toBe('local e1');
  });
});

describe('a host that does not forward', () => {
  it('drops IPv4 packets for others, and does not say so', () => {
    const world = clientRouterServer().run('r', 'net.ipv4.ip_forward = 0');
    const trace = world.ping('c', '10.2.0.2');
    expect(trace).toMatchObject({ outcome: 'dropped' });
    expect(trace.reply).toBeUndefined();
  });

  it('drops IPv6 packets for others, but answers where it has no route at all', () => {
    const world = clientRouterServer().run('r', 'net.ipv6.conf.all.forwarding = 0');
    expect(world.ping('c', '2001:db8:2::2')).toMatchObject({ outcome: 'dropped' });
    const lost = world.ping('c', '2001:db8:99::1');
    expect(lost).toMatchObject({ outcome: 'unreachable', replyOutcome: 'delivered' });
  });

  it('forwards IPv4 by the device that a packet came in by', () => {
    const world = clientRouterServer().run('r', 'net.ipv4.conf.e1.forwarding = 0');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('dropped');
    expect(world.ping('s', '10.1.0.2').replyOutcome).toBe('dropped');
    // It is on for all already: that changes nothing.
    world.run('r', 'net.ipv4.conf.all.forwarding = 1');
    expect(world.ping('c', '10.2.0.2').outcome).toBe('dropped');
    world.run('r', 'net.ipv4.conf.all.forwarding = 0');
    world.run('r', 'net.ipv4.conf.all.forwarding = 1');
    expect(world.ping('c', '10.2.0.2').replyOutcome).toBe('delivered');
  });
});

describe('groups', () => {
  it('are for whoever has joined them, which for IPv6 every host has with some', () => {
    const world = new World().add('a', 'b').run(
      'a',
      `link add e type veth peer name e netns b
       link set dev e up`,
    );
    world.run('b', 'link set dev e up \n address add 2001:db8::2/64 dev e');
    const b = world.network.namespace('b');
    const to = (group: string) =>
      b.route(parseIp(group), { from: parseIp('fe80::1'), inDevice: 'e' }).kind;
    // Groups have no route that a command could make: the view shows an error either way.
    expect(to('ff02::1')).toBe('error');
    expect(world.network.namespace('b').ipRoute(6, 255)).toContain('multicast ff00::/8 dev e');
  });
});
