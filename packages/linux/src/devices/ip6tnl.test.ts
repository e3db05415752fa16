import { encodeIpPacket, type IpPacket, type Ipv6Packet } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { dissected, sentBy, toldTo, twoHeads } from '../test-tunnels.ts';
import { ending, type World } from '../test-world.ts';
import type { PacketTrace } from '../trace.ts';

const heads = (settings = ''): World =>
  twoHeads(
    ({ local, remote }) => `link add t type ip6tnl local ${local} remote ${remote} ${settings}`,
    true,
  );

const FOUR = '10.0.2.2';
const SIX = 'fd00:2::2';

function onWire(trace: PacketTrace): Ipv6Packet {
  const packet = sentBy(trace, 'a', 'up');
  if (packet.kind !== 'ipv6') throw new Error('not IPv6');
  return packet;
}

const mtuOf = (world: World): number | undefined =>
  world.network
    .namespace('a')
    .devices()
    .find(({ name }) => name === 't')?.mtuBytes;

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));

describe('a packet through a tunnel of IPv6', () => {
  test.each([FOUR, SIX])('gets to %s, and is answered', (to) => {
    const trace = heads().ping('p', to);
    expect(ending(trace)).toBe('delivered, delivered');
    const steps = trace.request.flatMap((hop) => hop.steps);
    expect(steps.find(({ kind }) => kind === 'encapsulate')).toMatchObject({
      device: 't',
      protocol: 'ip6tnl',
      overheadBytes: 48,
    });
    expect(steps.find(({ kind }) => kind === 'decapsulate')).toMatchObject({ protocol: 'ip6tnl' });
  });

  test('has these bytes on the wire', () => {
    const ip = onWire(
      heads('flowlabel 0x12345').udp('p', SIX, 53, { sourcePort: 40_000, payloadBytes: 0 }),
    );
    // RFC 2473, figure 1 and 4.1.1; the option is padded as in net/ipv6/ip6_tunnel.c.
    const golden = bytesOf(`
      60 01 23 45 00 38 3c 40
      20 01 0d b8 00 0a 00 00 00 00 00 00 00 00 00 01
      20 01 0d b8 00 0b 00 00 00 00 00 00 00 00 00 01
      29 00 04 01 04 01 01 00
      60 00 00 00 00 08 11 3f
      fd 00 00 01 00 00 00 00 00 00 00 00 00 00 00 02
      fd 00 00 02 00 00 00 00 00 00 00 00 00 00 00 02
      9c 40 00 35 00 08`);
    const written = encodeIpPacket(ip);
    expect(written.subarray(0, golden.length)).toEqual(golden);
    expect(written).toHaveLength(golden.length + 2);
  });

  test('is one that Wireshark understands', (context) => {
    for (const trace of [heads().ping('p', SIX), heads('encaplimit none').udp('p', FOUR, 9)]) {
      const frames = dissected(trace);
      if (frames === undefined) return context.skip('tshark is not installed');
      expect(frames.some((protocols) => protocols.includes('malformed'))).toBe(false);
      expect(
        frames.filter((protocols) => /:ipv6(:ipv6\.dstopts)?:ip(v6)?:/.test(protocols)),
      ).not.toEqual([]);
    }
  });

  test('says how many tunnels more it may enter, unless the tunnel does not care', () => {
    expect(onWire(heads().ping('p', FOUR)).extensions).toEqual([
      { type: 60, data: Uint8Array.of(4, 1, 4, 1, 1, 0) },
    ]);
    expect(onWire(heads('encaplimit 7').ping('p', FOUR)).extensions?.[0]?.data[2]).toBe(7);
    expect(onWire(heads('encaplimit none').ping('p', FOUR))).not.toHaveProperty('extensions');
  });

  test('has the hop limit of the tunnel, or its own', () => {
    expect(onWire(heads().ping('p', SIX, { ttl: 20 })).hopLimit).toBe(64);
    expect(onWire(heads('hoplimit 9').ping('p', SIX, { ttl: 20 })).hopLimit).toBe(9);
    expect(onWire(heads('hoplimit 0').ping('p', SIX, { ttl: 20 })).hopLimit).toBe(19);
    expect(onWire(heads('hoplimit 0').ping('p', FOUR, { ttl: 20 })).hopLimit).toBe(19);
  });

  test('has the traffic class of the tunnel or its own, and always its own congestion bits', () => {
    const classOf = (settings: string, to: string, tos: number) =>
      onWire(heads(settings).ping('p', to, { tos })).trafficClass;
    expect(classOf('', SIX, 0xb8)).toBe(0);
    expect(classOf('', FOUR, 0x12)).toBe(2);
    expect(classOf('tclass 0xb8', SIX, 0x51)).toBe(0xb9);
    expect(classOf('tclass inherit', SIX, 0x50)).toBe(0x50);
    expect(classOf('tclass inherit', FOUR, 0x13)).toBe(0x12);
  });

  test('has a flow label: one given, its own, or one for the tunnel', () => {
    expect(onWire(heads('flowlabel 0xabcde').ping('p', SIX)).flowLabel).toBe(0xabcde);
    const first = onWire(heads().ping('p', SIX)).flowLabel;
    expect(first).toBeGreaterThan(0);
    expect(onWire(heads().udp('p', FOUR, 9)).flowLabel).toBe(first);
    const none = heads().run('a', 'net.ipv6.auto_flowlabels = 0');
    expect(onWire(none.ping('p', SIX)).flowLabel).toBe(0);
  });

  test('comes out with the traffic class of outside where the tunnel copies it', () => {
    const arrived = (settings: string) => {
      const trace = heads(`tclass 0xb8 ${settings}`).ping('p', FOUR, { tos: 0x11 });
      return sentBy(trace, 'b', 'in');
    };
    expect(arrived('')).toMatchObject({ tos: 0x11 });
    expect(arrived('dscp inherit')).toMatchObject({ tos: 0xb9 });
  });
});

describe('what a tunnel of IPv6 carries', () => {
  test.each([
    ['ip6ip6', 'dropped', 'delivered'],
    ['ipip6', 'delivered', 'dropped'],
    ['any', 'delivered', 'delivered'],
  ])('in mode %s', (mode, four, six) => {
    const world = heads(`mode ${mode}`);
    expect(world.ping('p', FOUR).outcome).toBe(four);
    expect(world.ping('p', SIX).outcome).toBe(six);
  });

  test('at the far end too', () => {
    const world = heads();
    world.run('b', 'link delete t');
    world.run(
      'b',
      `link add t type ip6tnl mode ip6ip6 local 2001:db8:b::1 remote 2001:db8:a::1
       link set dev t up`,
    );
    expect(world.ping('p', FOUR).reason).toBe('t carries no IPv4');
  });
});

describe('the room in a tunnel of IPv6', () => {
  test('is less by the headers', () => {
    expect(mtuOf(heads())).toBe(1452);
    expect(mtuOf(heads('encaplimit none'))).toBe(1460);
  });

  test('is that of the way to the far end when it is made, but no less than IPv6 must have', () => {
    const made = (mtu: number) => {
      const world = heads();
      world.run('a', 'link delete t');
      world.run('a', `link set dev up mtu ${mtu}`);
      world.run('a', 'link add t type ip6tnl local 2001:db8:a::1 remote 2001:db8:b::1');
      return mtuOf(world);
    };
    expect(made(1400)).toBe(1352);
    expect(made(1300)).toBe(1280);
  });

  test('is told to senders, whether or not they mind fragmentation', () => {
    const world = heads().run('a', 'link set dev up mtu 1400');
    const four = world.ping('p', FOUR, { payloadBytes: 1380, dontFragment: false });
    expect(toldTo(four, 'p', 'eth0')).toMatchObject({ payload: { type: 3, code: 4, rest: 1352 } });
    const six = world.ping('p', SIX, { payloadBytes: 1360 });
    expect(six.outcome).toBe('too-big');
    expect(toldTo(six, 'p', 'eth0')).toMatchObject({ payload: { type: 2, code: 0, rest: 1352 } });
  });

  test('is made by cutting outside what every link must take whole', () => {
    const world = heads();
    for (const head of ['a', 'b']) world.run(head, 'link set dev up mtu 1280');
    const trace = world.ping('p', SIX, { payloadBytes: 1280 - 48 });
    expect(ending(trace)).toBe('delivered, delivered');
    expect(onWire(trace).extensions?.map(({ type }) => type)).toEqual([60, 44]);
  });
});

describe('an error about a packet in a tunnel of IPv6', () => {
  test('on its way is one about the packet inside', () => {
    const far = heads('hoplimit 1');
    const six = far.ping('p', SIX);
    expect(six.outcome).toBe('expired');
    expect(six.replyOutcome).toBe('delivered');
    expect(toldTo(six, 'p', 'eth0')).toMatchObject({ payload: { type: 1, code: 3 } });
    expect(toldTo(far.ping('p', FOUR), 'p', 'eth0')).toMatchObject({
      payload: { type: 3, code: 1 },
    });
  });

  test('quotes the packet inside, and no more', () => {
    const told = toldTo(heads('hoplimit 1').ping('p', SIX), 'p', 'eth0');
    if (told.payload.kind !== 'icmpv6' || !(told.payload.data instanceof Uint8Array)) {
      throw new Error('no error');
    }
    const { data } = told.payload;
    expect(data[0]).toBe(0x60);
    expect(data[6]).toBe(58);
    expect(data).toHaveLength(40 + 8 + 56);
  });

  test('says what is left of the room on the way', () => {
    const world = heads().run('r', 'link set dev rb mtu 1400');
    const six = world.ping('p', SIX, { payloadBytes: 1380 });
    expect(six.outcome).toBe('too-big');
    expect(toldTo(six, 'p', 'eth0')).toMatchObject({ payload: { type: 2, code: 0, rest: 1352 } });
    // From then on the head of the tunnel knows, and says so itself.
    const again = world.ping('p', FOUR, { payloadBytes: 1380 });
    expect(again.reason).toContain('1352 bytes');
    world.network.advance(600_001);
    expect(world.ping('p', SIX, { payloadBytes: 1380 }).reason).not.toContain('1352 bytes');
  });

  test('where nobody takes the packet, too', () => {
    const world = heads().run('b', 'link set dev t down');
    const trace = world.ping('p', SIX);
    expect(trace.outcome).toBe('refused');
    expect(toldTo(trace, 'p', 'eth0')).toMatchObject({ payload: { type: 1, code: 3 } });
  });
});

describe('the ends of a tunnel of IPv6', () => {
  test('must be own and other: without a local one it only receives', () => {
    const world = heads();
    world.run('a', 'link delete t');
    world.run(
      'a',
      `link add t type ip6tnl remote 2001:db8:b::1
       link set dev t up
       route add fd00:2::/64 dev t
       route add 10.0.2.0/24 dev t`,
    );
    const six = world.ping('p', SIX);
    expect(six.outcome).toBe('unreachable');
    expect(toldTo(six, 'p', 'eth0')).toMatchObject({ payload: { type: 1, code: 3 } });
    expect(toldTo(world.ping('p', FOUR), 'p', 'eth0')).toMatchObject({
      payload: { type: 3, code: 1 },
    });
    expect(world.ping('q', 'fd00:1::2').outcome).toBe('delivered');
  });

  test('may be the next hop of each route', () => {
    const world = heads();
    world.run('a', 'link delete t');
    world.run(
      'a',
      `link add t type ip6tnl local 2001:db8:a::1
       link set dev t up
       route add fd00:2::/64 via 2001:db8:b::1 dev t onlink`,
    );
    expect(ending(world.ping('p', SIX))).toBe('delivered, delivered');
    expect(world.ping('q', '10.0.1.2').outcome).toBe('delivered');
  });

  test('must be reachable: not through the tunnel itself', () => {
    const world = heads().run('a', 'route add 2001:db8:b::1/128 dev t');
    expect(world.ping('p', SIX).reason).toBe('t would carry its own packets');
    const none = heads().run('a', 'route add unreachable 2001:db8:b::1/128');
    const trace = none.ping('p', SIX);
    expect(trace.reason).toContain('far end');
    expect(toldTo(trace, 'p', 'eth0')).toMatchObject({ payload: { type: 1, code: 3 } });
  });

  test('may not be both own, unless the tunnel allows it', () => {
    const make = (settings: string) => {
      const world = heads().run('a', 'link delete t');
      world.run(
        'a',
        `address add fd99::1/128 dev lo
         address add fd99::2/128 dev lo
         link add t type ip6tnl local fd99::1 remote fd99::2 ${settings}
         link set dev t up
         route add fd00:2::/64 dev t`,
      );
      return world.ping('p', SIX).reason;
    };
    expect(make('')).toContain('no ends between which it could send');
    expect(make('allow-localremote')).not.toContain('no ends');
  });

  test('are told from each other: who knows both is first, then the local one, then the far one', () => {
    const taker = (...settings: readonly string[]): string | undefined => {
      const world = heads();
      world.run('b', 'link delete t');
      settings.forEach((each, n) => {
        world.run('b', `link add t${n} type ip6tnl ${each} \n link set dev t${n} up`);
      });
      const steps = world.ping('p', SIX).request.flatMap((hop) => hop.steps);
      const taken = steps.find(({ kind }) => kind === 'decapsulate');
      return taken?.kind === 'decapsulate' ? taken.device : undefined;
    };
    const [local, remote] = ['local 2001:db8:b::1', 'remote 2001:db8:a::1'];
    expect(taker('', remote, local, `${local} ${remote}`)).toBe('t3');
    expect(taker('', remote, local)).toBe('t2');
    expect(taker('', remote)).toBe('t1');
    expect(taker('')).toBe('t0');
    expect(taker(`${local} ${remote}`, `${local} dev up`)).toBe('t1');
    expect(taker('remote 2001:db8:c::1')).toBeUndefined();
  });
});

describe('a tunnel in a tunnel', () => {
  /** As many tunnels at a, each through the one before it. */
  const nested = (depth: number, settings = ''): PacketTrace => {
    const world = heads(settings);
    world.run('a', 'link delete t');
    for (let n = 0; n < depth; n++) {
      world.run(
        'a',
        `address add fd99:${n}::1/128 dev lo
         link add t${n} type ip6tnl local ${n === 0 ? '2001:db8:a::1' : `fd99:${n}::1`} remote ${
           n === 0 ? '2001:db8:b::1' : `fd98:${n}::1`
         } ${settings}
         link set dev t${n} up`,
      );
      if (n > 0) world.run('a', `route add fd98:${n}::1/128 dev t${n - 1}`);
    }
    world.run('a', `route replace fd00:2::/64 dev t${depth - 1}`);
    return world.ping('p', SIX);
  };

  test('counts down the limit, and is refused when it is used up', () => {
    const limits = (trace: PacketTrace) => {
      const found: (number | undefined)[] = [];
      let at: IpPacket | undefined = onWire(trace);
      while (at?.kind === 'ipv6' && at.payload.kind === 'ipip') {
        found.push(at.extensions?.[0]?.data[2]);
        at = at.payload.inner;
      }
      return found;
    };
    expect(limits(nested(3))).toEqual([2, 3, 4]);
    const refused = nested(3, 'encaplimit 1');
    expect(refused.reason).toBe('it may enter no more tunnels');
    // The limit stands in the third byte after the two of the option header, which come after 40 of the header.
    const told = refused.request.at(-1)?.steps.at(-1);
    expect(told).toMatchObject({ kind: 'end', outcome: 'dropped' });
  });
});

describe('making a tunnel of IPv6', () => {
  test('is refused twice between the same ends, and with numbers that do not fit', () => {
    const world = heads();
    const ends = 'local 2001:db8:a::1 remote 2001:db8:b::1';
    expect(world.try('a', `link add t1 type ip6tnl ${ends}`)).toBe('EEXIST');
    expect(world.try('a', `link add t1 type ip6tnl ${ends} dev up`)).toBe('ok');
    world.run('a', 'link delete t');
    expect(world.try('a', `link add t2 type ip6tnl ${ends}`)).toBe('ok');
    expect(world.try('a', 'link add t3 type ip6tnl dev nowhere')).toBe('ENODEV');
    const add = (more: object) => () =>
      world.network.apply({
        namespace: 'a',
        commands: [{ kind: 'link-add', type: 'ip6tnl', name: 'x', ...more }],
      });
    expect(add({ hopLimit: 256 })).toThrow('"hoplimit" 256');
    expect(add({ encapLimit: -1 })).toThrow('"encaplimit" -1');
    expect(add({ flowLabel: 0x10_0000 })).toThrow('"flowlabel"');
  });

  test('gives it a link-local address, made from nothing that is on a link', () => {
    const t = heads()
      .network.namespace('a')
      .devices()
      .find(({ name }) => name === 't');
    expect(t).toMatchObject({ type: 'ip6tnl', mac: 0 });
    const address = t?.addresses[0]?.address;
    expect(typeof address === 'bigint' && address >> 112n).toBe(0xfe80n);
  });
});
