import { describe, expect, it } from 'vitest';
import { World } from '../test-world.ts';

const host = (): World =>
  new World()
    .add('r', 'far')
    .run('r', 'link add e type veth peer name e netns far \n link set dev e up')
    .run('far', 'link set dev e up');

const local = (world: World): readonly string[] =>
  world.routes('r', 4, 255).filter((line) => !line.includes('127.'));

describe('an IPv4 address', () => {
  it.each([
    ['10.0.0.1/24', ['10.0.0.0/24'], ['local 10.0.0.1', 'broadcast 10.0.0.255']],
    ['10.0.0.5/30', ['10.0.0.4/30'], ['local 10.0.0.5', 'broadcast 10.0.0.7']],
    ['10.0.0.0/31', ['10.0.0.0/31'], ['local 10.0.0.0']],
    ['10.0.0.1/32', [], ['local 10.0.0.1']],
    ['10.0.0.0/24', ['10.0.0.0/24'], ['local 10.0.0.0', 'broadcast 10.0.0.255']],
  ])(
    '%s brings routes to its subnet, and the broadcast one only where there is room',
    (address, main, locals) => {
      const world = host().run('r', `address add ${address} dev e`);
      const [own] = address.split('/');
      const kernel = (prefix: string) => `${prefix} dev e proto kernel scope link src ${own}`;
      expect(world.routes('r')).toEqual(main.map(kernel));
      expect(local(world).map((line) => line.split(' dev')[0])).toEqual(locals);
    },
  );

  it('next to another of its subnet is secondary, and speaks from that one', () => {
    const world = host().run('r', 'address add 10.0.0.1/24 dev e \n address add 10.0.0.7/24 dev e');
    expect(world.routes('r')).toHaveLength(1);
    expect(local(world)).toContain('local 10.0.0.7 dev e proto kernel scope host src 10.0.0.1');
  });

  it('takes its secondaries with it, and the routes that speak from it', () => {
    const world = host().run(
      'r',
      `address add 10.0.0.1/24 dev e
       address add 10.0.0.7/24 dev e
       address add 10.5.0.1/24 dev e
       route add 10.6.0.0/24 dev e src 10.0.0.1
       route add 10.7.0.0/24 dev e src 10.5.0.1
       address delete 10.0.0.1/24 dev e`,
    );
    expect(world.routes('r')).toEqual([
      '10.5.0.0/24 dev e proto kernel scope link src 10.5.0.1',
      '10.7.0.0/24 dev e scope link src 10.5.0.1',
    ]);
    expect(world.try('r', 'address delete 10.0.0.7/24 dev e')).toBe('EADDRNOTAVAIL');
  });

  it('that was the last one takes every IPv4 route of the device with it', () => {
    const world = host().run(
      'r',
      `route add 10.8.0.0/24 dev e
       address add 10.0.0.1/24 dev e
       address delete 10.0.0.1/24 dev e`,
    );
    expect(world.routes('r')).toEqual([]);
  });

  it('is refused twice, or in a subnet of another scope', () => {
    const world = host().run('r', 'address add 10.0.0.1/24 dev e');
    expect(world.try('r', 'address add 10.0.0.1/24 dev e')).toBe('EEXIST');
    expect(world.try('r', 'address add 10.0.0.1/16 dev e')).toBe('ok');
    expect(world.try('r', 'address add 10.0.0.9/24 dev e scope host')).toBe('EINVAL');
    expect(world.try('r', 'address add 10.0.0.1/24 dev nowhere')).toBe('ENODEV');
  });

  it('that another subnet broadcasts to gets no route from which to speak', () => {
    const world = host().run('r', 'address add 10.0.0.0/30 dev e \n address add 10.0.0.3/24 dev e');
    expect(world.routes('r')).toEqual(['10.0.0.0/30 dev e proto kernel scope link src 10.0.0.0']);
  });
});

describe('an IPv6 address', () => {
  it('brings a route to its subnet, even if that is only itself', () => {
    const world = host().run(
      'r',
      'address add 2001:db8::1/64 dev e \n address add fd00::1/128 dev e',
    );
    expect(world.routes('r', 6).slice(0, 2)).toEqual([
      '2001:db8::/64 dev e proto kernel metric 256 pref medium',
      'fd00::1 dev e proto kernel metric 256 pref medium',
    ]);
  });

  it('leaves the subnet to another address of it, and its routes to another source', () => {
    const world = host().run(
      'r',
      `address add 2001:db8::1/64 dev e
       address add 2001:db8::2/64 dev e
       route add 2001:db8:9::/64 dev e src 2001:db8::1
       address delete 2001:db8::1/64 dev e`,
    );
    expect(world.routes('r', 6)).toEqual([
      '2001:db8::/64 dev e proto kernel metric 256 pref medium',
      '2001:db8:9::/64 dev e metric 1024 pref medium',
      'fe80::/64 dev e proto kernel metric 256 pref medium',
    ]);
    expect(world.try('r', 'address add 2001:db8::2/64 dev e')).toBe('EEXIST');
  });
});
