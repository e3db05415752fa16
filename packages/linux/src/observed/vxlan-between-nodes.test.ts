import { encodeFrame, formatIp, ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { twoNodes } from '../test-two-nodes.ts';
import { ending, seenOn, World } from '../test-world.ts';
import type { PacketTrace } from '../trace.ts';

const world = (): World => new World({}, twoNodes());

/** Outer datagrams that a node sent, in order. */
const outer = (trace: PacketTrace, node: string) =>
  seenOn(trace, node, 'eth0', 'out').flatMap(({ frame }) =>
    frame.payload.kind === 'ipv4' && frame.payload.payload.kind === 'udp'
      ? [{ frame, packet: frame.payload, datagram: frame.payload.payload }]
      : [],
  );

const error = (trace: PacketTrace) => trace.reply?.[0]?.steps[0]?.packet;

describe('a ping between pods on two nodes', () => {
  it('loses one of its time to live at each node', () => {
    const trace = world().ping('pod1', '10.244.2.2');
    const life = (namespace: string, device: string) =>
      seenOn(trace, namespace, device, 'in')
        .map(({ frame }) => frame.payload)
        .findLast((payload) => payload.kind === 'ipv4' && payload.payload.kind === 'icmp');
    expect(life('pod1', 'eth0')).toMatchObject({ ttl: 62 });
    expect(life('node1', 'flannel.1')).toMatchObject({ ttl: 63 });
  });

  it('from the node itself comes from its tunnel’s address', () => {
    const trace = world().ping('node1', '10.244.2.2');
    expect(trace.request[0]?.steps[0]?.packet).toMatchObject({ ttl: 64 });
    const heard = seenOn(trace, 'node1', 'flannel.1', 'in').at(-1)?.frame.payload;
    expect(heard).toMatchObject({ ttl: 63, dst: parseIp('10.244.1.0') });
  });

  it('with one hop to live is returned by its own node, with two by the other node’s tunnel', () => {
    expect(error(world().ping('pod1', '10.244.2.2', { ttl: 1 }))?.src).toBe(parseIp('10.244.1.1'));
    const second = error(world().ping('pod1', '10.244.2.2', { ttl: 2 }));
    expect(second).toMatchObject({ src: parseIp('10.244.2.0'), tos: 0xc0, ttl: 64 });
    expect(second && ipPacketLength(second)).toBe(112);
  });

  it('that may not be cut passes up to the room in the tunnel, and not a byte more', () => {
    const trace = world().ping('pod1', '10.244.2.2', { payloadBytes: 1422, dontFragment: true });
    expect(ending(trace)).toBe('delivered, delivered');
    expect(outer(trace, 'node1').map(({ packet }) => ipPacketLength(packet))).toEqual([1500]);
    const more = world().ping('pod1', '10.244.2.2', { payloadBytes: 1423, dontFragment: true });
    expect(more).toMatchObject({ outcome: 'too-big' });
    expect(more.request.map(({ namespace }) => namespace)).toEqual(['pod1']);
    expect(more.reason).toContain('1450');
  });

  it('of 3000 bytes is cut in the pod, and its pieces are carried whole', () => {
    const trace = world().ping('pod1', '10.244.2.2', { payloadBytes: 3000, dontFragment: false });
    expect(ending(trace)).toBe('delivered, delivered');
    const pieces = seenOn(trace, 'pod1', 'eth0', 'out').flatMap(({ frame: { payload } }) =>
      payload.kind === 'ipv4' ? [payload] : [],
    );
    expect(
      pieces.map((piece) => [ipPacketLength(piece), piece.fragmentOffset, piece.moreFragments]),
    ).toEqual([
      [1444, 0, true],
      [1444, 1424, true],
      [180, 2848, false],
    ]);
    expect(new Set(pieces.map(({ id }) => id)).size).toBe(1);
    const carried = outer(trace, 'node1').map(({ packet }) => packet);
    expect(carried.map(ipPacketLength)).toEqual([1494, 1494, 230]);
    expect(
      carried.some(({ moreFragments, fragmentOffset }) => moreFragments || fragmentOffset > 0),
    ).toBe(false);
  });
});

describe('what is put around a frame', () => {
  it('is 50 bytes long, with a time to live and a class of its own', () => {
    const trace = world().ping('pod1', '10.244.2.2', { tos: 0xb8, dontFragment: true });
    const [first] = outer(trace, 'node1');
    const inner = seenOn(trace, 'node1', 'flannel.1', 'out')[0]?.frame;
    if (first === undefined || inner === undefined) throw new Error('nothing was captured');
    expect(encodeFrame(inner)).toHaveLength(98);
    expect(encodeFrame(first.frame)).toHaveLength(148);
    expect(first.packet).toMatchObject({ ttl: 64, tos: 0, dontFragment: false });
    expect(first.datagram.dstPort).toBe(8472);
    const udpAt = 14 + 20;
    const bytes = encodeFrame(first.frame);
    expect([...bytes.slice(udpAt + 8, udpAt + 16)]).toEqual([8, 0, 0, 0, 0, 0, 1, 0]);
    expect(bytes.slice(udpAt + 6, udpAt + 8)).not.toEqual(new Uint8Array(2));
  });

  it('has a new identification each time', () => {
    const w = world();
    const ids = [1, 2, 3].flatMap(() =>
      outer(w.ping('pod1', '10.244.2.2'), 'node1').map(({ packet }) => packet.id),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('has one source port for two addresses, either way and for all pieces', () => {
    const w = world();
    const trace = w.ping('pod1', '10.244.2.2', { payloadBytes: 3000, dontFragment: false });
    const other = w.ping('pod1', '10.244.2.2', { sourcePort: 99 });
    const ports = [trace, other].flatMap((each) =>
      ['node1', 'node2'].flatMap((node) =>
        outer(each, node).map(({ datagram }) => datagram.srcPort),
      ),
    );
    expect(new Set(ports).size).toBe(1);
    expect(ports[0]).toBeGreaterThanOrEqual(32_768);
    expect(ports[0]).toBeLessThan(61_000);
    const fromNode = outer(w.ping('node1', '10.244.2.2'), 'node1')[0]?.datagram.srcPort;
    expect(fromNode).not.toBe(ports[0]);
  });

  it('is tracked as well: a datagram each way that is never answered', () => {
    const w = world().iptables('node1', 'filter -A FORWARD -m conntrack --ctstate NEW');
    w.ping('pod1', '10.244.2.2');
    const tracked = w.connections('node1').filter((line) => line.includes('dport=8472'));
    expect(tracked).toHaveLength(2);
    for (const line of tracked) expect(line).toMatch(/^udp +17 30 .*\[UNREPLIED\]/);
  });
});

describe('a tunnel that is broken', () => {
  const VTEP2 = '02:00:00:00:00:02';

  it('without the FDB entry: lost without a word', () => {
    const w = world().run('node1', `bridge fdb delete ${VTEP2} dev flannel.1 dst 192.0.2.12 self`);
    expect(ending(w.ping('pod1', '10.244.2.2'))).toBe('dropped, no answer');
  });

  it('without the neighbour: asked for on the tunnel, and unreachable after three seconds', () => {
    const w = world().run('node1', 'neighbour delete 10.244.2.0 dev flannel.1');
    const trace = w.ping('pod1', '10.244.2.2');
    expect(ending(trace)).toBe('unreachable, delivered');
    expect(error(trace)?.src).toBe(parseIp('10.244.1.1'));
    expect(w.network.nowMs).toBe(3000);
    const asked = seenOn(trace, 'node1', 'flannel.1', 'out').filter(
      ({ frame }) => frame.payload.kind === 'arp',
    );
    expect(asked).toHaveLength(3);
    const state = w.network
      .namespace('node1')
      .neighbours()
      .find(({ address }) => address === parseIp('10.244.2.0'))?.state;
    expect(state).toBe('failed');
  });

  it('with a wrong MAC for the far end: arrives there, and is dropped', () => {
    const w = world().run(
      'node1',
      `neighbour replace 10.244.2.0 lladdr 02:00:00:00:00:77 dev flannel.1 nud permanent
       bridge fdb append 02:00:00:00:00:77 dev flannel.1 dst 192.0.2.12 self permanent`,
    );
    const trace = w.ping('pod1', '10.244.2.2');
    expect(ending(trace)).toBe('dropped, no answer');
    expect(trace.request.at(-1)?.namespace).toBe('node2');
  });

  it('down and up again: address and FDB stay, routes and neighbours are gone for good', () => {
    const w = world().run('node1', 'link set dev flannel.1 down');
    const node = w.network.namespace('node1');
    const far = () => node.neighbours().filter(({ device }) => device === 'flannel.1');
    const entries = () => node.fdb().filter(({ device }) => device === 'flannel.1');
    expect([far(), entries().length, node.ipRoute(4).includes('flannel.1')]).toEqual([
      [],
      1,
      false,
    ]);
    const device = node.devices().find(({ name }) => name === 'flannel.1');
    expect(device?.addresses.map(({ address }) => formatIp(address))).toContain('10.244.1.0');
    w.run('node1', 'link set dev flannel.1 up');
    expect([far(), entries().length, node.ipRoute(4).includes('flannel.1')]).toEqual([
      [],
      1,
      false,
    ]);
  });

  it('over an underlay that is down: stays as it is, but for the underlay’s own routes', () => {
    const w = world().run('node1', 'link set dev eth0 down');
    const node = w.network.namespace('node1');
    expect(node.devices().find(({ name }) => name === 'flannel.1')?.up).toBe(true);
    expect(node.fdb().filter(({ device }) => device === 'flannel.1')).toHaveLength(1);
    expect(w.routes('node1')).toEqual([
      '10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1',
      '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink',
    ]);
  });
});

describe('a VXLAN device without an underlay of its own', () => {
  it('has the room of an Ethernet', () => {
    const w = new World().add('n').run('n', 'link add vx type vxlan id 10 dstport 4789 nolearning');
    expect(w.network.namespace('n').devices().at(-1)).toMatchObject({ mtuBytes: 1500 });
  });
});
