import { encodeIpPacket, formatIp, type Ipv4Packet } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { dissected, sentBy, toldTo, twoHeads } from '../test-tunnels.ts';
import { ending, type World } from '../test-world.ts';
import type { PacketTrace } from '../trace.ts';

const heads = (settings = ''): World =>
  twoHeads(
    ({ local, remote }) => `link add t type sit local ${local} remote ${remote} ${settings}`,
    false,
  );

const FOUR = '10.0.2.2';
const SIX = 'fd00:2::2';

function onWire(trace: PacketTrace): Ipv4Packet {
  const packet = sentBy(trace, 'a', 'up');
  if (packet.kind !== 'ipv4') throw new Error('not IPv4');
  return packet;
}

const deviceOf = (world: World, name = 't') =>
  world.network
    .namespace('a')
    .devices()
    .find((device) => device.name === name);

const addressesOf = (world: World, name = 't') =>
  deviceOf(world, name)?.addresses.map(({ address, length }) => `${formatIp(address)}/${length}`);

describe('a packet of IPv6 through a tunnel of IPv4', () => {
  test('gets there, and is answered', () => {
    const trace = heads().ping('p', SIX);
    expect(ending(trace)).toBe('delivered, delivered');
    const steps = trace.request.flatMap((hop) => hop.steps);
    expect(steps.find(({ kind }) => kind === 'encapsulate')).toMatchObject({
      device: 't',
      protocol: 'sit',
      overheadBytes: 20,
    });
  });

  test('has these bytes on the wire', () => {
    const ip = onWire(heads().udp('p', SIX, 53, { sourcePort: 40_000, payloadBytes: 0 }));
    const written = encodeIpPacket(ip);
    const golden = [0x45, 0, 0, 0x44, ip.id >> 8, ip.id & 255, 0x40, 0, 0x3f, 41];
    expect([...written.subarray(0, 10)]).toEqual(golden);
    expect([...written.subarray(12, 20)]).toEqual([192, 0, 2, 1, 198, 51, 100, 1]);
    expect([...written.subarray(20, 28)]).toEqual([0x60, 0, 0, 0, 0, 8, 17, 0x3f]);
    expect(written).toHaveLength(68);
  });

  test('is one that Wireshark understands', (context) => {
    const frames = dissected(heads().ping('p', SIX));
    if (frames === undefined) return context.skip('tshark is not installed');
    expect(frames.some((protocols) => protocols.includes('malformed'))).toBe(false);
    expect(frames).toContain('eth:ethertype:ip:ipv6:icmpv6:data');
  });

  test('inherits hop limit and congestion bits, and the traffic class if it is told to', () => {
    const packet = { ttl: 20, tos: 0x51 };
    expect(onWire(heads().ping('p', SIX, packet))).toMatchObject({ ttl: 19, tos: 1 });
    expect(onWire(heads('ttl 64 tos inherit').ping('p', SIX, packet))).toMatchObject({
      ttl: 64,
      tos: 0x51,
    });
    expect(onWire(heads('tos 0x10').ping('p', SIX, packet))).toMatchObject({ tos: 0x11 });
  });

  test('is looked up with the mark of the tunnel, not with its own', () => {
    const away = 'rule add from all fwmark 0x5 priority 10 lookup 99';
    const unmarked = heads().run('a', `route add unreachable default table 99 \n ${away}`);
    expect(unmarked.ping('p', SIX).outcome).toBe('delivered');
    const marked = heads('fwmark 0x5').run(
      'a',
      `route add unreachable default table 99 \n ${away}`,
    );
    expect(marked.ping('p', SIX).reason).toContain('far end');
  });
});

describe('what a tunnel of IPv4 for IPv6 carries', () => {
  test.each([
    ['ip6ip', 'dropped', 'delivered'],
    ['ipip', 'delivered', 'dropped'],
    ['any', 'delivered', 'delivered'],
  ])('in mode %s', (mode, four, six) => {
    const world = heads(`mode ${mode}`);
    expect(world.ping('p', FOUR).outcome).toBe(four);
    expect(world.ping('p', SIX).outcome).toBe(six);
  });

  test('leaves IPv4 to tunnels that are for nothing else, if there are any', () => {
    const world = heads('mode any');
    const ends = 'local 198.51.100.1 remote 192.0.2.1';
    world.run('b', `link add t4 type ipip ${ends} \n link set dev t4 up`);
    const steps = world.ping('p', FOUR).request.flatMap((hop) => hop.steps);
    expect(steps.find(({ kind }) => kind === 'decapsulate')).toMatchObject({ device: 't4' });
  });
});

describe('the room in a tunnel of IPv4 for IPv6', () => {
  test('is 20 bytes less than that of the way, and no less than IPv6 must have', () => {
    expect(deviceOf(heads())?.mtuBytes).toBe(1480);
    const small = heads().run('a', 'link set dev up mtu 1290');
    small.run('a', 'link delete t');
    small.run('a', 'link add t type sit local 192.0.2.1 remote 198.51.100.1');
    expect(deviceOf(small)?.mtuBytes).toBe(1280);
  });

  test('is told to the sender, and made by cutting outside where IPv6 has a right to it', () => {
    const world = heads().run('a', 'link set dev up mtu 1400');
    const trace = world.ping('p', SIX, { payloadBytes: 1380 });
    expect(toldTo(trace, 'p', 'eth0')).toMatchObject({ payload: { type: 2, code: 0, rest: 1380 } });
    const small = heads().run('a', 'link set dev up mtu 1290');
    const cut = small.ping('p', SIX, { payloadBytes: 1280 - 48 });
    expect(cut.outcome).toBe('delivered');
    expect(onWire(cut)).toMatchObject({ dontFragment: false, moreFragments: true });
  });
});

describe('an error about a packet of IPv6 in a tunnel of IPv4', () => {
  test('comes from the router, in an address of IPv6 made of its own', () => {
    const trace = heads('ttl 1').ping('p', SIX);
    expect(trace.outcome).toBe('expired');
    expect(toldTo(trace, 'p', 'eth0')).toMatchObject({
      src: 0xffff_c000_02fen,
      payload: { type: 3, code: 0 },
    });
    const none = heads().run('r', 'route add unreachable 198.51.100.1/32');
    expect(toldTo(none.ping('p', SIX), 'p', 'eth0')).toMatchObject({
      payload: { type: 1, code: 3 },
    });
  });

  test('is told to a later sender where it was about IPv4', () => {
    const world = heads('mode any ttl 1');
    expect(world.ping('p', FOUR).replyOutcome).toBe('dropped');
    const second = world.ping('p', FOUR);
    expect(toldTo(second, 'p', 'eth0')).toMatchObject({ payload: { type: 3, code: 1 } });
    world.network.advance(31_000);
    expect(() => toldTo(world.ping('p', FOUR), 'p', 'eth0')).toThrow('nothing was told');
  });

  test('about its size is kept for the next', () => {
    const world = heads().run('r', 'link set dev rb mtu 1400');
    const large = { payloadBytes: 1400 };
    const first = world.ping('p', SIX, large);
    expect(first.outcome).toBe('too-big');
    expect(() => toldTo(first, 'p', 'eth0')).toThrow('nothing was told');
    expect(toldTo(world.ping('p', SIX, large), 'p', 'eth0')).toMatchObject({
      payload: { type: 2, code: 0, rest: 1380 },
    });
  });
});

describe('a tunnel without a far end', () => {
  const open = (more: string): World => {
    const world = heads();
    world.run('a', 'link delete t');
    world.run('a', `link add t type sit local 192.0.2.1 \n link set dev t up \n ${more}`);
    return world;
  };

  test('finds it in a next hop that holds an address of IPv4', () => {
    const world = open('route add fd00:2::/64 via ::198.51.100.1 dev t');
    expect(ending(world.ping('p', SIX))).toBe('delivered, delivered');
    const trace = open('route add fd00:2::/64 dev t').ping('p', SIX);
    expect(trace.outcome).toBe('unreachable');
    expect(toldTo(trace, 'p', 'eth0')).toMatchObject({ payload: { type: 1, code: 3 } });
  });

  test('finds it in addresses of 6to4, which it takes from nobody else', () => {
    const world = open('route add 2002::/16 dev t');
    world.run('b', 'address add 2002:c633:6401::1/128 dev lo');
    expect(world.ping('p', '2002:c633:6401::1').outcome).toBe('delivered');
    const lie = open('route add fd00:2::/64 via ::198.51.100.1 dev t');
    lie.run('b', 'link delete t');
    lie.run('b', 'link add t type sit \n link set dev t up');
    lie.run('p', 'address add 2002:909:909::1/128 dev eth0');
    const bound = { source: 0x2002_0909_0909_0000_0000_0000_0000_0001n };
    expect(lie.ping('p', SIX, bound).reason).toBe('a 6to4 address that belongs to another host');
    expect(lie.ping('p', SIX).outcome).toBe('delivered');
  });
});

describe('the IPv6 addresses of a tunnel of IPv4', () => {
  test('are made of IPv4 ones: of its own, or of all', () => {
    const world = heads();
    expect(addressesOf(world)).toEqual(['fe80::c000:201/64']);
    world.run('a', 'link add o type sit \n link set dev o up');
    expect(addressesOf(world, 'o')).toEqual(['::7f00:1/96', '::c000:201/96', '::a00:101/96']);
    world.run('a', 'link add r type sit remote 203.0.113.1 \n link set dev r up');
    expect(addressesOf(world, 'r')).toEqual(['fe80::c000:201/64', 'fe80::a00:101/64']);
    world.run('a', 'net.ipv6.conf.default.addr_gen_mode = 1');
    world.run('a', 'link add n type sit remote 203.0.113.2 \n link set dev n up');
    expect(addressesOf(world, 'n')).toEqual([]);
  });
});
