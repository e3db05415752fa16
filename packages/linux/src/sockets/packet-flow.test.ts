import { type IpPayload, parseIp, TcpFlag, type TcpSegment } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match, Target } from '../netfilter/rule.ts';
import type { PacketFlow, Probe } from '../network.ts';
import { append, clientRouterServer, ending, seenOn, type World } from '../test-world.ts';
import type { PacketTrace } from '../trace.ts';

const { ACK, PSH, SYN } = TcpFlag;
const CONNECTION: Match = { kind: 'conntrack', module: 'conntrack', states: ['ESTABLISHED'] };

/** Client c, a router r that tracks connections, server s. */
function tracked(): World {
  const world = clientRouterServer();
  change(world, 'append', [CONNECTION]);
  change(world, 'append', [CONNECTION], undefined, 6);
  return world;
}

function change(
  world: World,
  op: 'append' | 'delete',
  matches: readonly Match[],
  target?: Target,
  family: 4 | 6 = 4,
): void {
  const rule = target === undefined ? { matches } : { matches, target };
  world.network.apply({
    namespace: 'r',
    commands: [{ kind: 'iptables', family, table: 'filter', op, chain: 'FORWARD', rule }],
  });
}

const open = (
  world: World,
  protocol: Probe['protocol'],
  to = '10.2.0.2',
  more: Partial<Probe> = {},
): PacketFlow =>
  world.network.open({
    namespace: 'c',
    protocol,
    to: parseIp(to),
    port: protocol === 'icmp' ? 0 : 8080,
    sourcePort: 40_000,
    ...more,
  });

const next = (flow: PacketFlow): PacketTrace => flow.send({ capture: true });

/** What came in by the router's device of that side, neighbour discovery apart. */
function payload(trace: PacketTrace, device: 'e1' | 'e2' = 'e1'): IpPayload {
  for (const { frame } of seenOn(trace, 'r', device, 'in')) {
    const { payload: packet } = frame;
    if (packet.kind !== 'ipv4' && packet.kind !== 'ipv6') continue;
    if (packet.payload.kind !== 'icmpv6') return packet.payload;
  }
  throw new Error('nothing was seen');
}

function segment(trace: PacketTrace, device?: 'e1' | 'e2'): TcpSegment {
  const found = payload(trace, device);
  if (found.kind !== 'tcp') throw new Error('no TCP');
  return found;
}

const stateIn = (trace: PacketTrace) =>
  trace.request.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === 'conntrack' ? [step.state] : [])),
  );

const entries = (world: World): string => world.network.namespace('r').netfilter.conntrackList();

describe.each([
  ['IPv4', '10.2.0.2'],
  ['IPv6', '2001:db8:2::2'],
])('a TCP flow over %s', (_, to) => {
  it('is opened by its first packet and carries data from the second on', () => {
    const world = tracked();
    const flow = open(world, 'tcp', to, { payloadBytes: 10 });
    const first = next(flow);
    expect(ending(first)).toBe('delivered, delivered');
    expect(stateIn(first)).toEqual(['NEW']);
    const syn = segment(first);
    const synAck = segment(first, 'e2');
    expect([syn.flags, synAck.flags]).toEqual([SYN, SYN | ACK]);

    const second = next(flow);
    expect(ending(second)).toBe('delivered, delivered');
    expect(second.reason).toBe('s has the connection on tcp port 8080');
    expect(stateIn(second)).toEqual(['ESTABLISHED']);
    const data = segment(second);
    expect(data.flags).toBe(ACK | PSH);
    expect(data.acknowledgement).toBe((synAck.sequence + 1) >>> 0);
    expect(data.sequence).toBe(synAck.acknowledgement);
    expect(data.data.length).toBe(10);

    const answer = segment(second, 'e2');
    expect(answer.flags).toBe(ACK);
    expect(answer.sequence).toBe(data.acknowledgement);
    expect(answer.acknowledgement).toBe((data.sequence + 10) >>> 0);
    expect(segment(next(flow)).sequence).toBe(answer.acknowledgement);
    expect(entries(world)).toMatch(/ESTABLISHED src=.*\[ASSURED\]/);
  });

  it('sends again what was not acknowledged, and goes on once it is', () => {
    const world = tracked();
    const flow = open(world, 'tcp', to);
    next(flow);
    const acknowledged = segment(next(flow), 'e2').acknowledgement;
    const family = to.includes(':') ? 6 : 4;
    change(world, 'append', [], { kind: 'drop' }, family);
    const lost = next(flow);
    expect(ending(lost)).toBe('dropped, no answer');
    expect(segment(lost).sequence).toBe(acknowledged);
    expect(segment(next(flow)).sequence).toBe(acknowledged);
    change(world, 'delete', [], { kind: 'drop' }, family);
    expect(segment(next(flow)).sequence).toBe(acknowledged);
    expect(segment(next(flow)).sequence).toBe((acknowledged + 1) >>> 0);
  });
});

describe('a TCP flow', () => {
  it('asks again, with the same number, as long as nobody answers', () => {
    const world = tracked();
    change(world, 'append', [], { kind: 'drop' });
    const flow = open(world, 'tcp');
    const first = segment(next(flow));
    expect(segment(next(flow))).toEqual(first);
    change(world, 'delete', [], { kind: 'drop' });
    expect(ending(next(flow))).toBe('delivered, delivered');
    expect(segment(next(flow)).flags).toBe(ACK | PSH);
  });

  it('asks again after it was turned down', () => {
    const flow = open(tracked(), 'tcp', '10.2.0.2', { port: 1 });
    expect(ending(next(flow))).toBe('refused, delivered');
    expect(segment(next(flow)).flags).toBe(SYN);
  });

  it('goes through destination NAT both ways', () => {
    const world = tracked();
    world.network.apply({
      namespace: 'r',
      commands: [
        append('nat', 'PREROUTING', [{ kind: 'protocol', protocol: 'tcp' }], {
          kind: 'dnat',
          address: parseIp('10.2.0.2'),
          port: 8080,
        }),
      ],
    });
    const flow = open(world, 'tcp', '198.51.100.1', { port: 80 });
    for (let packet = 0; packet < 3; packet++) {
      expect(ending(next(flow))).toBe('delivered, delivered');
    }
  });

  it('has nothing to do with another one between the same hosts', () => {
    const world = tracked();
    const flow = open(world, 'tcp');
    next(flow);
    next(flow);
    const other = open(world, 'tcp', '10.2.0.2', { sourcePort: 40_001 });
    expect(segment(next(other)).flags).toBe(SYN);
    expect(ending(next(flow))).toBe('delivered, delivered');
  });
});

describe('other flows', () => {
  it('of UDP go on with the next datagram', () => {
    const flow = open(tracked(), 'udp');
    expect(stateIn(next(flow))).toEqual(['NEW']);
    const second = next(flow);
    expect(ending(second)).toBe('delivered, delivered');
    expect(stateIn(second)).toEqual(['ESTABLISHED']);
  });

  it('of ICMP go on with the next echo request', () => {
    const flow = open(tracked(), 'icmp');
    const rest = [next(flow), next(flow)].map((trace) => payload(trace));
    expect(rest.map((each) => each.kind === 'icmp' && each.rest & 0xffff)).toEqual([1, 2]);
    expect(ending(next(flow))).toBe('delivered, delivered');
  });

  it('of SCTP are refused, rather than half emulated', () => {
    expect(() => open(tracked(), 'sctp')).toThrow(RangeError);
  });

  it('keep the source address that the first packet was given', () => {
    const world = tracked();
    const flow = open(world, 'udp');
    next(flow);
    world.run(
      'c',
      'address add 10.1.0.3/32 dev e1 \n route replace default via 10.1.0.1 src 10.1.0.3',
    );
    const [seen] = seenOn(next(flow), 'r', 'e1', 'in');
    expect(seen?.frame.payload).toMatchObject({ src: parseIp('10.1.0.2') });
  });
});
