import { describe, expect, it } from 'vitest';
import { World } from '../test-world.ts';

/** The kernel's own listing of what the test below programs, seen on 6.18 with iproute2 6.1. */
const MAIN = `default via 10.1.0.7 dev va proto 80 linkdown \n\
10.1.0.0/24 dev va proto kernel scope link src 10.1.0.1 linkdown \n\
10.5.0.0/24 via 10.1.0.7 dev va linkdown mtu 1400 \n\
10.5.0.0/16 via 10.1.0.7 dev va linkdown \n\
10.6.0.0/24 dev va scope link metric 5 linkdown \n\
blackhole 10.7.0.0/16 proto 80 \n\
10.8.0.0/24 dev va proto static scope link src 10.3.0.1 linkdown \n\
10.9.0.0/16 via 9.9.9.9 dev va metric 7 onlink linkdown \n`;

const MAIN_IPV6 = `2001:db8::/64 dev va proto kernel metric 256 linkdown pref medium
2001:db8:1::/64 via 2001:db8::9 dev va metric 1024 linkdown mtu 1400 pref medium
blackhole 2001:db8:2::/64 dev lo metric 1024 pref medium
unreachable 2001:db8:3::/64 dev lo metric 50 pref medium
2001:db8:5::1 dev va proto kernel metric 256 linkdown pref medium
2001:db8:9::/64 via fe80::7 dev va proto bird metric 1024 onlink linkdown pref medium
fe80::/64 dev va proto kernel metric 256 linkdown pref medium
default via fe80::1 dev va metric 1024 linkdown pref medium
`;

describe('routes in text', () => {
  const world = new World()
    .add('r', 'far')
    .run(
      'r',
      `link add va type veth peer name vb netns far
       link set dev va up`,
    )
    .run('far', 'link set dev vb up')
    .run(
      'r',
      `address add 10.1.0.1/24 dev va
       address add 10.3.0.1/32 dev va
       address add 2001:db8::1/64 dev va
       address add 2001:db8:5::1/128 dev va
       route add 10.5.0.0/24 via 10.1.0.7 mtu 1400
       route add 10.6.0.0/24 dev va metric 5
       route add blackhole 10.7.0.0/16 proto 80
       route add 10.9.0.0/16 via 9.9.9.9 dev va onlink metric 7
       route add 10.5.0.0/16 via 10.1.0.7
       route add 2001:db8:1::/64 via 2001:db8::9 mtu 1400
       route add blackhole 2001:db8:2::/64
       route add default via fe80::1 dev va
       route add unreachable 2001:db8:3::/64 metric 50
       route add 2001:db8:9::/64 via fe80::7 dev va onlink proto bird
       route add default via 10.1.0.7 proto 80
       route add 10.8.0.0/24 dev va scope link src 10.3.0.1 proto static`,
    )
    .run('far', 'link set dev vb down');

  it('are those that iproute2 prints, in its order, down to the blanks', () => {
    expect(world.network.namespace('r').ipRoute(4)).toBe(MAIN);
    expect(world.network.namespace('r').ipRoute(6)).toBe(MAIN_IPV6);
  });
});
