import { ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, clientRouterServer, ending, lines, seenOn, type World } from '../test-world.ts';

const FAMILIES = [
  { family: 4, router: '10.1.0.1', server: '10.2.0.2' },
  { family: 6, router: '2001:db8:1::1', server: '2001:db8:2::2' },
] as const;

const counts = (world: World, family: 4 | 6): readonly string[] =>
  lines(world.network.namespace('r').netfilter.iptablesSave(family, { counters: true }))
    .filter((line) => line.startsWith('['))
    .map((line) => line.replace(/:\d+\]/, ']'));

describe.each(FAMILIES)('a router (IPv$family)', ({ family, router, server }) => {
  it('takes one off the time to live, and leaves the rest', () => {
    const trace = clientRouterServer().ping('c', server);
    const life = (namespace: string, device: string) => {
      const packet = seenOn(trace, namespace, device, 'in')
        .map(({ frame }) => frame.payload)
        .find(
          (payload) =>
            (payload.kind === 'ipv4' && payload.payload.kind === 'icmp') ||
            (payload.kind === 'ipv6' &&
              payload.payload.kind === 'icmpv6' &&
              payload.payload.type === 128),
        );
      return packet?.kind === 'ipv4'
        ? packet.ttl
        : packet?.kind === 'ipv6'
          ? packet.hopLimit
          : undefined;
    };
    expect(life('r', 'e1')).toBe(64);
    expect(life('s', 'e2')).toBe(63);
  });

  it('ends a packet whose time is up, after PREROUTING and before FORWARD', () => {
    const world = clientRouterServer();
    world.network.apply({
      namespace: 'r',
      commands: [
        append(
          'raw',
          'PREROUTING',
          [{ kind: 'destination', prefix: hostOf(server) }],
          undefined,
          family,
        ),
        append(
          'mangle',
          'FORWARD',
          [{ kind: 'destination', prefix: hostOf(server) }],
          undefined,
          family,
        ),
      ],
    });
    const trace = world.ping('c', server, { ttl: 1 });
    expect(ending(trace)).toBe('expired, delivered');
    expect(counts(world, family).toSorted()).toEqual([
      expect.stringMatching(/^\[0\] -A FORWARD/),
      expect.stringMatching(/^\[1\] -A PREROUTING/),
    ]);
    const error = trace.reply?.[0]?.steps[0]?.packet;
    expect(error?.src).toBe(parseIp(router));
    expect(error?.payload).toMatchObject(
      family === 4 ? { type: 11, code: 0 } : { type: 3, code: 0 },
    );
    expect(ending(world.ping('c', server, { ttl: 2 }))).toBe('delivered, delivered');
  });

  it('tells the sender of a packet that is too large for its exit', () => {
    const world = clientRouterServer().run('r', 'link set dev e2 mtu 1400');
    const trace = world.udp('c', server, 8080, { payloadBytes: 1420, dontFragment: true });
    expect(ending(trace)).toBe('too-big, delivered');
    const error = trace.reply?.[0]?.steps[0]?.packet?.payload;
    expect(error).toMatchObject(
      family === 4 ? { type: 3, code: 4, rest: 1400 } : { type: 2, code: 0, rest: 1400 },
    );
  });

  it('goes by the MTU of a route, where it has one', () => {
    const world = clientRouterServer();
    world.run(
      'r',
      family === 4
        ? 'route replace 10.2.0.0/24 dev e2 mtu 1300'
        : 'route add 2001:db8:2::/64 dev e2 metric 1 mtu 1300',
    );
    const probe = { payloadBytes: 1300, dontFragment: true };
    expect(world.udp('c', server, 8080, probe).outcome).toBe('too-big');
  });

  it('passes a packet through FORWARD with both its devices', () => {
    const world = clientRouterServer();
    world.network.apply({
      namespace: 'r',
      commands: [
        append(
          'filter',
          'FORWARD',
          [
            { kind: 'in-interface', name: 'e1' },
            { kind: 'out-interface', name: 'e2' },
            { kind: 'protocol', protocol: 'udp' },
          ],
          { kind: 'drop' },
          family,
        ),
      ],
    });
    expect(world.udp('c', server, 8080).outcome).toBe('dropped');
    expect(ending(world.ping('c', server))).toBe('delivered, delivered');
  });
});

const hostOf = (address: string) => {
  const ip = parseIp(address);
  return { address: ip, length: typeof ip === 'number' ? 32 : 128 };
};

describe('an IPv4 router', () => {
  it('cuts packets that may be cut, and the end puts them together', () => {
    const world = clientRouterServer().run('r', 'link set dev e2 mtu 1400');
    world.run('s', 'link set dev e2 mtu 1400');
    const trace = world.udp('c', '10.2.0.2', 8080, { payloadBytes: 1450, dontFragment: false });
    expect(ending(trace)).toBe('delivered, delivered');
    const pieces = seenOn(trace, 's', 'e2', 'in').flatMap(({ frame: { payload } }) =>
      payload.kind === 'ipv4' && payload.payload.kind === 'raw' ? [payload] : [],
    );
    expect(pieces.map(ipPacketLength)).toEqual([1396, 102]);
    expect(
      pieces.map(({ fragmentOffset, moreFragments }) => [fragmentOffset, moreFragments]),
    ).toEqual([
      [0, true],
      [1376, false],
    ]);
  });

  it('tells a neighbour that it could go straight, and passes the packet on all the same', () => {
    const world = clientRouterServer().run('c', 'route add 10.1.0.77/32 via 10.1.0.1');
    world.run('r', 'neighbour replace 10.1.0.77 lladdr 02:00:00:00:00:77 dev e1 nud permanent');
    const redirects = (trace: ReturnType<World['ping']>) =>
      seenOn(trace, 'c', 'e1', 'in').flatMap(({ frame: { payload } }) =>
        payload.kind === 'ipv4' && payload.payload.kind === 'icmp' && payload.payload.type === 5
          ? [payload.payload.rest]
          : [],
      );
    const trace = world.ping('c', '10.1.0.77');
    expect(redirects(trace)).toEqual([parseIp('10.1.0.77')]);
    expect(ending(trace)).toBe('dropped, no answer');
    world.run('r', 'net.ipv4.conf.all.send_redirects = 0 \n net.ipv4.conf.e1.send_redirects = 0');
    expect(redirects(world.ping('c', '10.1.0.77'))).toEqual([]);
  });
});

describe('an IPv6 router', () => {
  it('does not cut packets, but a sender does', () => {
    const world = clientRouterServer();
    const trace = world.udp('c', '2001:db8:2::2', 8080, { payloadBytes: 3000 });
    expect(ending(trace)).toBe('delivered, delivered');
    const narrow = clientRouterServer().run('r', 'link set dev e2 mtu 1400');
    expect(narrow.udp('c', '2001:db8:2::2', 8080, { payloadBytes: 3000 }).outcome).toBe('too-big');
  });

  it('passes on nothing from a link-local source', () => {
    const world = clientRouterServer();
    const fe80 = world.network
      .namespace('c')
      .devices()
      .flatMap(({ addresses }) => addresses)
      .find(({ address }) => typeof address === 'bigint' && address >> 118n === 0x3fan);
    if (fe80 === undefined) throw new Error('no link-local address');
    const trace = world.ping('c', '2001:db8:2::2', { source: fe80.address });
    expect(trace.outcome).toBe('unreachable');
    expect(trace.reason).toContain('link-local');
  });
});
