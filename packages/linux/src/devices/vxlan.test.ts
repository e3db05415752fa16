import { ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, ending, seenOn, World } from '../test-world.ts';

interface Underlay {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly length: number;
  readonly overhead: number;
}

const IPV4: Underlay = { name: 'IPv4', a: '192.0.2.1', b: '192.0.2.2', length: 24, overhead: 50 };
const IPV6: Underlay = { name: 'IPv6', a: 'fd00::1', b: 'fd00::2', length: 64, overhead: 70 };

/** Two hosts on a cable, each with a VXLAN device that has an address; nothing in the FDBs. */
function tunnel(underlay = IPV4, options = 'dstport 4789 nolearning'): World {
  const world = new World().add('a', 'b').run('a', 'link add e type veth peer name e netns b');
  for (const [side, host] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    world.run(
      side,
      `link set dev e up
       address add ${underlay[side]}/${underlay.length} dev e
       link add vx address 02:00:00:00:00:0${host} type vxlan id 10 local ${underlay[side]} dev e ${options}
       link set dev vx up
       address add 10.0.0.${host}/24 dev vx
       address add fd00:10::${host}/64 dev vx`,
    );
  }
  return world;
}

const sentTo = (world: World, side: 'a' | 'b', underlay: Underlay, mac: string): World =>
  world.run(
    side,
    `bridge fdb append ${mac} dev vx dst ${underlay[side === 'a' ? 'b' : 'a']} self permanent`,
  );

const EVERYBODY = '00:00:00:00:00:00';

/** Default entries at both ends: broadcasts get through, and with them everything. */
const joined = (underlay = IPV4): World =>
  sentTo(sentTo(tunnel(underlay), 'a', underlay, EVERYBODY), 'b', underlay, EVERYBODY);

const outerOf = (trace: ReturnType<World['ping']>, side: 'a' | 'b') =>
  seenOn(trace, side, 'e', 'out').filter(({ frame: { payload } }) => {
    if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return false;
    return payload.payload.kind === 'udp';
  });

describe.each([IPV4, IPV6])('a VXLAN device over $name', (underlay) => {
  it('carries IPv4 and IPv6 alike', () => {
    const world = joined(underlay);
    expect(ending(world.ping('a', '10.0.0.2'))).toBe('delivered, delivered');
    expect(ending(world.ping('a', 'fd00:10::2'))).toBe('delivered, delivered');
  });

  it('puts its headers around a frame: how many bytes, and what they say', () => {
    const world = joined(underlay);
    world.ping('a', '10.0.0.2');
    const trace = world.ping('a', '10.0.0.2');
    const inner = seenOn(trace, 'a', 'vx', 'out')[0]?.frame.payload;
    const outer = outerOf(trace, 'a')[0]?.frame.payload;
    if (inner?.kind !== 'ipv4' || outer === undefined) throw new Error('nothing was captured');
    if (outer.kind !== 'ipv4' && outer.kind !== 'ipv6') throw new Error('no IP around it');
    expect(ipPacketLength(outer) - ipPacketLength(inner)).toBe(underlay.overhead);
    expect(outer).toMatchObject(
      outer.kind === 'ipv4'
        ? { ttl: 64, tos: 0, dontFragment: false, src: parseIp(underlay.a) }
        : { hopLimit: 64, trafficClass: 0, src: parseIp(underlay.a) },
    );
    expect(outer.payload).toMatchObject({ dstPort: 4789, payload: { kind: 'vxlan', vni: 10 } });
  });

  it('has room for what its underlay has, less the headers', () => {
    const device = tunnel(underlay).network.namespace('a').devices().at(-1);
    expect(device?.mtuBytes).toBe(1500 - underlay.overhead);
  });
});

describe('the FDB of a VXLAN device', () => {
  it('sends nothing while it is empty', () => {
    const trace = tunnel().ping('a', '10.0.0.2');
    expect(trace.outcome).toBe('unreachable');
    expect(outerOf(trace, 'a')).toHaveLength(0);
  });

  it('with a default entry on one side lets questions leave, but no answers come back', () => {
    const trace = sentTo(tunnel(), 'a', IPV4, EVERYBODY).ping('a', '10.0.0.2');
    expect(trace.outcome).toBe('unreachable');
    expect(outerOf(trace, 'a')).toHaveLength(3);
    expect(outerOf(trace, 'b')).toHaveLength(0);
  });

  it('with two default entries sends every broadcast twice', () => {
    const world = joined().run(
      'a',
      'bridge fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.9 self permanent',
    );
    world.run('a', 'neighbour replace 192.0.2.9 lladdr 02:00:00:00:99:99 dev e nud permanent');
    const outer = outerOf(world.ping('a', '10.0.0.2'), 'a');
    // Two ARP requests, and then the echo request to where b was learned by nobody: twice as well.
    expect(outer).toHaveLength(4);
  });

  it('with entries for hosts alone cannot carry ARP', () => {
    const world = sentTo(tunnel(), 'a', IPV4, '02:00:00:00:00:02');
    sentTo(world, 'b', IPV4, '02:00:00:00:00:01');
    expect(world.ping('a', '10.0.0.2').outcome).toBe('unreachable');
    world.run('a', 'neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev vx nud permanent');
    world.run('b', 'neighbour replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev vx nud permanent');
    const trace = world.ping('a', '10.0.0.2');
    expect(ending(trace)).toBe('delivered, delivered');
    expect([...outerOf(trace, 'a'), ...outerOf(trace, 'b')]).toHaveLength(2);
  });

  it('says in the trace when it has no entry for a known neighbour', () => {
    const world = tunnel().run(
      'a',
      'neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev vx nud permanent',
    );
    const trace = world.ping('a', '10.0.0.2');
    expect(ending(trace)).toBe('dropped, no answer');
    expect(trace.reason).toContain('no FDB entry');
  });

  it('learns from what arrives, where the device does', () => {
    const world = sentTo(tunnel(IPV4, 'dstport 4789 learning'), 'a', IPV4, EVERYBODY);
    expect(ending(world.ping('a', '10.0.0.2'))).toBe('delivered, delivered');
    const learned = (side: string) =>
      world.network
        .namespace(side)
        .fdb()
        .filter(({ life }) => life === 'dynamic');
    expect(learned('b')).toEqual([
      { device: 'vx', mac: 0x0200_0000_0001, dst: parseIp('192.0.2.1'), life: 'dynamic' },
    ]);
    world.network.advance(300_000);
    expect(learned('b')).toEqual([]);
  });

  it('stays when the device goes down, unlike routes and neighbours', () => {
    const world = joined().run(
      'a',
      `neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev vx nud permanent
       route add 10.244.2.0/24 via 10.0.0.2 dev vx
       link set dev vx down`,
    );
    const a = world.network.namespace('a');
    expect(a.fdb()).toHaveLength(1);
    expect(a.neighbours()).toEqual([]);
    expect(world.routes('a')).toEqual(['192.0.2.0/24 dev e proto kernel scope link src 192.0.2.1']);
    world.run('a', 'link set dev vx up');
    expect(world.routes('a')).toEqual([
      '10.0.0.0/24 dev vx proto kernel scope link src 10.0.0.1',
      '192.0.2.0/24 dev e proto kernel scope link src 192.0.2.1',
    ]);
  });
});

describe('what arrives at a VXLAN port', () => {
  it('is dropped when no device has its VNI', () => {
    const world = joined().run('b', 'link delete dev vx');
    world.run(
      'b',
      'link add other type vxlan id 11 dstport 4789 nolearning \n link set dev other up',
    );
    const known = 'neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev vx nud permanent';
    const trace = world.run('a', known).ping('a', '10.0.0.2');
    expect(ending(trace)).toBe('dropped, no answer');
    expect(trace.reason).toContain('VNI 10');
  });

  it('is refused with an ICMP error when no device has the port open', () => {
    const world = joined().run('b', 'link set dev vx down');
    world.run('a', 'neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev vx nud permanent');
    const trace = world.ping('a', '10.0.0.2');
    expect(trace.outcome).toBe('refused');
    expect(trace.reason).toContain('4789');
  });

  it('is dropped when the frame inside is for another MAC', () => {
    const world = joined().run(
      'a',
      'neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:77 dev vx nud permanent',
    );
    const trace = world.ping('a', '10.0.0.2');
    expect(trace.outcome).toBe('dropped');
    expect(trace.reason).toContain('another MAC');
  });
});

describe('packets that go through a tunnel', () => {
  it('keep their mark outside, and lose their connection', () => {
    const world = joined();
    world.network.apply({
      namespace: 'a',
      commands: [
        append('mangle', 'OUTPUT', [{ kind: 'out-interface', name: 'vx' }], {
          kind: 'mark',
          value: 7,
          mask: 0xffff_ffff,
        }),
        append('mangle', 'POSTROUTING', [
          { kind: 'out-interface', name: 'e' },
          { kind: 'mark', value: 7, mask: 0xffff_ffff },
          { kind: 'conntrack', module: 'conntrack', states: ['NEW'] },
        ]),
      ],
    });
    world.ping('a', '10.0.0.2');
    const saved = world.network.namespace('a').netfilter.iptablesSave(4, { counters: true });
    expect(saved).toMatch(/\[[1-9]\d*:\d+\] -A POSTROUTING -o e/);
  });

  it('show the outer packet in the trace where it is put on, and the inner one where it comes out', () => {
    const trace = joined().ping('a', '10.0.0.2');
    const steps = trace.request.flatMap((hop) => hop.steps);
    const on = steps.find(({ kind }) => kind === 'encapsulate');
    const off = steps.find(({ kind }) => kind === 'decapsulate');
    expect(on).toMatchObject({
      device: 'vx',
      overheadBytes: 50,
      packet: { dst: parseIp('192.0.2.2') },
    });
    expect(off).toMatchObject({ device: 'vx', packet: { dst: parseIp('10.0.0.2') } });
  });

  it('are cut before the tunnel, not in it, when they are too large', () => {
    const world = joined();
    world.network.listen('b', 'udp', 9);
    const trace = world.udp('a', '10.0.0.2', 9, { payloadBytes: 3000 });
    expect(ending(trace)).toBe('delivered, delivered');
    const lengths = outerOf(trace, 'a')
      .map(({ frame: { payload } }) => (payload.kind === 'ipv4' ? ipPacketLength(payload) : 0))
      .filter((length) => length > 200);
    expect(lengths).toEqual([1494, 1494, 230]);
  });

  it('are unreachable when the far end of the tunnel is', () => {
    const world = joined().run(
      'a',
      `neighbour replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev vx nud permanent
       address delete 192.0.2.1/24 dev e`,
    );
    expect(world.ping('a', '10.0.0.2').outcome).toBe('unreachable');
  });
});
