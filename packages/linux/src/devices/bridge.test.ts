import { formatMac, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { ending, seenOn, World } from '../test-world.ts';

/** A bridge with an address, and three hosts on its ports. */
function hosts(): World {
  const world = new World().add('n', 'h1', 'h2', 'h3').run(
    'n',
    `link add br0 type bridge
     link set dev br0 up
     address add 10.0.0.254/24 dev br0`,
  );
  for (const i of [1, 2, 3]) {
    world.run(
      'n',
      `link add v${i} address 02:00:00:00:01:0${i} type veth peer name eth0 netns h${i} address 02:00:00:00:02:0${i}
       link set dev v${i} master br0 up`,
    );
    world.run(`h${i}`, `link set dev eth0 up \n address add 10.0.0.${i}/24 dev eth0`);
  }
  return world;
}

const bridge = (world: World, name = 'br0') => {
  const found = world.network
    .namespace('n')
    .devices()
    .find((device) => device.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

const fdb = (world: World): readonly string[] =>
  world.network
    .namespace('n')
    .fdb()
    .map(
      ({ device, mac, life }) =>
        `${formatMac(mac)} ${device}${life === 'dynamic' ? '' : ` ${life}`}`,
    )
    .sort();

describe('a bridge', () => {
  it('carries packets between its ports, and to and from its host', () => {
    const world = hosts();
    expect(ending(world.ping('h1', '10.0.0.2'))).toBe('delivered, delivered');
    expect(ending(world.ping('h1', '10.0.0.254'))).toBe('delivered, delivered');
    expect(ending(world.ping('n', '10.0.0.3'))).toBe('delivered, delivered');
  });

  it('learns where hosts are, and then leaves the others alone', () => {
    const world = hosts();
    const first = world.ping('h1', '10.0.0.2');
    expect(seenOn(first, 'h3', 'eth0', 'in')).toHaveLength(1);
    const second = world.ping('h1', '10.0.0.2');
    expect(seenOn(second, 'h3', 'eth0', 'in')).toHaveLength(0);
    expect(fdb(world)).toEqual([
      '02:00:00:00:01:01 v1 permanent',
      '02:00:00:00:01:02 v2 permanent',
      '02:00:00:00:01:03 v3 permanent',
      '02:00:00:00:02:01 v1',
      '02:00:00:00:02:02 v2',
    ]);
  });

  it('says in the trace what it did with a frame', () => {
    const world = hosts().run(
      'h1',
      'neighbour replace 10.0.0.2 lladdr 02:00:00:00:02:02 dev eth0 nud permanent',
    );
    const decisions = () =>
      world
        .ping('h1', '10.0.0.2')
        .request.flatMap(({ steps }) => steps)
        .filter(({ kind }) => kind === 'bridge');
    expect(decisions()).toMatchObject([{ decision: 'flood', ports: ['v2', 'v3'] }]);
    expect(decisions()).toMatchObject([{ decision: 'forward', ports: ['v2'] }]);
  });

  it('forgets hosts that are silent for five minutes, or as long as it is told', () => {
    const world = hosts();
    world.ping('h1', '10.0.0.2');
    world.network.advance(299_999);
    expect(fdb(world)).toHaveLength(5);
    world.network.advance(1);
    expect(fdb(world)).toHaveLength(3);
    const hasty = new World().add('n', 'h').run(
      'n',
      `link add br0 type bridge ageing_time 100
       link set dev br0 up
       link add v1 address 02:00:00:00:01:01 type veth peer name eth0 netns h
       link set dev v1 master br0 up`,
    );
    hasty.run('h', 'link set dev eth0 up \n address add 10.0.0.1/24 dev eth0');
    hasty.ping('h', '10.0.0.9');
    hasty.network.advance(1000);
    expect(fdb(hasty)).toEqual(['02:00:00:00:01:01 v1 permanent']);
  });

  it('follows a host that moves', () => {
    const world = hosts();
    world.ping('h1', '10.0.0.2');
    world.run('h1', 'link set dev eth0 address 02:00:00:00:02:09');
    world.run('h3', 'link set dev eth0 address 02:00:00:00:02:01');
    world.ping('h3', '10.0.0.2');
    expect(fdb(world)).toContain('02:00:00:00:02:01 v3');
  });

  it('does not learn on a port that is told not to', () => {
    const world = hosts().run('n', 'link set dev v1 learning off');
    world.ping('h1', '10.0.0.2');
    expect(fdb(world)).not.toContain('02:00:00:00:02:01 v1');
  });

  it('does not flood unknown unicast to a port that does not want it, but broadcasts', () => {
    const world = hosts().run('n', 'link set dev v2 flood off');
    expect(ending(world.ping('h1', '10.0.0.2'))).toBe('delivered, delivered');
    const unknown = hosts().run('n', 'link set dev v2 flood off');
    unknown.run('h1', 'neighbour replace 10.0.0.2 lladdr 02:00:00:00:02:02 dev eth0 nud permanent');
    expect(unknown.ping('h1', '10.0.0.2').outcome).toBe('dropped');
  });

  it('keeps isolated ports apart from each other, and from nobody else', () => {
    const world = hosts().run('n', 'link set dev v1 isolated on \n link set dev v2 isolated on');
    expect(world.ping('h1', '10.0.0.2').outcome).toBe('unreachable');
    expect(ending(world.ping('h1', '10.0.0.3'))).toBe('delivered, delivered');
    expect(ending(world.ping('h2', '10.0.0.254'))).toBe('delivered, delivered');
  });

  it('does not send a frame back where it came from, unless the port is a hairpin', () => {
    const world = hosts().run(
      'h1',
      `address add 10.9.0.1/32 dev eth0
       neighbour replace 10.9.0.2 lladdr 02:00:00:00:02:01 dev eth0 nud permanent
       route add 10.9.0.2/32 dev eth0 scope link`,
    );
    world.ping('h1', '10.0.0.254');
    expect(world.ping('h1', '10.9.0.2').reason).toContain('no hairpin');
    world.run('n', 'link set dev v1 hairpin on');
    expect(world.ping('h1', '10.9.0.2').reason).toContain('not for this host');
  });

  it('passes up frames for any of its MACs, which only the right device believes', () => {
    const world = hosts().run(
      'h1',
      'neighbour replace 10.0.0.254 lladdr 02:00:00:00:01:02 dev eth0 nud permanent',
    );
    // The bridge has the lowest MAC, that of v1; this frame is for the port v2.
    expect(world.ping('h1', '10.0.0.254').reason).toContain('another MAC');
  });

  it('never forwards the groups that bridges keep to themselves', () => {
    const world = hosts().run(
      'h1',
      'neighbour replace 10.0.0.2 lladdr 01:80:c2:00:00:0e dev eth0 nud permanent',
    );
    expect(world.ping('h1', '10.0.0.2').reason).toContain('keep to themselves');
  });
});

describe("a bridge's own device", () => {
  it('takes the lowest MAC of its ports', () => {
    const world = hosts();
    expect(formatMac(bridge(world).mac)).toBe('02:00:00:00:01:01');
    world.run('n', 'link set dev v3 address 02:00:00:00:00:aa');
    expect(formatMac(bridge(world).mac)).toBe('02:00:00:00:00:aa');
    world.run('n', 'link set dev v3 nomaster');
    expect(formatMac(bridge(world).mac)).toBe('02:00:00:00:01:01');
    world.run('n', 'link set dev v1 nomaster \n link set dev v2 nomaster');
    expect(bridge(world).mac).toBe(0);
  });

  it('keeps a MAC that it was given', () => {
    const world = new World().add('n', 'h').run(
      'n',
      `link add br0 address 02:aa:00:00:00:01 type bridge
       link add v1 address 02:00:00:00:00:01 type veth peer name eth0 netns h
       link set dev v1 master br0`,
    );
    expect(formatMac(bridge(world).mac)).toBe('02:aa:00:00:00:01');
  });

  it('takes the smallest MTU of its ports, unless set by hand later', () => {
    const world = hosts();
    expect(bridge(world).mtuBytes).toBe(1500);
    world.run('n', 'link set dev v2 mtu 1400');
    expect(bridge(world).mtuBytes).toBe(1400);
    world.run('n', 'link set dev v2 nomaster');
    expect(bridge(world).mtuBytes).toBe(1500);
    world.run('n', 'link set dev br0 mtu 1300 \n link set dev v2 master br0');
    expect(bridge(world).mtuBytes).toBe(1300);
  });

  it('does not hold on to the MTU that it was made with', () => {
    const world = new World().add('n', 'h').run(
      'n',
      `link add br0 mtu 1400 type bridge
       link add v1 type veth peer name eth0 netns h`,
    );
    expect(bridge(world).mtuBytes).toBe(1400);
    world.run('n', 'link set dev v1 master br0');
    expect(bridge(world).mtuBytes).toBe(1500);
  });

  it('has a carrier while a port forwards, and with it IPv6', () => {
    const world = new World().add('n', 'h').run(
      'n',
      `link add br0 address 02:aa:00:00:00:02 type bridge
       link set dev br0 up`,
    );
    expect(bridge(world)).toMatchObject({ up: true, carrier: false, addresses: [] });
    world.run('n', 'link add v1 type veth peer name eth0 netns h \n link set dev v1 master br0 up');
    expect(bridge(world).carrier).toBe(false);
    world.run('h', 'link set dev eth0 up');
    expect(bridge(world).carrier).toBe(true);
    expect(bridge(world).addresses).toEqual([
      { address: parseIp('fe80::aa:ff:fe00:2'), length: 64 },
    ]);
    world.run('h', 'link set dev eth0 down');
    expect(bridge(world).carrier).toBe(false);
    expect(world.routes('n', 6)).toContain(
      'fe80::/64 dev br0 proto kernel metric 256 linkdown pref medium',
    );
  });

  it('calls before it floods, and what comes to life in that moment is flooded to', () => {
    let asked = 0;
    const world = new World({
      onFlood: (namespace, name, frame) => {
        if (namespace !== 'n' || frame.payload.kind !== 'arp' || asked++ > 0) return;
        expect(name).toBe('br0');
        world
          .add('late')
          .run(
            'n',
            'link add v9 type veth peer name eth0 netns late \n link set dev v9 master br0 up',
          );
        world.run('late', 'link set dev eth0 up \n address add 10.0.0.9/24 dev eth0');
      },
    });
    world.add('n', 'h').run(
      'n',
      `link add br0 type bridge
       link set dev br0 up
       link add v1 type veth peer name eth0 netns h
       link set dev v1 master br0 up`,
    );
    world.run('h', 'link set dev eth0 up \n address add 10.0.0.1/24 dev eth0');
    expect(ending(world.ping('h', '10.0.0.9'))).toBe('delivered, delivered');
    expect(asked).toBeGreaterThan(0);
  });
});

describe('two bridges joined by two cables', () => {
  it('make frames go round for ever, which is noticed', () => {
    const world = new World().add('n', 'h').run(
      'n',
      `link add br0 type bridge
       link add br1 type bridge
       link set dev br0 up
       link set dev br1 up
       link add a0 type veth peer name a1
       link add b0 type veth peer name b1
       link set dev a0 master br0 up
       link set dev b0 master br0 up
       link set dev a1 master br1 up
       link set dev b1 master br1 up
       link add v1 type veth peer name eth0 netns h
       link set dev v1 master br0 up`,
    );
    world.run(
      'h',
      `link set dev eth0 up
       address add 10.0.0.1/24 dev eth0
       neighbour replace 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0 nud permanent`,
    );
    const trace = world.network.send(
      { namespace: 'h', protocol: 'icmp', to: parseIp('10.0.0.9'), port: 0 },
      { trace: false },
    );
    expect(trace.outcome).toBe('looped');
  });
});
