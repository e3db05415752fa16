import { formatIp, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { World } from '../test-world.ts';

/** One namespace with two cables, both up at both ends. */
function twoLegs(): World {
  const world = new World().add('r', 'far');
  return world
    .run(
      'r',
      `link add e1 type veth peer name f1 netns far
       link add e2 type veth peer name f2 netns far
       link set dev e1 up
       link set dev e2 up
       address add 10.1.0.1/24 dev e1
       address add 10.2.0.1/24 dev e2
       address add 2001:db8:1::1/64 dev e1
       address add 2001:db8:2::1/64 dev e2`,
    )
    .run('far', 'link set dev f1 up \n link set dev f2 up');
}

const way = (world: World, to: string, mark = 0): string => {
  const found = world.network.namespace('r').route(parseIp(to), { mark });
  if (found.kind === 'error') return found.error;
  if (found.kind === 'local') return `local ${found.device}`;
  return `${found.device} via ${found.via === undefined ? '-' : formatIp(found.via)}`;
};

describe('the choice among routes', () => {
  it('is for the longest prefix, whatever its kind', () => {
    const world = twoLegs().run(
      'r',
      `route add blackhole 10.70.0.0/16
       route add 10.70.1.0/24 via 10.1.0.2`,
    );
    expect(way(world, '10.70.1.1')).toBe('e1 via 10.1.0.2');
    expect(way(world, '10.70.2.1')).toBe('EINVAL');
  });

  it('is for the lowest metric among equals, and then for the first', () => {
    const world = twoLegs().run(
      'r',
      `route add 10.70.0.0/24 via 10.1.0.2 metric 200
       route add 10.70.0.0/24 via 10.2.0.2 metric 100
       route append 10.70.0.0/24 via 10.2.0.3 metric 100`,
    );
    expect(way(world, '10.70.0.1')).toBe('e2 via 10.2.0.2');
    world.run('r', 'route add 10.70.0.0/24 via 10.1.0.9');
    expect(way(world, '10.70.0.1')).toBe('e1 via 10.1.0.9');
  });

  it('falls back to shorter prefixes when a device that lost its carrier is to be ignored', () => {
    const world = twoLegs().run(
      'r',
      `route add default via 10.1.0.2
       route add 10.70.0.0/24 via 10.2.0.2`,
    );
    world.run('far', 'link set dev f2 down');
    expect(way(world, '10.70.0.1')).toBe('e2 via 10.2.0.2');
    world.run('r', 'net.ipv4.conf.e2.ignore_routes_with_linkdown = 1');
    expect(way(world, '10.70.0.1')).toBe('e1 via 10.1.0.2');
  });

  it.each([
    ['blackhole', 'EINVAL'],
    ['unreachable', 'EHOSTUNREACH'],
    ['prohibit', 'EACCES'],
    ['throw', 'ENETUNREACH'],
  ])('%s fails with %s', (type, error) => {
    const world = twoLegs().run(
      'r',
      `route add ${type} 10.66.0.0/24
       route add ${type} 2001:db8:66::/48`,
    );
    expect(way(world, '10.66.0.1')).toBe(error);
    expect(way(world, '2001:db8:66::1')).toBe(error);
  });

  it('fails with ENETUNREACH where there is no route', () => {
    expect(way(twoLegs(), '10.99.0.1')).toBe('ENETUNREACH');
    expect(way(twoLegs(), '2001:db8:99::1')).toBe('ENETUNREACH');
  });

  it('takes a longer prefix of the main table over a local one, until somebody changes the rules', () => {
    const world = twoLegs().run(
      'r',
      `address add 172.16.0.1/16 dev lo
       route add 172.16.9.0/24 via 10.1.0.2`,
    );
    expect(way(world, '172.16.9.1')).toBe('e1 via 10.1.0.2');
    expect(way(world, '172.16.8.1')).toBe('local lo');
    world.run('r', 'rule add from all priority 900 lookup 77');
    expect(way(world, '172.16.9.1')).toBe('local lo');
    world.run('r', 'rule delete from all priority 900 lookup 77');
    expect(way(world, '172.16.9.1')).toBe('local lo');
  });

  it('finds an IPv6 route by the loopback device, though nothing gets out by it', () => {
    const world = twoLegs().run('r', 'address add 2001:db8:77::1/64 dev lo');
    expect(way(world, '2001:db8:77::1')).toBe('local lo');
    expect(way(world, '2001:db8:77::2')).toBe('lo via -');
  });
});

describe('rules', () => {
  it('are there from the start', () => {
    const world = new World().add('r');
    expect(world.try('r', 'rule add from all priority 0 lookup local')).toBe('EEXIST');
    expect(world.try('r', 'rule add from all priority 32766 lookup main')).toBe('EEXIST');
    expect(world.try('r', 'rule add from all priority 32767 lookup default')).toBe('EEXIST');
    expect(world.try('r', '-6 rule add from all priority 32766 lookup main')).toBe('EEXIST');
    expect(world.try('r', '-6 rule delete from all priority 32767 lookup default')).toBe('ENOENT');
  });

  it('look into their table by mark, under a mask', () => {
    const world = twoLegs().run(
      'r',
      `route add default via 10.1.0.2
       route add default via 10.2.0.2 table 77
       rule add from all fwmark 0x10/0xf0 priority 100 lookup 77`,
    );
    expect(way(world, '192.0.2.1', 0x13)).toBe('e2 via 10.2.0.2');
    expect(way(world, '192.0.2.1', 0x23)).toBe('e1 via 10.1.0.2');
  });

  it('go on to the next when their table has nothing, or throws', () => {
    const world = twoLegs().run(
      'r',
      `route add 10.70.0.0/24 via 10.1.0.2
       route add throw 10.70.0.0/16 table 100
       route add 10.70.0.0/16 via 10.2.0.2 table 101
       rule add from all priority 100 lookup 100
       rule add from all priority 101 lookup 101`,
    );
    expect(way(world, '10.70.0.1')).toBe('e2 via 10.2.0.2');
    world.run('r', 'rule delete from all priority 101 lookup 101');
    expect(way(world, '10.70.0.1')).toBe('e1 via 10.1.0.2');
  });

  it('hide the main table, but not what is local, when their table refuses everything', () => {
    const world = twoLegs().run(
      'r',
      `route add unreachable default table 101
       rule add from all priority 200 lookup 101`,
    );
    expect(way(world, '10.2.0.2')).toBe('EHOSTUNREACH');
    expect(way(world, '10.2.0.1')).toBe('local lo');
  });

  it.each([
    ['blackhole', 'EINVAL'],
    ['unreachable', 'ENETUNREACH'],
    ['prohibit', 'EACCES'],
  ])('refuse by themselves: %s with %s', (action, error) => {
    const world = twoLegs().run(
      'r',
      `route add default via 10.1.0.2
       rule add from all to 10.70.0.0/16 priority 100 ${action}`,
    );
    expect(way(world, '10.70.0.1')).toBe(error);
    expect(way(world, '10.71.0.1')).toBe('e1 via 10.1.0.2');
  });

  it('may be turned round, and ask for a source and for the device a packet came in by', () => {
    const world = twoLegs().run(
      'r',
      `net.ipv4.ip_forward = 1
       route add default via 10.1.0.2
       rule add not from all to 10.70.0.0/16 priority 100 prohibit
       rule add from 10.1.0.0/24 to 10.70.0.0/16 priority 101 blackhole
       rule add from all to 10.70.1.0/24 iif e2 priority 99 unreachable`,
    );
    expect(way(world, '10.71.0.1')).toBe('EACCES');
    expect(way(world, '10.70.2.1')).toBe('e1 via 10.1.0.2');
    const r = world.network.namespace('r');
    const from = (source: string, inDevice: string, to: string) =>
      r.route(parseIp(to), { from: parseIp(source), inDevice });
    expect(from('10.1.0.7', 'e1', '10.70.2.1')).toMatchObject({ error: 'EINVAL' });
    expect(from('10.2.0.7', 'e2', '10.70.1.1')).toMatchObject({ error: 'ENETUNREACH' });
    expect(from('10.2.0.7', 'e2', '10.70.2.1')).toMatchObject({ device: 'e1' });
  });

  it('are told apart by what they say, though not by being turned round', () => {
    const world = twoLegs().run('r', 'rule add from all fwmark 0x10/0xf0 priority 100 lookup 77');
    const again = 'from all fwmark 0x10/0xf0 priority 100 lookup 77';
    expect(world.try('r', `rule add ${again}`)).toBe('EEXIST');
    expect(world.try('r', `rule add not ${again}`)).toBe('EEXIST');
    expect(world.try('r', `rule add from 10.0.0.0/8 fwmark 0x10/0xf0 priority 100 lookup 77`)).toBe(
      'ok',
    );
    expect(world.try('r', 'rule delete from all priority 100 lookup 77')).toBe('ok');
    expect(world.try('r', 'rule delete from all priority 100 lookup 77')).toBe('ok');
    expect(world.try('r', 'rule delete from all priority 100 lookup 77')).toBe('ENOENT');
  });
});
