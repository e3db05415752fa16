import { ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, ending, type World } from '../test-world.ts';

const first = (trace: ReturnType<World['ping']>) => {
  const packet = trace.request[0]?.steps[0]?.packet;
  if (packet === undefined) throw new Error('nothing was sent');
  return packet;
};

describe('what a socket sends', () => {
  it('has a port of the ephemeral ones, unless one is asked for', () => {
    const world = clientRouterServer();
    const port = (trace: ReturnType<World['ping']>): number => {
      const { payload } = first(trace);
      return 'srcPort' in payload ? payload.srcPort : -1;
    };
    for (let count = 0; count < 50; count++) {
      const drawn = port(world.tcp('c', '10.2.0.2', 8080));
      expect(drawn).toBeGreaterThanOrEqual(32_768);
      expect(drawn).toBeLessThanOrEqual(60_999);
    }
    expect(port(world.tcp('c', '10.2.0.2', 8080, { sourcePort: 1234 }))).toBe(1234);
  });

  it('must not be cut where it fits the first link, and may be where it does not', () => {
    const world = clientRouterServer();
    const sent = (payloadBytes: number, dontFragment?: boolean) => {
      const more = dontFragment === undefined ? {} : { dontFragment };
      const packet = first(world.udp('c', '10.2.0.2', 8080, { payloadBytes, ...more }));
      return packet.kind === 'ipv4' && packet.dontFragment;
    };
    expect(sent(100)).toBe(true);
    expect(sent(3000)).toBe(false);
    expect(sent(100, false)).toBe(false);
  });

  it('is refused by the socket itself when it must not be cut and does not fit', () => {
    const trace = clientRouterServer().udp('c', '10.2.0.2', 8080, {
      payloadBytes: 1473,
      dontFragment: true,
    });
    expect(ending(trace)).toBe('too-big, no answer');
    expect(trace.captures).toEqual([]);
    const fits = { payloadBytes: 1472, dontFragment: true };
    expect(ending(clientRouterServer().udp('c', '10.2.0.2', 8080, fits))).toBe(
      'delivered, delivered',
    );
  });

  it('is 84 bytes long for a ping, 28 and what it carries for a datagram', () => {
    const world = clientRouterServer();
    expect(ipPacketLength(first(world.ping('c', '10.2.0.2')))).toBe(84);
    expect(ipPacketLength(first(world.ping('c', '2001:db8:2::2')))).toBe(104);
    expect(ipPacketLength(first(world.udp('c', '10.2.0.2', 9, { payloadBytes: 5 })))).toBe(33);
  });
});

describe('what no socket may send', () => {
  it.each([
    ['10.2.0.2', '10.1.0.77', 'Cannot assign requested address'],
    ['10.2.0.2', '127.0.0.1', 'Invalid argument'],
    ['2001:db8:2::2', '2001:db8:1::77', 'Cannot assign requested address'],
  ])('to %s from %s: %s', (to, source, reason) => {
    const trace = clientRouterServer().tcp('c', to, 8080, { source: parseIp(source) });
    expect(ending(trace)).toBe('unreachable, no answer');
    expect(trace.reason).toContain(reason);
  });

  it('is allowed from foreign addresses where ip_nonlocal_bind says so', () => {
    const world = clientRouterServer().run('c', 'net.ipv4.ip_nonlocal_bind = 1');
    const trace = world.tcp('c', '10.2.0.2', 8080, { source: parseIp('10.1.0.77') });
    expect(trace.outcome).toBe('delivered');
  });

  it('goes to a broadcast address', () => {
    expect(clientRouterServer().ping('c', '10.1.0.255').reason).toContain('Permission denied');
    expect(clientRouterServer().ping('c', '255.255.255.255').reason).toContain('Permission denied');
  });

  it('goes to a link-local address of nobody knows which link', () => {
    expect(clientRouterServer().ping('c', 'fe80::1').reason).toBe('Invalid argument');
  });
});

describe('the address of no host', () => {
  it('means this one', () => {
    expect(ending(clientRouterServer().ping('c', '0.0.0.0'))).toBe('delivered, delivered');
    expect(ending(clientRouterServer().ping('c', '::'))).toBe('delivered, delivered');
  });
});
