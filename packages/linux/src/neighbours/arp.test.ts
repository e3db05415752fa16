import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, seenOn, type World } from '../test-world.ts';

/** Whether anybody answers when c asks its cable for an address. */
function answered(world: World, target: string, source?: string): boolean {
  world.run('c', `route replace ${target}/32 dev e1 scope link`);
  const from = source === undefined ? {} : { source: parseIp(source) };
  const trace = world.ping('c', target, from);
  const replies = seenOn(trace, 'c', 'e1', 'in').filter(
    ({ frame: { payload } }) => payload.kind === 'arp' && payload.operation === 'reply',
  );
  return replies.length > 0;
}

describe('an ARP request', () => {
  it('is answered for any own address, whatever device has it', () => {
    expect(answered(clientRouterServer(), '10.1.0.1')).toBe(true);
    expect(answered(clientRouterServer(), '10.2.0.1')).toBe(true);
  });

  it('is answered with arp_ignore 1 only where the address is configured', () => {
    const world = clientRouterServer().run('r', 'net.ipv4.conf.e1.arp_ignore = 1');
    expect(answered(world, '10.2.0.1')).toBe(false);
    expect(answered(world, '10.1.0.1')).toBe(true);
  });

  it('is answered with arp_ignore 2 only for askers of the same subnet, with 8 for nobody', () => {
    const stranger = () => clientRouterServer().run('c', 'address add 172.20.0.9/32 dev lo');
    const two = stranger().run('r', 'net.ipv4.conf.all.arp_ignore = 2');
    expect(answered(two, '10.1.0.1', '172.20.0.9')).toBe(false);
    expect(answered(two, '10.1.0.1')).toBe(true);
    const eight = clientRouterServer().run('r', 'net.ipv4.conf.all.arp_ignore = 8');
    expect(answered(eight, '10.1.0.1')).toBe(false);
  });

  it('is not answered with arp_ignore 3 for addresses of host scope', () => {
    const world = clientRouterServer().run(
      'r',
      `address add 10.5.0.1/32 dev lo scope host
       address add 10.5.0.2/32 dev lo
       net.ipv4.conf.all.arp_ignore = 3`,
    );
    expect(answered(world, '10.5.0.1')).toBe(false);
    expect(answered(world, '10.5.0.2')).toBe(true);
  });

  it('is not answered where arp_filter sees the way back begin elsewhere', () => {
    const world = clientRouterServer().run(
      'r',
      'net.ipv4.conf.e1.arp_filter = 1 \n route add 10.1.0.2/32 via 10.2.0.2',
    );
    expect(answered(world, '10.1.0.1')).toBe(false);
  });

  it('from an address that is not routed back is silenced by the strict reverse path filter', () => {
    const stranger = clientRouterServer().run('c', 'address add 172.31.0.9/32 dev lo');
    expect(answered(stranger, '10.1.0.1', '172.31.0.9')).toBe(true);
    stranger.run('r', 'net.ipv4.conf.e1.rp_filter = 1 \n neighbour delete 172.31.0.9 dev e1');
    stranger.run('c', 'neighbour delete 10.1.0.1 dev e1');
    expect(answered(stranger, '10.1.0.1', '172.31.0.9')).toBe(false);
  });
});

describe('an ARP request for somebody else', () => {
  const proxy = 'net.ipv4.conf.e1.proxy_arp = 1';

  it('is not answered by a router that is no proxy', () => {
    expect(answered(clientRouterServer(), '10.2.0.2')).toBe(false);
  });

  it('is answered by a proxy that forwards to another device', () => {
    const world = clientRouterServer().run('r', proxy);
    expect(answered(world, '10.2.0.2')).toBe(true);
    const host = clientRouterServer().run('r', `${proxy} \n net.ipv4.ip_forward = 0`);
    expect(answered(host, '10.2.0.2')).toBe(false);
  });

  it('is not answered for what the router reaches by the same device, or not at all', () => {
    const world = clientRouterServer().run('r', proxy);
    expect(answered(world, '10.1.0.77')).toBe(false);
    expect(answered(world, '169.254.1.1')).toBe(false);
    world.run('r', 'route add blackhole 10.7.0.0/16');
    expect(answered(world, '10.7.5.5')).toBe(false);
  });

  it('is answered for anything where the default route leaves by another device', () => {
    const world = clientRouterServer().run('r', `${proxy} \n route add default via 10.2.0.2`);
    expect(answered(world, '169.254.1.1')).toBe(true);
  });

  it('is answered for the same device by a proxy for private VLANs', () => {
    const world = clientRouterServer().run('r', 'route add default via 10.1.0.2');
    expect(answered(world.run('r', proxy), '169.254.1.1')).toBe(false);
    world.run('r', 'net.ipv4.conf.e1.proxy_arp_pvlan = 1');
    expect(answered(world, '169.254.1.1')).toBe(true);
  });
});

describe('a proxy', () => {
  const waited = (world: World): number => {
    const from = world.network.nowMs;
    expect(answered(world, '10.2.0.2')).toBe(true);
    return world.network.nowMs - from;
  };

  it('keeps who asks everybody waiting for up to 0.8 s, unless told not to', () => {
    const world = clientRouterServer().run('r', 'net.ipv4.conf.e1.proxy_arp = 1');
    const waits = Array.from({ length: 20 }, () => {
      const waitedMs = waited(world);
      world.run('c', 'neighbour delete 10.2.0.2 dev e1');
      return waitedMs;
    });
    expect(Math.max(...waits)).toBeLessThan(800);
    expect(new Set(waits).size).toBeGreaterThan(15);
    const at = clientRouterServer().run(
      'r',
      'net.ipv4.conf.e1.proxy_arp = 1 \n net.ipv4.neigh.e1.proxy_delay = 0',
    );
    expect(waited(at)).toBe(0);
  });
});

describe('what ARP tells', () => {
  it('of the asker is kept by whom it asks, and by nobody else', () => {
    const world = clientRouterServer();
    world.ping('c', '10.1.0.1');
    const known = (namespace: string) =>
      world.network
        .namespace(namespace)
        .neighbours()
        .map(({ address, state }) => [address, state]);
    expect(known('c')).toEqual([[parseIp('10.1.0.1'), 'reachable']]);
    expect(known('r')).toEqual([[parseIp('10.1.0.2'), 'stale']]);
    expect(known('s')).toEqual([]);
  });

  it('does not change what was set by hand', () => {
    const world = clientRouterServer().run(
      'r',
      'neighbour replace 10.1.0.2 lladdr 02:00:00:00:00:99 dev e1 nud permanent',
    );
    expect(world.ping('c', '10.1.0.1').replyOutcome).toBe('dropped');
    expect(world.network.namespace('r').neighbours()).toMatchObject([
      { mac: 0x0200_0000_0099, state: 'permanent' },
    ]);
  });

  it("speaks from the packet's source, unless arp_announce wants a better one", () => {
    const world = clientRouterServer().run('c', 'address add 172.31.0.9/32 dev lo');
    const asker = (): number | undefined => {
      const trace = world.ping('c', '10.1.0.1', { source: parseIp('172.31.0.9') });
      const [request] = seenOn(trace, 'c', 'e1', 'out');
      const { payload } = request?.frame ?? {};
      return payload?.kind === 'arp' ? payload.senderIp : undefined;
    };
    expect(asker()).toBe(parseIp('172.31.0.9'));
    world.run('c', 'neighbour delete 10.1.0.1 dev e1 \n net.ipv4.conf.all.arp_announce = 1');
    expect(asker()).toBe(parseIp('10.1.0.2'));
    world.run('c', 'neighbour delete 10.1.0.1 dev e1 \n net.ipv4.conf.all.arp_announce = 2');
    expect(asker()).toBe(parseIp('10.1.0.2'));
  });
});
