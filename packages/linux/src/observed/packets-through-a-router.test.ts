import { decodeIpPacket, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, ending, seenOn, type World } from '../test-world.ts';

describe('a packet whose time is up at the router', () => {
  const WATCHED = `raw -A PREROUTING -p icmp
    mangle -A PREROUTING -p icmp
    mangle -A FORWARD -p icmp
    filter -A FORWARD -p icmp`;
  const chains = (world: World): readonly string[] =>
    world.counted('r').map((line) => line.replace(' -p icmp', ''));

  it('is counted in raw and mangle PREROUTING, and nowhere in FORWARD', () => {
    const world = clientRouterServer().iptables('r', WATCHED);
    world.ping('c', '10.2.0.2', { ttl: 1 });
    expect(chains(world)).toEqual([
      '[1] -A PREROUTING',
      '[0] -A FORWARD',
      '[1] -A PREROUTING',
      '[0] -A FORWARD',
    ]);
  });

  it('is counted in nat PREROUTING as well while conntrack is awake', () => {
    const world = clientRouterServer().iptables(
      'r',
      'nat -A PREROUTING -p icmp \n nat -A POSTROUTING -o none -j MASQUERADE',
    );
    world.ping('c', '10.2.0.2', { ttl: 1 });
    expect(world.counted('r')[0]).toBe('[1] -A PREROUTING -p icmp');
  });

  it('is reported by the router with class CS6 and a fresh time to live, quoting it as it came', () => {
    const trace = clientRouterServer().ping('c', '10.2.0.2', { ttl: 1 });
    const error = trace.reply?.[0]?.steps[0]?.packet;
    expect(error).toMatchObject({ src: parseIp('10.1.0.1'), tos: 0xc0, ttl: 64 });
    const data = error?.payload.kind === 'icmp' ? error.payload.data : undefined;
    expect(data instanceof Uint8Array && decodeIpPacket(data)).toMatchObject({ ttl: 1 });
  });
});

describe('a mark set in PREROUTING', () => {
  it('chooses the table that the packet is routed by', () => {
    const world = clientRouterServer()
      .run(
        'r',
        `route add 10.50.0.0/16 via 10.2.0.2 table 77
         rule add fwmark 0x10/0xf0 lookup 77 priority 100`,
      )
      .run('s', 'address add 10.50.0.1/32 dev lo');
    expect(world.ping('c', '10.50.0.1').outcome).toBe('unreachable');
    world.iptables('r', 'mangle -A PREROUTING -d 10.50.0.0/16 -j MARK --set-xmark 0x13/0xffffffff');
    expect(ending(world.ping('c', '10.50.0.1'))).toBe('delivered, delivered');
  });

  it('in OUTPUT comes too late for a sender that has no route without it', () => {
    const world = clientRouterServer()
      .run('c', 'route delete default')
      .run(
        'c',
        'route add default via 10.1.0.1 table 77 \n rule add fwmark 0x1 lookup 77 priority 100',
      )
      .iptables('c', 'mangle -A OUTPUT -j MARK --set-xmark 0x1/0xffffffff');
    expect(world.tcp('c', '10.2.0.2', 8080)).toMatchObject({
      outcome: 'unreachable',
      reason: 'Network is unreachable',
    });
    expect(world.counted('c')).toEqual(['[0] -A OUTPUT -j MARK --set-xmark 0x1/0xffffffff']);
  });
});

describe('source NAT to two ports', () => {
  it('takes two flows, and no third', () => {
    const world = clientRouterServer().iptables(
      'r',
      'nat -A POSTROUTING -p udp -j SNAT --to-source 10.2.0.1:5000-5001',
    );
    const ends = [41_000, 41_001, 41_002].map((sourcePort) =>
      ending(world.udp('c', '10.2.0.2', 8080, { sourcePort })),
    );
    expect(ends).toEqual(['delivered, delivered', 'delivered, delivered', 'dropped, no answer']);
    expect(
      world
        .connections('r')
        .map((line) => /sport=8080 dport=(\d+)/.exec(line)?.[1])
        .toSorted(),
    ).toEqual(['5000', '5001']);
  });
});

describe('a neighbour that does not answer', () => {
  it('of the sender: unreachable after three seconds', () => {
    const world = clientRouterServer();
    expect(world.tcp('c', '10.1.0.99', 80).outcome).toBe('unreachable');
    expect(world.network.nowMs).toBe(3000);
  });

  it('of the router: the sender is told so by the router, after the same time', () => {
    const world = clientRouterServer();
    const trace = world.tcp('c', '10.2.0.99', 80);
    expect(ending(trace)).toBe('unreachable, delivered');
    expect(trace.reply?.[0]?.steps[0]?.packet?.payload).toMatchObject({ type: 3, code: 1 });
    expect(world.network.nowMs).toBe(3000);
  });

  it('but has a MAC by hand: the packet goes there, and nobody hears of it again', () => {
    const world = clientRouterServer().run(
      'r',
      'neighbour replace 10.2.0.99 lladdr 02:00:00:00:00:99 dev e2 nud permanent',
    );
    const trace = world.tcp('c', '10.2.0.99', 80);
    expect(ending(trace)).toBe('dropped, no answer');
    expect(seenOn(trace, 's', 'e2', 'in')).not.toEqual([]);
    expect(world.network.nowMs).toBe(0);
  });
});
