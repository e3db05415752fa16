import { formatIp, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { World } from '../test-world.ts';

const sourceFor = (world: World, to: string): string => {
  const found = world.network.namespace('r').route(parseIp(to));
  if (found.kind === 'local') return `own, ${found.device}`;
  if (found.kind === 'error') return found.error;
  return found.source === undefined ? 'none' : formatIp(found.source);
};

/** A router whose second leg has three addresses, and whose third has none. */
const router = (): World =>
  new World().add('r', 'far').run(
    'r',
    `link add e1 type veth peer name f1 netns far
     link add e2 type veth peer name f2 netns far
     link add e3 type veth peer name f3 netns far
     link set dev e1 up
     link set dev e2 up
     link set dev e3 up
     address add 192.0.2.1/32 dev lo
     address add 10.1.0.1/24 dev e1
     address add 10.2.0.1/24 dev e2
     address add 10.9.0.1/32 dev e2
     address add 10.2.0.77/24 dev e2`,
  );

describe('the source address of what a host sends over IPv4', () => {
  it('is the one whose subnet the destination lies in, and never a secondary one', () => {
    expect(sourceFor(router(), '10.2.0.2')).toBe('10.2.0.1');
  });

  it("is the route's own, where it names one", () => {
    const world = router().run('r', 'route add 10.70.0.0/24 dev e2 src 10.9.0.1');
    expect(sourceFor(world, '10.70.0.1')).toBe('10.9.0.1');
  });

  it('is the first of the device for a route without', () => {
    const world = router().run('r', 'route add 10.71.0.0/24 dev e2');
    expect(sourceFor(world, '10.71.0.1')).toBe('10.2.0.1');
  });

  it('is the one in the subnet of the gateway', () => {
    const world = router().run(
      'r',
      `address add 10.3.0.1/24 dev e2
       route add 10.72.0.0/24 via 10.3.0.9`,
    );
    expect(sourceFor(world, '10.72.0.1')).toBe('10.3.0.1');
  });

  it('is borrowed from another device where the exit has none, of global scope only', () => {
    const world = router().run('r', 'route add 10.73.0.0/24 dev e3');
    expect(sourceFor(world, '10.73.0.1')).toBe('192.0.2.1');
    world.run('r', 'address delete 192.0.2.1/32 dev lo');
    expect(sourceFor(world, '10.73.0.1')).toBe('10.1.0.1');
  });

  it('does not reach less far than the route', () => {
    const world = new World().add('r', 'far').run(
      'r',
      `link add e1 type veth peer name f1 netns far
       link set dev e1 up
       address add 169.254.0.1/16 dev e1 scope link
       address add 10.1.0.1/24 dev e1
       route add 10.74.0.0/24 dev e1
       route add default via 10.1.0.2`,
    );
    expect(sourceFor(world, '10.74.0.1')).toBe('169.254.0.1');
    expect(sourceFor(world, '192.0.2.9')).toBe('10.1.0.1');
  });

  it('is the destination itself when that is an own address', () => {
    expect(sourceFor(router(), '10.1.0.1')).toBe('own, lo');
    const world = router();
    const trace = world.ping('r', '10.1.0.1');
    expect(trace.request[0]?.steps[1]).toMatchObject({ source: parseIp('10.1.0.1') });
  });
});

describe('the source address over IPv6 (RFC 6724)', () => {
  const host = (): World =>
    new World().add('r', 'far').run(
      'r',
      `link add e1 type veth peer name f1 netns far
       link add e2 type veth peer name f2 netns far
       link set dev e1 up
       link set dev e2 up
       address add 2001:db8:1::1/64 dev e1
       address add fd00:1::1/64 dev e1
       address add 2001:db8:2::1/64 dev e2
       route add default via fe80::1 dev e1`,
    );

  it('is of the device that the packet leaves by', () => {
    expect(sourceFor(host(), '2001:db8:2::9')).toBe('2001:db8:2::1');
    expect(sourceFor(host(), '2001:db8:3::9')).toBe('2001:db8:1::1');
  });

  it('bears the same label as the destination: private to private, global to global', () => {
    expect(sourceFor(host(), 'fd00:9::9')).toBe('fd00:1::1');
    expect(sourceFor(host(), '2600::9')).toBe('2001:db8:1::1');
  });

  it('shares the longest prefix, as far as its own reaches, and the newest wins among equals', () => {
    const world = host().run(
      'r',
      `address add 2001:db8:1:8000::1/64 dev e1
       address add 2001:db8:1:8000::2/64 dev e1
       route add 2001:db8:1:8001::/64 via fe80::1 dev e1`,
    );
    expect(sourceFor(world, '2001:db8:1:8001::9')).toBe('2001:db8:1:8000::2');
    expect(sourceFor(world, '2001:db8:1::9')).toBe('2001:db8:1::1');
  });
});
