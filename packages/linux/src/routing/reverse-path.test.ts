import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, type World } from '../test-world.ts';

/**
 * Client c also has an address that its own cable's subnet does not contain. It knows the router's MAC
 * already: asking for it from that address would itself be filtered.
 */
function withStranger(): World {
  const world = clientRouterServer().run('c', 'address add 172.20.0.9/32 dev lo');
  expect(world.ping('c', '10.1.0.1').replyOutcome).toBe('delivered');
  return world;
}

const passes = (world: World): boolean => {
  const from = parseIp('172.20.0.9');
  const trace = world.ping('c', '10.2.0.2', { source: from });
  return trace.outcome === 'delivered';
};

const setFilter = (world: World, all: number, device: number): World =>
  world.run(
    'r',
    `net.ipv4.conf.all.rp_filter = ${all}
     net.ipv4.conf.e1.rp_filter = ${device}`,
  );

const NONE = '';
const BY_E1 = 'route add 172.20.0.9/32 via 10.1.0.2';
const BY_E2 = 'route add 172.20.0.9/32 via 10.2.0.2';
const BLACKHOLE = 'route add blackhole 172.20.0.9/32';

describe('rp_filter, by the route back to the source', () => {
  it.each([
    ['no filter, no route', 0, 0, NONE, true],
    ['no filter, blackhole', 0, 0, BLACKHOLE, true],
    ['loose, no route', 0, 2, NONE, false],
    ['loose, route by another device', 0, 2, BY_E2, true],
    ['loose, blackhole', 0, 2, BLACKHOLE, false],
    ['strict, route by another device', 0, 1, BY_E2, false],
    ['strict, route by this device', 0, 1, BY_E1, true],
    ['strict for all, none for the device', 1, 0, BY_E2, false],
    ['strict for all, loose for the device: the larger number wins', 1, 2, BY_E2, true],
  ])('%s', (_, all, device, route, expected) => {
    expect(passes(setFilter(withStranger(), all, device).run('r', route))).toBe(expected);
  });

  it('drops in silence, and says in the trace what it was', () => {
    const trace = setFilter(withStranger(), 1, 0)
      .run('r', BY_E2)
      .ping('c', '10.2.0.2', { source: parseIp('172.20.0.9') });
    expect(trace.outcome).toBe('dropped');
    expect(trace.reason).toContain('reverse path');
    expect(trace.reply).toBeUndefined();
  });

  it('fails even loosely on a device without addresses, unless the route back is by that device', () => {
    const world = setFilter(withStranger(), 0, 2).run('r', 'address delete 10.1.0.1/24 dev e1');
    expect(passes(world.run('r', 'route add 172.20.0.9/32 via 10.2.0.2'))).toBe(false);
    expect(passes(world.run('r', 'route replace 172.20.0.9/32 dev e1'))).toBe(true);
  });

  it('does not look at the mark, unless told to', () => {
    const world = setFilter(withStranger(), 0, 1).run(
      'r',
      `route add 172.20.0.9/32 via 10.1.0.2 table 77
       rule add from all fwmark 0x1/0x1 priority 100 lookup 77`,
    );
    world.network.apply({
      namespace: 'r',
      commands: [
        {
          kind: 'iptables',
          family: 4,
          table: 'mangle',
          op: 'append',
          chain: 'PREROUTING',
          rule: { matches: [], target: { kind: 'mark', value: 1, mask: 0xffff_ffff } },
        },
      ],
    });
    expect(passes(world)).toBe(false);
    expect(passes(world.run('r', 'net.ipv4.conf.e1.src_valid_mark = 1'))).toBe(true);
  });
});

describe('own addresses as sources', () => {
  const spoof = (world: World): World =>
    world.run('c', 'address add 10.2.0.1/32 dev lo \n route add 10.2.0.9/32 via 10.1.0.1');

  it('are not believed from outside, filter or not, rules or not', () => {
    const world = spoof(withStranger());
    const probe = { source: parseIp('10.2.0.1') };
    expect(world.ping('c', '10.1.0.1', probe).reason).toContain('own');
    world.run('r', 'rule add from all priority 900 lookup 900');
    expect(world.ping('c', '10.1.0.1', probe).reason).toContain('own');
  });

  it('are told by routes once somebody has added a local route by hand', () => {
    const world = clientRouterServer().run(
      'r',
      'route add local 172.20.0.9/32 dev lo table local scope host',
    );
    world.run('c', 'address add 172.20.0.9/32 dev lo');
    expect(passes(world)).toBe(false);
  });
});
