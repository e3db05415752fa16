import { ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, ending, seenOn, type World } from '../test-world.ts';

/** Behind the router there is less room. */
const narrow = (): World => {
  const world = clientRouterServer().run('r', 'link set dev e2 mtu 1400');
  return world.run('s', 'link set dev e2 mtu 1400');
};

const FAMILIES = [
  { family: 4, server: '10.2.0.2', type: 3, code: 4 },
  { family: 6, server: '2001:db8:2::2', type: 2, code: 0 },
] as const;

describe.each(FAMILIES)('a packet too large for a link beyond the first (IPv$family)', (each) => {
  const { family, server, type, code } = each;
  const whole = { payloadBytes: 1400, dontFragment: true };
  const pathMtu = (world: World) => {
    const found = world.network.namespace('c').route(parseIp(server));
    return found.kind === 'route' ? found.pathMtu : undefined;
  };

  it('is reported by the router, and the next one fails at its sender', () => {
    const world = narrow();
    const first = world.ping('c', server, whole);
    expect(ending(first)).toBe('too-big, delivered');
    expect(first.reply?.[0]?.steps[0]?.packet?.payload).toMatchObject({ type, code, rest: 1400 });
    const second = world.ping('c', server, whole);
    expect(ending(second)).toBe('too-big, no answer');
    expect(second.reason).toContain('1400');
    expect(seenOn(second, 'c', 'e1', 'out')).toEqual([]);
  });

  it('is remembered for ten minutes, for that destination', () => {
    const world = narrow();
    world.ping('c', server, whole);
    world.network.advance(1000);
    expect(pathMtu(world)).toEqual({ mtuBytes: 1400, expiresMs: 599_000 });
    const other = world.network.namespace('c').route(parseIp(server.replace(/2$/, '3')));
    expect(other).not.toHaveProperty('pathMtu');
    world.network.advance(599_000);
    expect(pathMtu(world)).toBeUndefined();
  });

  it('is forgotten with the route that it was sent by', () => {
    const world = narrow();
    world.ping('c', server, whole);
    const gateway = family === 4 ? '10.1.0.1' : '2001:db8:1::1';
    world.run('c', `route delete default via ${gateway} \n route add default via ${gateway}`);
    expect(pathMtu(world)).toBeUndefined();
  });

  it('is cut by its sender from then on, where the socket leaves that to the kernel', () => {
    const world = narrow();
    expect(world.udp('c', server, 8080, { payloadBytes: 1400 }).outcome).toBe('too-big');
    const trace = world.udp('c', server, 8080, { payloadBytes: 1400 });
    expect(ending(trace)).toBe('delivered, delivered');
    const sent = seenOn(trace, 'c', 'e1', 'out').map(({ frame: { payload } }) =>
      payload.kind === 'ipv4' || payload.kind === 'ipv6' ? ipPacketLength(payload) : 0,
    );
    expect(sent).toHaveLength(2);
    expect(Math.max(...sent)).toBeLessThanOrEqual(1400);
  });
});

describe('a packet of IPv4 that may be cut', () => {
  it('passes the narrow link in pieces, and nobody is told', () => {
    const trace = narrow().ping('c', '10.2.0.2', { payloadBytes: 1400, dontFragment: false });
    expect(ending(trace)).toBe('delivered, delivered');
  });
});
