import { formatIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRoutes } from '../parse/ip-route.ts';
import { ending, lines, World } from '../test-world.ts';

/** Router r between c and two ways to what lies behind: b1 by v1 and b2 by v2. */
function twoWays(seed = 1): World {
  const world = new World({ seed }).add('c', 'r', 'b1', 'b2');
  world.run(
    'r',
    `net.ipv4.ip_forward = 1
     net.ipv6.conf.all.forwarding = 1
     link add v0 type veth peer name v0 netns c
     link add v1 type veth peer name v1 netns b1
     link add v2 type veth peer name v2 netns b2
     link set dev v0 up
     link set dev v1 up
     link set dev v2 up
     address add 10.0.0.1/24 dev v0
     address add 10.1.0.1/24 dev v1
     address add 10.2.0.1/24 dev v2
     address add 2001:db8::1/64 dev v0
     address add 2001:db8:1::1/64 dev v1
     address add 2001:db8:2::1/64 dev v2`,
  );
  world.run(
    'c',
    `link set dev v0 up
     address add 10.0.0.2/24 dev v0
     address add 2001:db8::2/64 dev v0
     route add default via 10.0.0.1
     route add default via 2001:db8::1`,
  );
  for (const side of [1, 2]) {
    world.run(
      `b${side}`,
      `link set dev v${side} up
       address add 10.${side}.0.2/24 dev v${side}
       address add 10.9.0.2/32 dev lo
       address add 2001:db8:${side}::2/64 dev v${side}
       address add 2001:db8:9::2/128 dev lo
       route add default via 10.${side}.0.1
       route add default via 2001:db8:${side}::1`,
    );
    world.network.listen(`b${side}`, 'tcp', 80);
  }
  return world;
}

const WEIGHTED =
  'route add 10.9.0.0/16 nexthop via 10.1.0.2 weight 1 nexthop via 10.2.0.2 dev v2 weight 3';
const WEIGHTED_IPV6 =
  'route add 2001:db8:9::/48 nexthop via 2001:db8:1::2 nexthop via 2001:db8:2::2 dev v2 weight 3';

/** Share of the flows that leave by v2. */
function shareOfSecond(
  world: World,
  count: number,
  flow: (n: number) => { to: string; sourcePort?: number },
): number {
  let second = 0;
  for (let n = 0; n < count; n++) {
    const { to, sourcePort } = flow(n);
    const trace = world.tcp('c', to, 80, sourcePort === undefined ? {} : { sourcePort });
    const taken = trace.captures.some(
      ({ namespace, device, direction }) =>
        namespace === 'r' && device === 'v2' && direction === 'out',
    );
    if (taken) second++;
  }
  return second / count;
}

const ports = (n: number) => ({ to: '10.9.0.2', sourcePort: 40_000 + n });
const destinations = (n: number) => ({ to: `10.9.${n >> 8}.${n & 255}`, sourcePort: 40_000 });

describe('the share of each next hop', () => {
  test('is by destination and weight with policy 0, and all ports of two hosts stay together', () => {
    const world = twoWays().run('r', WEIGHTED);
    expect([0, 1]).toContain(shareOfSecond(world, 40, ports));
    expect(shareOfSecond(world, 600, destinations)).toBeCloseTo(0.75, 1);
  });

  test('is by ports too with policy 1', () => {
    const world = twoWays().run('r', `net.ipv4.fib_multipath_hash_policy = 1\n${WEIGHTED}`);
    expect(shareOfSecond(world, 600, ports)).toBeCloseTo(0.75, 1);
  });

  test('is the same for IPv6', () => {
    const world = twoWays().run('r', WEIGHTED_IPV6);
    const many = (n: number) => ({ to: `2001:db8:9::${(n + 16).toString(16)}`, sourcePort: 4_000 });
    const one = (n: number) => ({ to: '2001:db8:9::2', sourcePort: 40_000 + n });
    expect(shareOfSecond(world, 600, many)).toBeCloseTo(0.75, 1);
    expect([0, 1]).toContain(shareOfSecond(world, 40, one));
    world.run('r', 'net.ipv6.fib_multipath_hash_policy = 1');
    expect(shareOfSecond(world, 600, one)).toBeCloseTo(0.75, 1);
  });

  test('follows any weights', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 256 }),
        fc.integer({ min: 1, max: 256 }),
        fc.integer(),
        (a, b, seed) => {
          const world = twoWays(seed).run(
            'r',
            `route add 10.9.0.0/16 nexthop via 10.1.0.2 weight ${a} nexthop via 10.2.0.2 weight ${b}`,
          );
          const view = world.network.namespace('r');
          let second = 0;
          for (let n = 0; n < 2000; n++) {
            const found = view.route(0x0a09_0000 + n, { from: 0x0a00_0002, inDevice: 'v0' });
            if (found.kind === 'route' && found.device === 'v2') second++;
          }
          expect(Math.abs(second / 2000 - b / (a + b))).toBeLessThan(0.06);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('does not change when the far end of one goes down, unless the router looks at the link', () => {
    const world = twoWays().run('r', WEIGHTED).run('b2', 'link set dev v2 down');
    const view = world.network.namespace('r');
    const byV2 = (): number => {
      let count = 0;
      for (let n = 0; n < 400; n++) {
        const found = view.route(0x0a09_0000 + n, { from: 0x0a00_0002, inDevice: 'v0' });
        if (found.kind === 'route' && found.device === 'v2') count++;
      }
      return count;
    };
    expect(byV2() / 400).toBeCloseTo(0.75, 1);
    world.run('r', 'net.ipv4.conf.v2.ignore_routes_with_linkdown = 1');
    expect(byV2()).toBe(0);
  });
});

describe('a route with several next hops', () => {
  test('delivers by whichever is taken, and both ways of it count as the way back', () => {
    const world = twoWays().run('r', `net.ipv4.conf.all.rp_filter = 1\n${WEIGHTED}`);
    expect(ending(world.tcp('c', '10.9.0.2', 80))).toBe('delivered, delivered');
    for (const device of ['v1', 'v2']) {
      const found = world.network
        .namespace('r')
        .route(0x0a00_0002, { from: 0x0a09_0002, inDevice: device });
      expect(found.kind).toBe('route');
    }
  });

  test('sends from the address that a packet has by the next hop on that link', () => {
    const world = twoWays().run('r', WEIGHTED);
    for (const [from, device] of [
      [0x0a01_0001, 'v1'],
      [0x0a02_0001, 'v2'],
    ] as const) {
      for (let n = 0; n < 20; n++) {
        const found = world.network.namespace('r').route(0x0a09_0000 + n, { from });
        expect(found.kind === 'route' ? found.device : found.kind, formatIp(from)).toBe(device);
      }
    }
  });

  test('is printed as iproute2 prints it', () => {
    const world = twoWays().run(
      'r',
      `${WEIGHTED}
       route add 10.10.0.0/16 proto bird metric 5 src 10.1.0.1 mtu 1400 nexthop via 10.9.9.9 dev v1 onlink nexthop dev v2
       route add 10.11.0.0/16 table 77 nexthop via 10.1.0.2 nexthop via inet6 2001:db8:2::2 dev v2`,
    );
    const text = world.network.namespace('r').ipRoute(4);
    expect(text).toContain(
      '10.9.0.0/16 \n\tnexthop via 10.1.0.2 dev v1 weight 1 \n\tnexthop via 10.2.0.2 dev v2 weight 3 \n',
    );
    expect(text).toContain(
      '10.10.0.0/16 proto bird src 10.1.0.1 metric 5 mtu 1400 \n' +
        '\tnexthop via 10.9.9.9 dev v1 weight 1 onlink \n\tnexthop dev v2 weight 1 \n',
    );
    expect(world.routes('r', 4, 77)).toEqual([
      '10.11.0.0/16',
      'nexthop via 10.1.0.2 dev v1 weight 1',
      'nexthop via inet6 2001:db8:2::2 dev v2 weight 1',
    ]);
  });

  test('is read from what iproute2 prints as JSON', () => {
    const text = `[{"dst":"10.10.0.0/16","protocol":"bird","prefsrc":"10.1.0.1","metric":5,"flags":[],
      "metrics":[{"mtu":1400}],"nexthops":[{"gateway":"10.9.9.9","dev":"v1","weight":1,"flags":["onlink"]},
      {"dev":"v2","weight":3,"flags":["dead","linkdown"]}]}]`;
    const source = { file: 'routes.json', family: 4, tables: new Map() } as const;
    expect(parseRoutes(text, source).routes[0]?.nexthops).toEqual([
      { via: 0x0a09_0909, dev: 'v1', onlink: true, weight: 1 },
      { dev: 'v2', weight: 3 },
    ]);
  });

  test('keeps a next hop whose device went down, dead, and goes with the last one', () => {
    const world = twoWays().run('r', WEIGHTED).run('r', 'link set dev v1 down');
    expect(world.routes('r')).toContain('nexthop via 10.1.0.2 dev v1 weight 1 dead linkdown');
    expect(shareOfSecond(world, 20, destinations)).toBe(1);
    world.run('r', 'link set dev v1 up');
    expect(world.routes('r')).toContain('nexthop via 10.1.0.2 dev v1 weight 1');
    world.run('r', 'link set dev v1 down \n link set dev v2 down');
    expect(world.routes('r').join(' ')).not.toContain('nexthop');
  });

  test('goes with a device that is deleted; IPv6 keeps what is left', () => {
    const world = twoWays().run('r', WEIGHTED).run('r', WEIGHTED_IPV6);
    world.run('r', 'link delete v1');
    expect(world.routes('r').join(' ')).not.toContain('10.9.0.0');
    expect(world.routes('r', 6)).toContain(
      '2001:db8:9::/48 via 2001:db8:2::2 dev v2 metric 1024 pref medium',
    );
  });

  test('is deleted by its prefix or by all its next hops, not by one', () => {
    const world = twoWays().run('r', WEIGHTED);
    const del = 'route delete 10.9.0.0/16';
    expect(world.try('r', 'route add 10.9.0.0/16 via 10.2.0.2')).toBe('EEXIST');
    expect(world.try('r', `${del} via 10.1.0.2`)).toBe('ESRCH');
    expect(world.try('r', `${del} nexthop via 10.1.0.2 nexthop via 10.2.0.2 weight 2`)).toBe(
      'ESRCH',
    );
    expect(world.try('r', `${del} nexthop via 10.1.0.2 nexthop via 10.2.0.2`)).toBe('ok');
    world.run('r', WEIGHTED);
    expect(world.try('r', del)).toBe('ok');
  });

  test('of one next hop is a plain route, and cannot have what no gateway leads to', () => {
    const world = twoWays();
    world.run('r', 'route add 10.3.0.0/16 nexthop via 10.2.0.7 weight 256');
    expect(world.routes('r')).toContain('10.3.0.0/16 via 10.2.0.7 dev v2');
    expect(world.try('r', 'route add 10.4.0.0/16 nexthop via 10.2.0.7 nexthop via 10.77.0.1')).toBe(
      'ENETUNREACH',
    );
    expect(world.try('r', 'route add 10.4.0.0/16 nexthop via 10.2.0.7 weight 257')).toBe('EINVAL');
    expect(world.try('r', 'route add 10.5.0.0/16 nexthop via 10.2.0.7 nexthop via 10.2.0.7')).toBe(
      'ok',
    );
  });
});

describe('IPv6 routes of one metric by gateways', () => {
  const joined = [
    '2001:db8:a::/48 metric 1024 pref medium',
    'nexthop via 2001:db8:1::2 dev v1 weight 1',
    'nexthop via 2001:db8:2::2 dev v2 weight 1',
  ];
  const about = (world: World, prefix: string): readonly string[] => {
    const all = lines(world.network.namespace('r').ipRoute(6));
    const start = all.findIndex((line) => line.startsWith(prefix));
    return start < 0 ? [] : all.slice(start, start + 3);
  };

  test('join as next hops, and one goes alone', () => {
    const world = twoWays().run(
      'r',
      `route append 2001:db8:a::/48 via 2001:db8:1::2
       route append 2001:db8:a::/48 via 2001:db8:2::2`,
    );
    expect(about(world, '2001:db8:a::')).toEqual(joined);
    expect(world.try('r', 'route append 2001:db8:a::/48 via 2001:db8:2::2')).toBe('EEXIST');
    world.run('r', 'route delete 2001:db8:a::/48 via 2001:db8:2::2');
    expect(about(world, '2001:db8:a::')[0]).toBe(
      '2001:db8:a::/48 via 2001:db8:1::2 dev v1 metric 1024 pref medium',
    );
  });

  test('do not join with one that has no gateway', () => {
    const world = twoWays().run(
      'r',
      `route append 2001:db8:b::/48 dev v1
       route append 2001:db8:b::/48 via 2001:db8:2::2
       route append 2001:db8:b::/48 via 2001:db8:1::2`,
    );
    expect(about(world, '2001:db8:b::')).toEqual([
      '2001:db8:b::/48 dev v1 metric 1024 pref medium',
      '2001:db8:b::/48 metric 1024 pref medium',
      'nexthop via 2001:db8:2::2 dev v2 weight 1',
    ]);
  });

  test('are refused without a gateway, and twice the same', () => {
    const world = twoWays();
    const add = 'route add 2001:db8:e::/48 nexthop via 2001:db8:2::2';
    expect(world.try('r', `${add} nexthop dev v2`)).toBe('EINVAL');
    expect(world.try('r', `${add} nexthop via 2001:db8:2::2`)).toBe('EEXIST');
  });
});
