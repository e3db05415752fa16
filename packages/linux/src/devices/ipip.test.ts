import { encodeIpPacket, type IpPacket } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { ending, seenOn, World } from '../test-world.ts';
import type { PacketTrace } from '../trace.ts';

/** Nodes a and b on one link, each with a pod behind it, and a tunnel between them as Calico makes it. */
function twoNodes(tunnel = ''): World {
  const world = new World().add('a', 'b', 'p', 'q');
  world.run('a', 'link add eth0 type veth peer name eth0 netns b');
  for (const [node, pod, n] of [
    ['a', 'p', 1],
    ['b', 'q', 2],
  ] as const) {
    const other = 3 - n;
    world.run(
      node,
      `net.ipv4.ip_forward = 1
       link add cali0 type veth peer name eth0 netns ${pod}
       link add tunl0 type ipip ${tunnel}
       link set dev eth0 up
       link set dev cali0 up
       link set dev tunl0 up
       address add 192.0.2.${n}/24 dev eth0
       address add 10.0.${n}.1/32 dev tunl0
       route add default via 192.0.2.254
       route add 10.0.${n}.2 dev cali0 scope link
       net.ipv4.conf.cali0.proxy_arp = 1
       route add 10.0.${other}.0/24 via 192.0.2.${other} dev tunl0 onlink`,
    );
    world.run(
      pod,
      `link set dev eth0 up
       address add 10.0.${n}.2/32 dev eth0
       route add 169.254.1.1 dev eth0 scope link
       route add default via 169.254.1.1 dev eth0`,
    );
  }
  return world;
}

const onWire = (trace: PacketTrace): IpPacket => {
  const [first] = seenOn(trace, 'a', 'eth0', 'out').filter(
    ({ frame }) => frame.payload.kind === 'ipv4',
  );
  if (first?.frame.payload.kind !== 'ipv4') throw new Error('nothing has left');
  return first.frame.payload;
};

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(
    text
      .split(/\s+/)
      .filter(Boolean)
      .map((byte) => Number.parseInt(byte, 16)),
  );

describe('a packet through a tunnel of IP in IP', () => {
  test('goes to the next hop of its route, and is answered', () => {
    const trace = twoNodes().ping('p', '10.0.2.2');
    expect(ending(trace)).toBe('delivered, delivered');
    const steps = trace.request.flatMap((hop) => hop.steps);
    expect(steps.find(({ kind }) => kind === 'encapsulate')).toMatchObject({
      device: 'tunl0',
      protocol: 'ipip',
      overheadBytes: 20,
    });
    expect(steps.find(({ kind }) => kind === 'decapsulate')).toMatchObject({ protocol: 'ipip' });
  });

  test('has these bytes on the wire', () => {
    const ip = onWire(
      twoNodes().udp('p', '10.0.2.2', 53, {
        sourcePort: 40_000,
        payloadBytes: 0,
        dontFragment: true,
      }),
    );
    const [outer = 0, carried = 0] =
      ip.kind === 'ipv4' && ip.payload.kind === 'ipip' && ip.payload.inner.kind === 'ipv4'
        ? [ip.id, ip.payload.inner.id]
        : [];
    const written = encodeIpPacket(ip);
    const hex = (id: number): string => `${(id >> 8).toString(16)} ${(id & 255).toString(16)}`;
    const golden = bytesOf(`
      45 00 00 30 ${hex(outer)} 40 00 3f 04 00 00 c0 00 02 01 c0 00 02 02
      45 00 00 1c ${hex(carried)} 40 00 3f 11 00 00 0a 00 01 02 0a 00 02 02
      9c 40 00 35 00 08 00 00`);
    // Checksums apart, which follow from the rest: both headers' and UDP's.
    const sums = new Set([10, 11, 30, 31, 46, 47]);
    expect(written.map((byte, index) => (sums.has(index) ? 0 : byte))).toEqual(golden);
    for (const start of [0, 20]) {
      let sum = 0;
      for (let i = 0; i < 20; i += 2) {
        sum += ((written[start + i] ?? 0) << 8) | (written[start + i + 1] ?? 0);
      }
      expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
    }
  });

  test('is sent by the node itself from the address of the tunnel', () => {
    const trace = twoNodes().ping('a', '10.0.2.2');
    expect(ending(trace)).toBe('delivered, delivered');
    expect(onWire(trace)).toMatchObject({
      src: 0xc000_0201,
      ttl: 64,
      payload: { inner: { src: 0x0a00_0101, ttl: 64 } },
    });
  });

  test('inherits the time to live, or has that of the tunnel', () => {
    expect(onWire(twoNodes().ping('p', '10.0.2.2', { ttl: 20 }))).toMatchObject({ ttl: 19 });
    const fixed = twoNodes('ttl 64').ping('p', '10.0.2.2', { ttl: 20 });
    expect(onWire(fixed)).toMatchObject({ ttl: 64, payload: { inner: { ttl: 19 } } });
  });

  test('forbids fragmentation outside, unless path MTU discovery is off and the packet allows it', () => {
    const free = { dontFragment: false };
    expect(onWire(twoNodes().ping('p', '10.0.2.2', free))).toMatchObject({ dontFragment: true });
    const off = twoNodes('nopmtudisc');
    expect(onWire(off.ping('p', '10.0.2.2', free))).toMatchObject({ dontFragment: false });
    expect(onWire(off.ping('p', '10.0.2.2', { dontFragment: true }))).toMatchObject({
      dontFragment: true,
    });
  });

  test('shows whether the carried packet can tell of congestion, but not its type of service', () => {
    expect(onWire(twoNodes().ping('p', '10.0.2.2', { tos: 0x11 }))).toMatchObject({ tos: 1 });
    expect(onWire(twoNodes().ping('p', '10.0.2.2', { tos: 0x13 }))).toMatchObject({ tos: 2 });
  });
});

describe('the room in a tunnel', () => {
  test('is 20 bytes less than that of a link', () => {
    const world = twoNodes();
    const mtu = world.network
      .namespace('a')
      .devices()
      .find(({ name }) => name === 'tunl0')?.mtuBytes;
    expect(mtu).toBe(1480);
    const fits = { dontFragment: true, payloadBytes: 1452 };
    expect(world.ping('p', '10.0.2.2', fits).outcome).toBe('delivered');
    const larger = { dontFragment: true, payloadBytes: 1453 };
    const trace = world.ping('p', '10.0.2.2', larger);
    expect(trace.outcome).toBe('too-big');
    expect(seenOn(trace, 'p', 'eth0', 'in').at(-1)?.frame.payload).toMatchObject({
      payload: { kind: 'icmp', type: 3, code: 4, rest: 1480 },
    });
  });

  test('is told to the sender where the link has less than the tunnel thinks', () => {
    const world = twoNodes().run('a', 'link set dev eth0 mtu 1400');
    const trace = world.ping('p', '10.0.2.2', { dontFragment: true, payloadBytes: 1400 });
    expect(trace.outcome).toBe('too-big');
    expect(seenOn(trace, 'p', 'eth0', 'in').at(-1)?.frame.payload).toMatchObject({
      payload: { kind: 'icmp', type: 3, code: 4, rest: 1380 },
    });
  });
});

describe('a packet of IP in IP for this host', () => {
  const withTunnels = (...lines: readonly string[]): World => {
    const world = twoNodes();
    world.run('b', 'link delete tunl0');
    lines.forEach((line, n) => {
      world.run('b', `link add t${n} type ipip ${line}\n link set dev t${n} up`);
    });
    return world;
  };
  const taker = (world: World): string | undefined => {
    const steps = world.ping('p', '10.0.2.2').request.flatMap((hop) => hop.steps);
    const taken = steps.find(({ kind }) => kind === 'decapsulate');
    return taken?.kind === 'decapsulate' ? taken.device : undefined;
  };

  test('goes to the tunnel that knows most of its ends', () => {
    expect(taker(withTunnels('', 'local 192.0.2.2', 'remote 192.0.2.1'))).toBe('t2');
    expect(taker(withTunnels('', 'local 192.0.2.2'))).toBe('t1');
    const both = 'local 192.0.2.2 remote 192.0.2.1';
    expect(taker(withTunnels('remote 192.0.2.1', both, 'local 192.0.2.2'))).toBe('t1');
    expect(taker(withTunnels(''))).toBe('t0');
  });

  test('is refused without one: as a port where there are tunnels, else as a protocol', () => {
    const codes = (world: World): unknown =>
      seenOn(world.ping('p', '10.0.2.2'), 'a', 'eth0', 'in').at(-1)?.frame.payload;
    expect(codes(withTunnels('remote 192.0.2.9'))).toMatchObject({ payload: { type: 3, code: 3 } });
    expect(codes(withTunnels())).toMatchObject({ payload: { type: 3, code: 2 } });
  });

  test('is not taken by a tunnel that is down', () => {
    const world = withTunnels('').run('b', 'link set dev t0 down');
    expect(world.ping('p', '10.0.2.2').outcome).toBe('refused');
  });
});

describe('making a tunnel', () => {
  test('is refused twice between the same ends, and with a fixed ttl that hides the path', () => {
    const world = twoNodes();
    expect(world.try('a', 'link add t1 type ipip')).toBe('EEXIST');
    expect(world.try('a', 'link add t1 type ipip local 192.0.2.1')).toBe('ok');
    expect(world.try('a', 'link add t2 type ipip remote 192.0.2.7 ttl 64 nopmtudisc')).toBe(
      'EINVAL',
    );
    world.run('a', 'link delete t1');
    expect(world.try('a', 'link add t1 type ipip local 192.0.2.1')).toBe('ok');
  });

  test('needs a way to the far end that is not the tunnel', () => {
    const world = twoNodes().run(
      'a',
      `route add unreachable 203.0.113.1
       route add 198.51.100.0/24 dev tunl0
       route add 10.7.0.0/16 via 203.0.113.1 dev tunl0 onlink
       route add 10.8.0.0/16 via 198.51.100.1 dev tunl0 onlink`,
    );
    expect(world.ping('p', '10.7.0.1').reason).toContain('far end');
    expect(world.ping('p', '10.8.0.1').reason).toContain('its own packets');
  });
});
