import { formatIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { ending, World } from '../test-world.ts';

/** The cable e between r and the far end, both up; the MAC of r's end is fixed. */
const cable = (): World =>
  new World()
    .add('r', 'far')
    .run(
      'r',
      `link add e address 02:00:00:00:00:10 type veth peer name e netns far
       link set dev e up
       address add 10.1.0.1/24 dev e
       address add 10.3.0.1/32 dev e
       address add 2001:db8::1/64 dev e`,
    )
    .run('far', 'link set dev e up');

const addressesOf = (world: World, device: string): readonly string[] =>
  world.network
    .namespace('r')
    .devices()
    .find(({ name }) => name === device)
    ?.addresses.map(({ address, length }) => `${formatIp(address)}/${length}`) ?? [];

const LOOPBACK = [
  'local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1',
  'local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1',
  'broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1',
];

describe('a device that is up', () => {
  it('has the routes that its addresses bring, as the kernel lists them', () => {
    const world = cable();
    expect(world.routes('r')).toEqual(['10.1.0.0/24 dev e proto kernel scope link src 10.1.0.1']);
    expect(world.routes('r', 4, 255)).toEqual([
      'local 10.1.0.1 dev e proto kernel scope host src 10.1.0.1',
      'broadcast 10.1.0.255 dev e proto kernel scope link src 10.1.0.1',
      'local 10.3.0.1 dev e proto kernel scope host src 10.3.0.1',
      ...LOOPBACK,
    ]);
    expect(world.routes('r', 6)).toEqual([
      '2001:db8::/64 dev e proto kernel metric 256 pref medium',
      'fe80::/64 dev e proto kernel metric 256 pref medium',
    ]);
    expect(world.routes('r', 6, 255)).toEqual([
      'local ::1 dev lo proto kernel metric 0 pref medium',
      'local 2001:db8::1 dev e proto kernel metric 0 pref medium',
      'local fe80::ff:fe00:10 dev e proto kernel metric 0 pref medium',
      'multicast ff00::/8 dev e proto kernel metric 256 pref medium',
    ]);
  });

  it('without a carrier keeps them, marked, and uses them still', () => {
    const world = cable().run('far', 'link set dev e down');
    expect(world.routes('r')).toEqual([
      '10.1.0.0/24 dev e proto kernel scope link src 10.1.0.1 linkdown',
    ]);
    expect(world.routes('r', 4, 255)).toContain(
      'local 10.1.0.1 dev e proto kernel scope host src 10.1.0.1',
    );
    expect(world.ping('r', '10.1.0.2').reason).toContain('no neighbour');
  });

  it('gets a link-local address once it has a carrier, and not before', () => {
    const world = new World()
      .add('r', 'far')
      .run('r', 'link add e type veth peer name e netns far \n link set dev e up');
    expect(addressesOf(world, 'e')).toEqual([]);
    world.run('far', 'link set dev e up');
    expect(addressesOf(world, 'e')).toHaveLength(1);
  });
});

describe('a device that goes down', () => {
  it('loses its routes, but its IPv4 addresses stay addresses of the host', () => {
    const world = cable().run(
      'r',
      `route add 10.9.0.0/24 via 10.1.0.9
       route add blackhole 10.8.0.0/24
       link set dev e down`,
    );
    expect(world.routes('r')).toEqual(['blackhole 10.8.0.0/24']);
    expect(world.routes('r', 4, 255)).toEqual([
      'local 10.1.0.1 dev e proto kernel scope host src 10.1.0.1',
      'local 10.3.0.1 dev e proto kernel scope host src 10.3.0.1',
      ...LOOPBACK,
    ]);
    expect(ending(world.ping('r', '10.1.0.1'))).toBe('delivered, delivered');
  });

  it('loses its IPv6 addresses, unless told to keep them', () => {
    expect(addressesOf(cable().run('r', 'link set dev e down'), 'e')).toEqual([
      '10.1.0.1/24',
      '10.3.0.1/32',
    ]);
    const keeping = cable().run(
      'r',
      'net.ipv6.conf.e.keep_addr_on_down = 1 \n link set dev e down',
    );
    expect(addressesOf(keeping, 'e')).toContain('2001:db8::1/64');
  });

  it('comes up again with the routes of its addresses, and with none of the others', () => {
    const world = cable().run('r', 'route add 10.9.0.0/24 via 10.1.0.9');
    world.run('r', 'link set dev e down').run('r', 'link set dev e up');
    expect(world.routes('r')).toEqual(['10.1.0.0/24 dev e proto kernel scope link src 10.1.0.1']);
    expect(world.routes('r', 6)).toEqual(['fe80::/64 dev e proto kernel metric 256 pref medium']);
  });

  it('drops what it is asked to send and to receive', () => {
    const world = cable().run(
      'r',
      'neighbour replace 10.1.0.2 lladdr 02:00:00:00:00:22 dev e nud permanent',
    );
    world.run('far', 'link set dev e down');
    expect(world.ping('r', '10.1.0.2').reason).toBe('device e has no carrier');
  });
});

describe('the loopback device', () => {
  it('has its addresses once it is up', () => {
    const world = new World();
    world.network.addNamespace('r');
    expect(addressesOf(world, 'lo')).toEqual([]);
    expect(world.ping('r', '127.0.0.1').outcome).toBe('unreachable');
    world.run('r', 'link set dev lo up');
    expect(addressesOf(world, 'lo')).toEqual(['127.0.0.1/8', '::1/128']);
    expect(ending(world.ping('r', '127.0.0.1'))).toBe('delivered, delivered');
    expect(ending(world.ping('r', '::1'))).toBe('delivered, delivered');
  });

  it('takes every address of 127/8, and of any other subnet put on it', () => {
    const world = new World().add('r').run('r', 'address add 192.0.2.1/24 dev lo');
    expect(ending(world.ping('r', '127.9.8.7'))).toBe('delivered, delivered');
    expect(ending(world.ping('r', '192.0.2.77'))).toBe('delivered, delivered');
    expect(world.routes('r')).toEqual([]);
  });
});

describe('IPv6', () => {
  it('leaves a device whose MTU is too small for it', () => {
    const world = cable().run('r', 'link set dev e mtu 1200');
    expect(addressesOf(world, 'e')).toEqual(['10.1.0.1/24', '10.3.0.1/32']);
    expect(world.try('r', 'address add 2001:db8::2/64 dev e')).toBe('EINVAL');
    expect(world.try('r', 'route add 2001:db8:9::/64 dev e')).toBe('ENODEV');
    world.run('r', 'link set dev e mtu 1280');
    expect(addressesOf(world, 'e')).toContain('fe80::ff:fe00:10/64');
  });

  it('may be switched off, for a device or for all and those to come', () => {
    const world = cable().run('r', 'net.ipv6.conf.e.disable_ipv6 = 1');
    expect(addressesOf(world, 'e')).toEqual(['10.1.0.1/24', '10.3.0.1/32']);
    expect(world.routes('r', 6)).toEqual([]);
    expect(world.try('r', 'address add 2001:db8::2/64 dev e')).toBe('EACCES');
    world.run(
      'r',
      'net.ipv6.conf.all.disable_ipv6 = 1 \n link add d type dummy \n link set dev d up',
    );
    expect(addressesOf(world, 'd')).toEqual([]);
    expect(addressesOf(world, 'lo')).toEqual(['127.0.0.1/8']);
    world.run('r', 'net.ipv6.conf.e.disable_ipv6 = 0');
    expect(addressesOf(world, 'e')).toContain('fe80::ff:fe00:10/64');
  });
});
