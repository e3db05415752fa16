import {
  decodeWireguardData,
  type IpPacket,
  ipPacketLength,
  parseIp,
  parsePrefix,
} from '@podpath/net';
import { describe, expect, test } from 'vitest';
import type { NetworkOptions } from '../../network.ts';
import { dissected, sentBy, toldTo, twoHeads } from '../../test-tunnels.ts';
import { ending, seenOn, type World } from '../../test-world.ts';
import type { PacketTrace } from '../../trace.ts';
import type { WireguardPeerSpec } from '../../wireguard-commands.ts';
import { publicKeyFor } from './key.ts';

const secret = (n: number): string => btoa(String.fromCharCode(...new Array(32).fill(n)));
const SECRETS = { a: secret(1), b: secret(2) } as const;
const KEYS = { a: publicKeyFor(SECRETS.a), b: publicKeyFor(SECRETS.b) } as const;
const STRANGER = publicKeyFor(secret(9));

const FOUR = '10.0.2.2';
const SIX = 'fd00:2::2';

/** Each knows the other: its addresses, and where it is. */
function heads(six = false, options: NetworkOptions = {}): World {
  const world = twoHeads(() => 'link add t type wireguard', six, options);
  configure(world, 'a', { endpoint: end(six ? '2001:db8:b::1' : '198.51.100.1') });
  configure(world, 'b', { endpoint: end(six ? '2001:db8:a::1' : '192.0.2.1') });
  return world;
}

const end = (address: string, port = 51_820) => ({ address: parseIp(address), port });

function configure(
  world: World,
  head: 'a' | 'b',
  peer: Partial<WireguardPeerSpec> & { endpoint?: WireguardPeerSpec['endpoint'] },
  more: { listenPort?: number; fwmark?: number } = {},
): World {
  const other = head === 'a' ? 2 : 1;
  const publicKey = head === 'a' ? KEYS.b : KEYS.a;
  const allowedIps = [`10.0.${other}.0/24`, `fd00:${other}::/64`].map(parsePrefix);
  world.network.apply({
    namespace: head,
    commands: [
      {
        kind: 'wireguard',
        op: 'setconf',
        dev: 't',
        privateKey: SECRETS[head],
        listenPort: 51_820,
        ...more,
        peers: [{ publicKey, allowedIps, ...peer }],
      },
    ],
  });
  return world;
}

function udpOf(packet: IpPacket): {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly data: Uint8Array;
} {
  const { payload } = packet;
  if (payload.kind !== 'udp' || !(payload.payload instanceof Uint8Array)) throw new Error('no UDP');
  const { srcPort, dstPort } = payload;
  return { srcPort, dstPort, data: payload.payload };
}

const onWire = (trace: PacketTrace): IpPacket => sentBy(trace, 'a', 'up');

describe('a packet through WireGuard', () => {
  test.each([
    [FOUR, false],
    [SIX, false],
    [FOUR, true],
    [SIX, true],
  ])('gets to %s, through IPv6: %s', (to, six) => {
    const trace = heads(six).ping('p', to);
    expect(ending(trace)).toBe('delivered, delivered');
    const steps = trace.request.flatMap((hop) => hop.steps);
    expect(steps.find(({ kind }) => kind === 'encapsulate')).toMatchObject({
      device: 't',
      protocol: 'wireguard',
    });
    expect(steps.find(({ kind }) => kind === 'decapsulate')).toMatchObject({
      protocol: 'wireguard',
    });
  });

  test.each([
    // Bytes of data, of the packet, padded.
    [0, 28, 32],
    [4, 32, 32],
    [5, 33, 48],
    [1392, 1420, 1420],
    [1391, 1419, 1420],
  ])('is padded to 16 bytes, but no further than the MTU: %s bytes', (data, inner, padded) => {
    const trace = heads().ping('p', FOUR, { payloadBytes: data });
    expect(ipPacketLength(sentBy(trace, 'p', 'eth0'))).toBe(inner);
    expect(ipPacketLength(onWire(trace))).toBe(20 + 8 + 16 + padded + 16);
  });

  test('goes between the ports of the two, numbered', () => {
    const world = heads();
    const sent = [1, 2].map(() => udpOf(onWire(world.ping('p', FOUR))));
    expect(sent).toMatchObject([
      { srcPort: 51_820, dstPort: 51_820 },
      { srcPort: 51_820, dstPort: 51_820 },
    ]);
    const [first, second] = sent.map(({ data }) => decodeWireguardData(data));
    expect([first?.counter, second?.counter]).toEqual([0n, 1n]);
    expect(first?.receiver).toBe(second?.receiver);
    const back = udpOf(sentBy(world.ping('p', FOUR), 'b', 'up'));
    expect(decodeWireguardData(back.data)?.receiver).not.toBe(first?.receiver);
  });

  test('is one that Wireshark takes for data of WireGuard', (context) => {
    const frames = dissected(heads().ping('p', FOUR));
    if (frames === undefined) return context.skip('tshark is not installed');
    expect(frames.some((protocols) => protocols.includes('malformed'))).toBe(false);
    expect(frames).toContain('eth:ethertype:ip:udp:wg');
  });

  test('is a packet of the head: of its own TTL, without DF, with nothing of the type of service but congestion bits', () => {
    const packet = { ttl: 20, tos: 0xb9, dontFragment: true };
    expect(onWire(heads().ping('p', FOUR, packet))).toMatchObject({
      ttl: 64,
      tos: 1,
      dontFragment: false,
    });
    expect(onWire(heads().ping('p', FOUR, { tos: 3 }))).toMatchObject({ tos: 2 });
    expect(onWire(heads(true).ping('p', SIX, packet))).toMatchObject({
      hopLimit: 64,
      trafficClass: 1,
      flowLabel: 0,
    });
  });

  test('may be cut outside, on links with less room than it thinks', () => {
    const world = heads();
    for (const link of ['ra', 'rb']) world.run('r', `link set dev ${link} mtu 1300`);
    for (const head of ['a', 'b']) world.run(head, 'link set dev up mtu 1300');
    const trace = world.ping('p', FOUR, { payloadBytes: 1392 });
    expect(ending(trace)).toBe('delivered, delivered');
    expect(onWire(trace)).toMatchObject({ moreFragments: true });
  });

  test('is too large beyond the MTU of 1420', () => {
    const trace = heads().ping('p', FOUR, { payloadBytes: 1393, dontFragment: true });
    expect(toldTo(trace, 'p', 'eth0')).toMatchObject({ payload: { type: 3, code: 4, rest: 1420 } });
    const six = heads().ping('p', SIX, { payloadBytes: 1373 });
    expect(toldTo(six, 'p', 'eth0')).toMatchObject({ payload: { type: 2, code: 0, rest: 1420 } });
  });
});

describe('whom a packet is for', () => {
  test('nobody: the sender is told that the host is out of reach', () => {
    const world = heads();
    world.run('a', 'route add 10.9.0.0/24 dev t \n route add fd09::/64 dev t');
    const four = world.ping('p', '10.9.0.1');
    expect(four.reason).toContain('Required key not available');
    expect(toldTo(four, 'p', 'eth0')).toMatchObject({ payload: { type: 3, code: 1 } });
    expect(toldTo(world.ping('p', 'fd09::1'), 'p', 'eth0')).toMatchObject({
      payload: { type: 1, code: 3 },
    });
  });

  test('somebody of whom nobody knows where he is: the same', () => {
    const world = configure(heads(), 'a', {});
    const trace = world.ping('p', FOUR);
    expect(trace.reason).toContain('Destination address required');
    expect(toldTo(trace, 'p', 'eth0')).toMatchObject({ payload: { type: 3, code: 1 } });
  });

  test('somebody to whom there is no way: nobody is told', () => {
    const trace = heads().run('a', 'route add unreachable 198.51.100.1/32').ping('p', FOUR);
    expect(trace.reason).toContain("the peer's endpoint");
    expect(() => toldTo(trace, 'p', 'eth0')).toThrow('nothing was told');
  });

  test('somebody else, where the device itself has no key', () => {
    const world = heads();
    world.network.apply({
      namespace: 'a',
      commands: [
        {
          kind: 'wireguard',
          op: 'setconf',
          dev: 't',
          peers: [
            {
              publicKey: KEYS.b,
              allowedIps: [parsePrefix('0.0.0.0/0')],
              endpoint: end('198.51.100.1'),
            },
          ],
        },
      ],
    });
    expect(world.ping('p', FOUR).reason).toBe('t has no key of its own, and so no session');
  });
});

describe('what comes from a peer', () => {
  test('must have a source that the peer is allowed to have', () => {
    const world = configure(heads(), 'b', {
      endpoint: end('192.0.2.1'),
      allowedIps: [parsePrefix('10.0.1.2/32')],
    });
    expect(world.ping('p', FOUR).outcome).toBe('delivered');
    expect(world.ping('a', FOUR, { source: parseIp('10.0.1.1') }).reason).toBe(
      'a source that the peer is not allowed to have',
    );
    expect(world.ping('p', SIX).outcome).toBe('dropped');
  });

  test('is taken from nobody who is not known', () => {
    const world = configure(heads(), 'b', { publicKey: STRANGER, endpoint: end('192.0.2.1') });
    expect(world.ping('p', FOUR).reason).toBe('t has no session of this number');
  });

  test('tells where the peer is by now', () => {
    const world = configure(heads(), 'b', {});
    expect(world.ping('q', '10.0.1.2').reason).toContain('Destination address required');
    expect(ending(world.ping('p', FOUR))).toBe('delivered, delivered');
    expect(world.network.namespace('b').wgDump()).toContain('192.0.2.1:51820');
    // It moves to another address and another port, and is found there.
    world.run('a', 'address add 192.0.2.77/32 dev up');
    configure(world, 'a', { endpoint: end('198.51.100.1') }, { listenPort: 40_000 });
    world.run('a', 'route replace default via 192.0.2.254 src 192.0.2.77');
    expect(ending(world.ping('p', FOUR))).toBe('delivered, delivered');
    expect(world.network.namespace('b').wgDump()).toContain('192.0.2.77:40000');
  });

  test('is answered from the address that it was sent to', () => {
    const world = heads();
    world.run('b', 'address add 198.51.100.7/32 dev up');
    configure(world, 'a', { endpoint: end('198.51.100.7') });
    const trace = world.ping('p', FOUR);
    expect(ending(trace)).toBe('delivered, delivered');
    expect(sentBy(trace, 'b', 'up')).toMatchObject({ src: parseIp('198.51.100.7') });
    // Gone, it is not spoken from any more.
    world.run('b', 'address delete 198.51.100.7/32 dev up');
    const anew = world.ping('q', '10.0.1.2');
    expect(sentBy(anew, 'b', 'up')).toMatchObject({ src: parseIp('198.51.100.1') });
  });

  test('comes out with its own type of service, but for congestion on the way', () => {
    const arrived = (tos: number): IpPacket => sentBy(heads().ping('p', FOUR, { tos }), 'b', 'in');
    expect(arrived(0x02)).toMatchObject({ tos: 2 });
    expect(arrived(0xb8)).toMatchObject({ tos: 0xb8 });
    expect(arrived(0x03)).toMatchObject({ tos: 3 });
  });

  test('finds no device while it is down', () => {
    const world = heads().run('b', 'link set dev t down');
    const trace = world.ping('p', FOUR);
    expect(trace.outcome).toBe('refused');
    expect(toldTo(trace, 'a', 'up')).toMatchObject({ payload: { type: 3, code: 3 } });
  });
});

describe('the mark of a WireGuard device', () => {
  test('is on what it sends, in place of that of the packets inside', () => {
    const world = configure(heads(), 'a', { endpoint: end('198.51.100.1') }, { fwmark: 0x5 });
    world.run('a', 'rule add from all fwmark 0x5 priority 10 lookup 99');
    world.run('a', 'route add unreachable default table 99');
    expect(world.ping('p', FOUR).reason).toContain("the peer's endpoint");
    world.run('a', 'rule delete from all fwmark 0x5 priority 10 lookup 99');
    expect(world.ping('p', FOUR).outcome).toBe('delivered');
  });

  test('keeps what it sends out of the way that everything else takes', () => {
    // As wg-quick does it for a default route through the device.
    const world = configure(
      heads(),
      'a',
      { endpoint: end('198.51.100.1'), allowedIps: [parsePrefix('0.0.0.0/0')] },
      { fwmark: 0xca6c },
    );
    world.run(
      'a',
      `route add default dev t table 51820
       rule add not from all fwmark 0xca6c priority 20 lookup 51820
       rule add from all priority 10 lookup main suppress_prefixlength 0`,
    );
    expect(ending(world.ping('p', FOUR))).toBe('delivered, delivered');
  });

  test('without which its own packets go round in it', () => {
    const world = configure(heads(false, { maxEvents: 2000 }), 'a', {
      endpoint: end('198.51.100.1'),
      allowedIps: [parsePrefix('0.0.0.0/0')],
    });
    world.run('a', 'route add 198.51.100.1/32 dev t');
    expect(world.ping('p', FOUR).outcome).toBe('looped');
  });
});

describe('a WireGuard device', () => {
  test('has 1420 bytes of room, no MAC, and no address that nobody gave it', () => {
    const world = heads();
    const t = world.network
      .namespace('a')
      .devices()
      .find(({ name }) => name === 't');
    expect(t).toMatchObject({ type: 'wireguard', mac: 0, mtuBytes: 1420, addresses: [] });
    expect(world.network.namespace('a').sysctl('net.ipv4.conf.t.send_redirects')).toBe(0);
    expect(world.network.namespace('a').sysctl('net.ipv4.conf.all.send_redirects')).toBe(0);
    expect(world.network.namespace('a').sysctl('net.ipv6.conf.t.addr_gen_mode')).toBe(1);
  });

  test('listens where it is told to, else where there is room', () => {
    const world = configure(heads(), 'a', {}, { listenPort: 0 });
    const port = Number(world.network.namespace('a').wgDump().split('\t')[3]);
    expect(port).toBeGreaterThanOrEqual(32_768);
    expect(port).toBeLessThan(61_000);
    world.run('a', 'link add u type wireguard');
    const listenOn = (dev: string, listenPort: number) => () =>
      world.network.apply({
        namespace: 'a',
        commands: [{ kind: 'wireguard', op: 'addconf', dev, listenPort, peers: [] }],
      });
    expect(listenOn('u', port)).not.toThrow();
    expect(world.try('a', 'link set dev u up')).toBe('EADDRINUSE');
    listenOn('u', 4000)();
    expect(world.try('a', 'link set dev u up')).toBe('ok');
    expect(listenOn('t', 4000)).toThrow('EADDRINUSE');
    expect(listenOn('t', 4000)).toThrow('UDP port 4000');
  });

  test('is told what to do by wg alone, and only it', () => {
    const world = heads();
    const apply =
      (dev: string, more: object = {}) =>
      () =>
        world.network.apply({
          namespace: 'a',
          commands: [{ kind: 'wireguard', op: 'addconf', dev, peers: [], ...more }],
        });
    expect(apply('nowhere')).toThrow('ENODEV');
    expect(apply('up')).toThrow('EOPNOTSUPP');
    expect(apply('t', { privateKey: 'x' })).toThrow('"x" is no key');
    expect(apply('t', { listenPort: 70_000 })).toThrow('70000 is no port');
  });

  test('is no peer of itself', () => {
    const world = heads();
    const add = (publicKey: string) =>
      world.network.apply({
        namespace: 'a',
        commands: [
          { kind: 'wireguard', op: 'addconf', dev: 't', peers: [{ publicKey, allowedIps: [] }] },
        ],
      });
    const peers = () => world.network.namespace('a').wgDump().trim().split('\n').length - 1;
    add(KEYS.a);
    expect(peers()).toBe(1);
    add(STRANGER);
    expect(peers()).toBe(2);
    world.network.apply({
      namespace: 'a',
      commands: [{ kind: 'wireguard', op: 'remove-peer', dev: 't', peer: STRANGER }],
    });
    expect(peers()).toBe(1);
  });

  test('shows packets as they are inside, and what it sends on the device below', () => {
    const trace = heads().ping('p', FOUR);
    expect(seenOn(trace, 'a', 't', 'out')[0]?.frame.payload).toMatchObject({
      payload: { kind: 'icmp' },
    });
    expect(seenOn(trace, 'a', 'up', 'out').at(0)?.frame.payload).toMatchObject({ kind: 'arp' });
  });
});
