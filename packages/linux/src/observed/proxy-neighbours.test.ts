import { type IpPacket, type NeighbourDiscovery, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, seenOn, type World } from '../test-world.ts';

/** The router answers at once, and reaches through its other device what it speaks for. */
const router = (...lines: readonly string[]): World =>
  clientRouterServer()
    .run('r', 'net.ipv4.neigh.e1.proxy_delay = 0 \n net.ipv6.neigh.e1.proxy_delay = 0')
    .run('r', lines.join('\n'));

/** Whether the client, which takes the address to be on its link, is told that it is the router's. */
function isAnswered(world: World, address: string): boolean {
  const six = address.includes(':');
  world.run('c', `route replace ${address}/${six ? 128 : 32} dev e1`);
  world.run('s', `address add ${address}/${six ? 64 : 24} dev e2`);
  const trace = world.ping('c', address);
  return seenOn(trace, 'c', 'e1', 'in').some(({ frame: { payload } }) =>
    payload.kind === 'arp'
      ? payload.operation === 'reply' && payload.senderIp === parseIp(address)
      : payload.kind !== 'raw-ethernet' && advertised(payload)?.target === parseIp(address),
  );
}

function advertised(payload: IpPacket): NeighbourDiscovery | undefined {
  const { payload: message } = payload;
  if (message.kind !== 'icmpv6' || message.type !== 136) return undefined;
  return message.data instanceof Uint8Array ? undefined : message.data;
}

// Kernel 6.18, asked by hand-made requests.
describe('an entry by which a router answers for one address', () => {
  it('counts for IPv4 where the way there is by another device', () => {
    expect(isAnswered(router('neighbour add proxy 10.2.0.7 dev e1'), '10.2.0.7')).toBe(true);
    expect(isAnswered(router('neighbour add proxy 10.2.0.7 dev e1'), '10.2.0.8')).toBe(false);
    expect(isAnswered(router('neighbour add proxy 10.1.0.77 dev e1'), '10.1.0.77')).toBe(false);
    expect(isAnswered(router('neighbour add proxy 10.77.0.1 dev e1'), '10.77.0.1')).toBe(false);
  });

  it('does not count for a host that does not forward', () => {
    const world = router('neighbour add proxy 10.2.0.7 dev e1', 'net.ipv4.ip_forward = 0');
    expect(isAnswered(world, '10.2.0.7')).toBe(false);
  });

  it('counts for IPv6 where proxy_ndp says so, wherever the way there leads', () => {
    const entry = 'neighbour add proxy 2001:db8:2::7 dev e1';
    expect(isAnswered(router(entry), '2001:db8:2::7')).toBe(false);
    const on = 'net.ipv6.conf.e1.proxy_ndp = 1';
    expect(isAnswered(router(entry, on), '2001:db8:2::7')).toBe(true);
    expect(isAnswered(router(entry, on), '2001:db8:2::8')).toBe(false);
    expect(isAnswered(router(entry, 'net.ipv6.conf.all.proxy_ndp = 1'), '2001:db8:2::7')).toBe(
      true,
    );
    for (const address of ['2001:db8:1::77', '2001:db8:77::1']) {
      expect(isAnswered(router(`neighbour add proxy ${address} dev e1`, on), address)).toBe(true);
    }
    const host = router(entry, on, 'net.ipv6.conf.all.forwarding = 0');
    expect(isAnswered(host, '2001:db8:2::7')).toBe(false);
  });

  it('says nothing of what it speaks for but that it was asked', () => {
    const world = router(
      'neighbour add proxy 2001:db8:2::7 dev e1',
      'net.ipv6.conf.e1.proxy_ndp = 1',
    );
    world.run('c', 'route add 2001:db8:2::7/128 dev e1');
    world.run('s', 'address add 2001:db8:2::7/64 dev e2');
    const trace = world.ping('c', '2001:db8:2::7');
    expect(trace.replyOutcome).toBe('delivered');
    const flags = seenOn(trace, 'c', 'e1', 'in').flatMap(({ frame: { payload } }) =>
      payload.kind === 'ipv6' && payload.payload.kind === 'icmpv6' && payload.payload.type === 136
        ? [payload.payload.rest]
        : [],
    );
    expect(flags).toEqual([0x4000_0000]);
  });

  it('keeps who asks everybody waiting, as long as proxy_delay says at most', () => {
    const world = router(
      'neighbour add proxy 2001:db8:2::7 dev e1',
      'net.ipv6.conf.e1.proxy_ndp = 1',
      'net.ipv6.neigh.e1.proxy_delay = 80',
    );
    world.run('c', 'route add 2001:db8:2::7/128 dev e1');
    world.run('s', 'address add 2001:db8:2::7/64 dev e2');
    const before = world.network.nowMs;
    expect(world.ping('c', '2001:db8:2::7').outcome).toBe('delivered');
    expect(world.network.nowMs - before).toBeGreaterThan(0);
    expect(world.network.nowMs - before).toBeLessThan(800);
  });

  it('may be made twice, is gone only if it was there, and goes with its device', () => {
    const world = router('neighbour add proxy 10.2.0.7 dev e1');
    expect(world.try('r', 'neighbour add proxy 10.2.0.7 dev e1')).toBe('ok');
    expect(world.try('r', 'neighbour delete proxy 10.2.0.8 dev e1')).toBe('ENOENT');
    world.run('r', 'link set dev e1 down \n link set dev e1 up');
    expect(world.try('r', 'neighbour delete proxy 10.2.0.7 dev e1')).toBe('ENOENT');
  });
});
