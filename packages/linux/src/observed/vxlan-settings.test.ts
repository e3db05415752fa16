import { type IpPacket, ipPacketLength, parseIp, type UdpDatagram } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../network.ts';
import { seenOn, World } from '../test-world.ts';
import type { PacketTrace } from '../trace.ts';

/** Hosts a and b on one cable, a with a VXLAN device whose only remote is b; b's MACs are set by hand. */
function pair(settings: string, six = false): World {
  const [local, remote] = six ? ['2001:db8::1', '2001:db8::2'] : ['192.0.2.1', '192.0.2.2'];
  const world = new World().add('a', 'b');
  world.run('a', 'link add e type veth peer name e netns b');
  for (const [n, name] of ['a', 'b'].entries()) {
    world.run(
      name,
      `link set dev e up
       address add 192.0.2.${n + 1}/24 dev e
       address add 2001:db8::${n + 1}/64 dev e`,
    );
  }
  return world.run(
    'a',
    `link add v address 02:00:00:00:00:0a type vxlan id 5 local ${local} remote ${remote} dstport 4789 ${settings}
     link set dev v up
     address add 10.0.0.1/24 dev v
     address add fd00::1/64 dev v
     neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:0b dev v
     neighbour replace fd00::2 lladdr 02:00:00:00:00:0b dev v`,
  );
}

const FOUR = '10.0.0.2';
const SIX = 'fd00::2';

interface Outer {
  readonly packet: IpPacket;
  readonly datagram: UdpDatagram;
}

/** What left a by the cable as VXLAN. */
const outerOf = (trace: PacketTrace): readonly Outer[] =>
  seenOn(trace, 'a', 'e', 'out').flatMap(({ frame: { payload } }) =>
    (payload.kind === 'ipv4' || payload.kind === 'ipv6') && payload.payload.kind === 'udp'
      ? [{ packet: payload, datagram: payload.payload }]
      : [],
  );

const sent = (world: World, to: string, more: Partial<Probe> = {}): Outer => {
  const [first] = outerOf(world.udp('a', to, 9, { payloadBytes: 1, dontFragment: false, ...more }));
  if (first === undefined) throw new Error('nothing has left');
  return first;
};

/** Time to live and type of service outside. */
function headerOf(settings: string, to: string, ttl: number, tos: number, six = false): string {
  const { packet } = sent(pair(settings, six), to, { ttl, tos });
  return packet.kind === 'ipv4'
    ? `${packet.ttl} ${packet.tos.toString(16)}`
    : `${packet.hopLimit} ${packet.trafficClass.toString(16)}`;
}

// Sent by a program on kernel 6.18 and read off the cable: type of service inside, then what was outside.
describe('time to live and type of service of a VXLAN packet', () => {
  it.each([
    ['', [64, '0 0', '11 1', '13 2', 'b8 0']],
    ['ttl inherit tos inherit', [undefined, '0 0', '11 11', '13 12', 'b8 b8']],
    ['ttl 5 tos 0x10', [5, '0 10', '11 11', '13 12', 'b8 10']],
    ['tos 0x11', [64, '0 10', '11 11']],
  ] as const)('are those of the device, or inherited: %s', (settings, [ttl, ...cases]) => {
    for (const six of [false, true]) {
      for (const each of cases) {
        const [inside, outside] = each.split(' ');
        const tos = Number.parseInt(inside ?? '', 16);
        expect(headerOf(settings, FOUR, 33, tos, six)).toBe(`${ttl ?? 33} ${outside}`);
        expect(headerOf(settings, SIX, 44, tos, six)).toBe(`${ttl ?? 44} ${outside}`);
      }
    }
  });

  it('are usual for ARP, from which there is nothing to inherit', () => {
    const world = pair('ttl inherit tos inherit df inherit');
    world.run('a', 'neighbour delete 10.0.0.2 dev v');
    const [asked] = outerOf(world.udp('a', FOUR, 9));
    expect(asked?.packet).toMatchObject({ ttl: 64, tos: 0, dontFragment: false });
  });
});

describe('whether a VXLAN packet may be cut', () => {
  it.each([
    // IPv4 that may be cut, IPv4 that may not, IPv6.
    ['unset', [false, false, false]],
    ['set', [true, true, true]],
    ['inherit', [false, true, true]],
  ] as const)('with df %s', (df, expected) => {
    const world = pair(`df ${df}`);
    const flags = [
      sent(world, FOUR),
      sent(world, FOUR, { dontFragment: true }),
      sent(world, SIX),
    ].map(({ packet }) => packet.kind === 'ipv4' && packet.dontFragment);
    expect(flags).toEqual(expected);
  });

  it('is of no meaning over IPv6', () => {
    expect(sent(pair('df set flowlabel 0x123', true), FOUR).packet).toMatchObject({
      flowLabel: 0x123,
    });
  });
});

describe('the ports and checksums of a VXLAN packet', () => {
  it('are of the range that it has, without its end', () => {
    const world = pair('srcport 5000 5010');
    const ports = Array.from({ length: 40 }, () => sent(world, FOUR).datagram.srcPort);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...ports)).toBeLessThan(5010);
    expect(new Set(ports).size).toBeGreaterThan(5);
  });

  it('are of the usual range where theirs is none', () => {
    expect(sent(pair('srcport 5 5'), FOUR).datagram.srcPort).toBeGreaterThanOrEqual(32_768);
  });

  it.each([
    ['noudpcsum', false, 0],
    ['', false, undefined],
    ['noudpcsum', true, undefined],
    ['udp6zerocsumtx', true, 0],
    ['udp6zerocsumtx', false, undefined],
  ] as const)('are left out where the device says so: %j, over IPv6: %s', (settings, six, sum) => {
    expect(sent(pair(settings, six), FOUR).datagram.checksum).toBe(sum);
  });
});

describe('a VXLAN packet that does not fit the link below', () => {
  const large = { payloadBytes: 1400 };
  const narrow = (df: string): World => pair(`df ${df}`).run('a', 'link set dev e mtu 1400');

  it('is cut, once: then its sender knows better', () => {
    const world = narrow('unset');
    const first = world.udp('a', FOUR, 9, { ...large, dontFragment: true });
    const pieces = seenOn(first, 'a', 'e', 'out').map(({ frame }) => frame.payload);
    expect(pieces.filter(({ kind }) => kind === 'ipv4')).toHaveLength(2);
    const second = world.udp('a', FOUR, 9, { ...large, dontFragment: true });
    expect(second.reason).toBe('Message too long: the MTU is 1350');
    // What may be cut is cut before it is wrapped.
    const cut = outerOf(world.udp('a', FOUR, 9, { ...large, dontFragment: false }));
    expect(cut.map(({ packet }) => ipPacketLength(packet))).toEqual([1398, 150]);
  });

  it('and may not be cut is lost, to the same effect', () => {
    const world = narrow('set');
    expect(world.udp('a', FOUR, 9, { ...large, dontFragment: true }).outcome).toBe('too-big');
    const second = world.udp('a', FOUR, 9, { ...large, dontFragment: true });
    expect(second.reason).toBe('Message too long: the MTU is 1350');
  });

  it('of IPv6 has the same effect on its sender', () => {
    const world = narrow('unset');
    expect(outerOf(world.udp('a', SIX, 9, large))).toEqual([]);
    const cut = outerOf(world.udp('a', SIX, 9, large));
    expect(cut.map(({ packet }) => ipPacketLength(packet))).toEqual([1394, 210]);
  });
});

describe('a VXLAN packet in pieces', () => {
  it.each([4789, 8472, 1234])('is put together and read whatever the port: %s', (port) => {
    const world = new World().add('a', 'b');
    world.run('a', 'link add e type veth peer name e netns b');
    for (const [index, host] of ['a', 'b'].entries()) {
      const n = index + 1;
      world.run(
        host,
        `link set dev e mtu 1400 up
         address add 192.0.2.${n}/24 dev e
         link add v mtu 1400 type vxlan id 5 local 192.0.2.${n} remote 192.0.2.${3 - n} dstport ${port}
         link set dev v up
         address add 10.0.0.${n}/24 dev v`,
      );
    }
    const trace = world.ping('a', FOUR, { payloadBytes: 1372, dontFragment: false });
    expect(trace.outcome).toBe('delivered');
    expect(outerPieces(trace)).toBe(2);
  });
});

const outerPieces = (trace: PacketTrace): number =>
  seenOn(trace, 'a', 'e', 'out').filter(
    ({ frame: { payload } }) =>
      payload.kind === 'ipv4' && (payload.moreFragments || payload.fragmentOffset > 0),
  ).length;

describe('a VXLAN device with a remote', () => {
  it('has it as the place for what no entry says otherwise of', () => {
    expect(pair('').network.namespace('a').fdb()).toEqual([
      { device: 'v', mac: 0, dst: parseIp('192.0.2.2'), life: 'permanent' },
    ]);
  });

  it('is refused with ends of two families, with a group, and with ports from back to front', () => {
    const world = new World().add('a');
    const add = (more: string): string =>
      world.try('a', `link add z type vxlan id 9 dstport 1 ${more}`);
    expect(add('remote 192.0.2.1 local 2001:db8::1')).toBe('EINVAL');
    expect(add('remote 224.0.0.5')).toBe('EINVAL');
    expect(add('srcport 10 5')).toBe('EINVAL');
    expect(add('srcport 5 5')).toBe('ok');
  });
});
