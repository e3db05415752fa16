import { describe, expect, it } from 'vitest';
import { CommandError } from '../command-error.ts';
import { World } from '../test-world.ts';

/** r and far on two cables, everything up at both ends; e1 and e2 have addresses. */
function router(): World {
  const world = new World().add('r', 'far').run(
    'r',
    `link add e1 type veth peer name f1 netns far
     link add e2 type veth peer name f2 netns far
     link set dev e1 up
     link set dev e2 up
     address add 10.1.0.1/24 dev e1
     address add 10.2.0.1/24 dev e2
     address add 2001:db8:1::1/64 dev e1
     route add 10.67.0.0/24 via 10.2.0.2 metric 100
     route add blackhole 10.66.1.0/24
     route add unreachable 10.66.2.0/24
     route add 2001:db8:68::/48 via 2001:db8:1::2`,
  );
  return world.run('far', 'link set dev f1 up \n link set dev f2 up');
}

/** What the kernel said to each command, seen on 6.18. */
const VERDICTS: readonly (readonly [string, string])[] = [
  // Links
  ['link add e1 type bridge', 'EEXIST'],
  ['link add br0 type bridge', 'ok'],
  ['link add averyveryverylong type bridge', 'EINVAL'],
  ['link add a/b type bridge', 'EINVAL'],
  ['link add br0 address 01:00:00:00:00:01 type bridge', 'EADDRNOTAVAIL'],
  ['link add br0 mtu 60 type bridge', 'EINVAL'],
  ['link add v type veth peer name f1 netns far', 'EEXIST'],
  ['link add v type veth peer name v', 'EEXIST'],
  ['link add v type veth peer name w netns nowhere', 'EINVAL'],
  ['link add vx type vxlan id 1 dev nope dstport 4789', 'ENODEV'],
  ['link set dev nope up', 'ENODEV'],
  ['link set dev e1 address 00:00:00:00:00:00', 'EADDRNOTAVAIL'],
  ['link set dev e1 mtu 50', 'EINVAL'],
  ['link set dev e1 master e2', 'EOPNOTSUPP'],
  ['link set dev e1 master nope', 'ENODEV'],
  ['link set dev e1 hairpin on', 'EOPNOTSUPP'],
  ['link delete dev lo', 'EOPNOTSUPP'],
  ['link delete dev nope', 'ENODEV'],
  // IPv4 routes
  ['route add 10.50.0.0/24 dev nope', 'ENODEV'],
  ['route add 10.50.0.0/24', 'ENODEV'],
  ['route add 10.67.0.0/24 via 10.2.0.2 metric 100', 'EEXIST'],
  ['route add 10.67.0.0/24 via 10.1.0.2 metric 100', 'EEXIST'],
  ['route append 10.67.0.0/24 via 10.1.0.2 metric 100', 'ok'],
  ['route append 10.67.0.0/24 via 10.2.0.2 metric 100', 'EEXIST'],
  ['route add 10.67.0.0/24 via 10.1.0.2 metric 50', 'ok'],
  ['route replace 10.67.0.0/24 via 10.1.0.9 metric 100', 'ok'],
  ['route add 10.68.0.0/24 via 10.99.0.1', 'ENETUNREACH'],
  ['route add 10.68.0.0/24 via 10.99.0.1 dev e2', 'ENETUNREACH'],
  ['route add 10.68.0.0/24 via 10.99.0.1 dev e2 onlink', 'ok'],
  ['route add 10.68.0.0/24 via 10.99.0.1 onlink', 'ENODEV'],
  ['route add 10.68.0.0/24 via 10.2.0.1', 'ok'],
  ['route add 10.68.0.0/24 via 10.2.0.1 dev e1', 'ENETUNREACH'],
  ['route add 10.68.0.0/24 via 10.2.0.1 dev e2 onlink', 'EINVAL'],
  ['route add 10.68.0.0/24 via 10.2.0.255', 'EINVAL'],
  ['route add 10.68.0.0/24 via 10.2.0.2 scope link', 'EINVAL'],
  ['route add 10.68.0.0/24 via 10.67.0.1', 'ENETUNREACH'],
  ['route add 10.68.0.0/24 via 10.66.1.1', 'ENETUNREACH'],
  ['route add 10.68.0.0/24 dev e2 src 10.1.0.1', 'ok'],
  ['route add 10.68.0.0/24 dev e2 src 10.1.0.99', 'EINVAL'],
  ['route add 10.68.0.0/24 dev e2 scope host', 'ok'],
  ['route add blackhole 10.68.0.0/24 dev e1', 'EINVAL'],
  ['route add local 10.68.0.1/32 dev lo table local scope host', 'ok'],
  ['route delete 10.67.0.0/24', 'ok'],
  ['route delete 10.67.0.0/24 metric 9', 'ESRCH'],
  ['route delete 10.67.0.0/24 via 10.2.0.9', 'ESRCH'],
  ['route delete unreachable 10.66.1.0/24', 'ESRCH'],
  ['route delete 10.66.1.0/24 dev e1', 'ESRCH'],
  ['route delete 10.66.1.0/24', 'ok'],
  // IPv6 routes
  ['route add 2001:db8:68::/48 via 2001:db8:1::2', 'EEXIST'],
  ['route add 2001:db8:68::/48 via 2001:db8:1::3', 'EEXIST'],
  ['route add 2001:db8:68::/48 via 2001:db8:1::3 metric 9', 'ok'],
  ['route append 2001:db8:68::/48 via 2001:db8:1::2', 'EEXIST'],
  ['route replace 2001:db8:68::/48 via 2001:db8:1::4', 'ok'],
  ['route add 2001:db8:69::/48 via 2001:db8:9::3', 'EHOSTUNREACH'],
  ['route add 2001:db8:69::/48 via 2001:db8:9::3 dev e1 onlink', 'ok'],
  ['route add 2001:db8:69::/48 via 2001:db8:1::9 dev e2 onlink', 'EINVAL'],
  ['route add 2001:db8:69::/48 via fe80::1', 'EINVAL'],
  ['route add 2001:db8:69::/48 via fe80::1 dev e1', 'ok'],
  ['route add 2001:db8:69::/48 via 2001:db8:1::1', 'EINVAL'],
  ['route add 2001:db8:69::/48 via 2001:db8:1::1 dev e2', 'EINVAL'],
  ['route add 2001:db8:69::/48 via 2001:db8:68::1', 'EHOSTUNREACH'],
  ['route add 2001:db8:69::/48 dev e2 src 2001:db8:1::99', 'EINVAL'],
  ['route add blackhole 2001:db8:69::/48', 'ok'],
  ['route delete 2001:db8:69::/48', 'ESRCH'],
  // Neighbours and the rest
  ['neighbour replace 10.1.0.9 lladdr 02:00:00:00:00:09 dev nope nud permanent', 'ENODEV'],
  ['neighbour delete 10.1.0.9 dev e1', 'ENOENT'],
  ['net.ipv4.conf.e9.forwarding = 1', 'ENOENT'],
  ['net.ipv4.conf.e1.nosuch = 1', 'ENOENT'],
  ['net.ipv4.nonsense = 1', 'ENOENT'],
  ['net.ipv4.neigh.e1.proxy_delay = 0', 'ok'],
  ['net.ipv4.neigh.e9.proxy_delay = 0', 'ENOENT'],
];

describe('commands end as with the kernel', () => {
  it.each(VERDICTS)('%s: %s', (command, expected) => {
    expect(router().try('r', command)).toBe(expected);
  });

  it('routes need a device that is up, and one with IPv6 for IPv6', () => {
    const world = router().run('r', 'link add d type dummy');
    expect(world.try('r', 'route add 10.50.0.0/24 dev d')).toBe('ENETDOWN');
    expect(world.try('r', 'route add 2001:db8:50::/48 dev d')).toBe('ENETDOWN');
    world.run('r', 'net.ipv6.conf.d.disable_ipv6 = 1 \n link set dev d up');
    expect(world.try('r', 'route add 10.50.0.0/24 dev d')).toBe('ok');
    expect(world.try('r', 'route add 2001:db8:50::/48 dev d')).toBe('EACCES');
  });

  it('a gateway may be on a link of the route’s own table', () => {
    const world = router();
    expect(world.try('r', 'route add 10.72.0.0/16 via 169.254.1.1 table 77')).toBe('ENETUNREACH');
    world.run('r', 'route add 169.254.1.1/32 dev e2 scope link table 77');
    expect(world.try('r', 'route add 10.72.0.0/16 via 169.254.1.1 table 77')).toBe('ok');
    expect(world.try('r', 'route add 10.72.0.0/16 via 169.254.1.1')).toBe('ENETUNREACH');
  });

  it('an IPv4 route may have an IPv6 gateway', () => {
    const world = router().run('r', 'route add 10.73.0.0/16 via inet6 fe80::1 dev e1');
    expect(world.routes('r')).toContain('10.73.0.0/16 via inet6 fe80::1 dev e1');
  });
});

describe('VXLAN', () => {
  const host = (): World =>
    router().run(
      'r',
      `link add vx type vxlan id 1 local 10.1.0.1 dev e1 dstport 8472 nolearning
       link add vx6 type vxlan id 1 local 2001:db8:1::1 dev e1 dstport 8472 nolearning`,
    );
  const mac = '02:00:00:00:09:01';
  const zero = '00:00:00:00:00:00';

  it('has an identifier of 24 bits', () => {
    const add = (vni: number) => () =>
      host().network.apply({
        namespace: 'r',
        commands: [{ kind: 'link-add', type: 'vxlan', name: 'o', vni, port: 4789, learning: true }],
      });
    expect(add(0xff_ffff)).not.toThrow();
    expect(add(0x100_0000)).toThrow('ERANGE');
  });

  it('one device has a VNI, port and family to itself', () => {
    const world = host();
    expect(world.try('r', 'link add o type vxlan id 1 dstport 8472 nolearning')).toBe('EEXIST');
    expect(world.try('r', 'link add o type vxlan id 1 dstport 4789 nolearning')).toBe('ok');
    expect(world.try('r', 'link add p type vxlan id 2 dstport 8472 nolearning')).toBe('ok');
  });

  it('the MTU is what the underlay leaves, and no more', () => {
    const world = host().run('r', 'link add big mtu 1500 type vxlan id 9 dev e1 dstport 4789');
    const mtuOf = (name: string) =>
      world.network
        .namespace('r')
        .devices()
        .find((device) => device.name === name)?.mtuBytes;
    expect([mtuOf('vx'), mtuOf('vx6'), mtuOf('big')]).toEqual([1450, 1430, 1450]);
    expect(world.try('r', 'link set dev vx mtu 1451')).toBe('EINVAL');
    expect(world.try('r', 'link set dev vx mtu 1400')).toBe('ok');
  });

  it('an FDB entry for one host has one remote, the one for everybody many', () => {
    const world = host().run(
      'r',
      `bridge fdb append ${mac} dev vx dst 10.1.0.8 self permanent
       bridge fdb append ${mac} dev vx dst 10.1.0.9 self permanent
       bridge fdb append ${zero} dev vx dst 10.1.0.8 self permanent
       bridge fdb append ${zero} dev vx dst 10.1.0.9 self permanent
       bridge fdb append ${zero} dev vx dst 10.1.0.9 self permanent`,
    );
    expect(
      world.network
        .namespace('r')
        .fdb()
        .map(({ dst }) => dst),
    ).toEqual([0x0a01_0008, 0x0a01_0008, 0x0a01_0009]);
    world.run('r', `bridge fdb replace ${mac} dev vx dst 10.1.0.7 self permanent`);
    expect(world.network.namespace('r').fdb()[0]?.dst).toBe(0x0a01_0007);
    expect(world.try('r', `bridge fdb replace ${zero} dev vx dst 10.1.0.7 self permanent`)).toBe(
      'EOPNOTSUPP',
    );
  });

  it('FDB entries go one by one, and only if they are there', () => {
    const world = host().run('r', `bridge fdb append ${zero} dev vx dst 10.1.0.8 self permanent`);
    expect(world.try('r', `bridge fdb delete ${mac} dev vx dst 10.1.0.8 self`)).toBe('ENOENT');
    expect(world.try('r', `bridge fdb delete ${zero} dev vx dst 10.1.0.99 self`)).toBe('ok');
    expect(world.network.namespace('r').fdb()).toHaveLength(1);
    expect(world.try('r', `bridge fdb delete ${zero} dev vx dst 10.1.0.8 self`)).toBe('ok');
    expect(world.network.namespace('r').fdb()).toEqual([]);
  });

  it('remotes are of the family of the device', () => {
    const world = host();
    expect(world.try('r', `bridge fdb append ${mac} dev vx dst fd00::9 self permanent`)).toBe(
      'EAFNOSUPPORT',
    );
    expect(world.try('r', `bridge fdb append ${mac} dev vx6 dst fd00::9 self permanent`)).toBe(
      'ok',
    );
  });

  it('devices go with their underlay', () => {
    const world = host().run('r', 'link delete dev e1');
    const names = world.network
      .namespace('r')
      .devices()
      .map(({ name }) => name);
    expect(names).toEqual(['lo', 'e2']);
    expect(
      world.network
        .namespace('far')
        .devices()
        .map(({ name }) => name),
    ).toEqual(['lo', 'f2']);
  });
});

describe('entries of a bridge', () => {
  it('are its own when permanent, and forwarded to otherwise', () => {
    const world = router().run(
      'r',
      `link add br0 type bridge
       link set dev e1 master br0
       bridge fdb append 02:00:00:00:07:01 dev e1 master permanent
       bridge fdb append 02:00:00:00:07:02 dev e1 master dynamic`,
    );
    const entries = world.network.namespace('r').fdb();
    expect(entries.filter(({ mac }) => mac % 0x1_0000 === 0x0701)).toMatchObject([
      { life: 'permanent' },
    ]);
    expect(entries.filter(({ mac }) => mac % 0x1_0000 === 0x0702)).toMatchObject([
      { life: 'dynamic' },
    ]);
    expect(world.try('r', 'bridge fdb append 01:00:00:00:07:02 dev e1 master dynamic')).toBe(
      'EINVAL',
    );
    expect(world.try('r', 'bridge fdb delete 02:00:00:00:07:09 dev e1 master')).toBe('ENOENT');
    expect(world.try('r', 'bridge fdb delete 02:00:00:00:07:02 dev e1 master')).toBe('ok');
    expect(world.try('r', 'bridge fdb append 02:00:00:00:07:02 dev e2 master dynamic')).toBe(
      'EOPNOTSUPP',
    );
  });

  it('bridges are no ports of bridges, nor is lo', () => {
    const world = router().run('r', 'link add br0 type bridge \n link add br1 type bridge');
    expect(world.try('r', 'link set dev br0 master br1')).toBe('ELOOP');
    expect(world.try('r', 'link set dev lo master br1')).toBe('EINVAL');
  });
});

describe('a program', () => {
  it('stops at the first command that is refused; what came before stays done', () => {
    const world = router();
    expect(() =>
      world.run(
        'r',
        `link add br0 type bridge
         link add br0 type bridge
         link add br1 type bridge`,
      ),
    ).toThrow(CommandError);
    const names = world.network
      .namespace('r')
      .devices()
      .map(({ name }) => name);
    expect(names).toContain('br0');
    expect(names).not.toContain('br1');
  });

  it('names the command, the errno and the reason', () => {
    const world = router();
    try {
      world.run('r', 'route add 10.68.0.0/24 via 10.99.0.1');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CommandError);
      expect(error).toMatchObject({
        code: 'ENETUNREACH',
        command: 'ip route add 10.68.0.0/24 via 10.99.0.1',
        message:
          'ip route add 10.68.0.0/24 via 10.99.0.1: Nexthop has invalid gateway (ENETUNREACH)',
      });
    }
  });

  it('for a namespace that is not there is refused', () => {
    expect(() => router().run('nowhere', 'link set dev lo up')).toThrow(/no namespace nowhere/);
  });
});

describe('forwarding', () => {
  it('for all is forwarding for each device, present and to come', () => {
    const world = router().run('r', 'net.ipv4.ip_forward = 1 \n link add d type dummy');
    const r = world.network.namespace('r');
    for (const name of ['all', 'default', 'lo', 'e1', 'd']) {
      expect(r.sysctl(`net.ipv4.conf.${name}.forwarding`)).toBe(1);
    }
    expect(r.sysctl('net.ipv4.conf.all.accept_redirects')).toBe(0);
    world.run('r', 'net.ipv4.conf.e1.forwarding = 0');
    expect(r.sysctl('net.ipv4.ip_forward')).toBe(1);
    world.run('r', 'net.ipv4.conf.all.forwarding = 0');
    expect(r.sysctl('net.ipv4.ip_forward')).toBe(0);
    expect(r.sysctl('net.ipv4.conf.d.forwarding')).toBe(0);
  });

  it('is set for IPv6 apart from IPv4', () => {
    const world = router().run('r', 'net.ipv6.conf.all.forwarding = 1');
    const r = world.network.namespace('r');
    expect(r.sysctl('net.ipv6.conf.e2.forwarding')).toBe(1);
    expect(r.sysctl('net.ipv6.conf.default.forwarding')).toBe(1);
    expect(r.sysctl('net.ipv4.conf.e2.forwarding')).toBe(0);
  });
});
