import { decodeIpPacket, ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, clientRouterServer, ending, seenOn, type World } from '../test-world.ts';

const errorOf = (trace: ReturnType<World['ping']>) => {
  const packet = trace.reply?.[0]?.steps[0]?.packet;
  if (packet === undefined) throw new Error('there was no answer');
  const { payload } = packet;
  if (payload.kind !== 'icmp' && payload.kind !== 'icmpv6') throw new Error('no ICMP');
  const { data } = payload;
  if (!(data instanceof Uint8Array)) throw new Error('nothing is quoted');
  return { packet, payload, data };
};

describe('an ICMP error', () => {
  it('comes from the address that the router has towards the sender', () => {
    const { packet } = errorOf(clientRouterServer().ping('c', '10.66.0.1'));
    expect(packet).toMatchObject({
      src: parseIp('10.1.0.1'),
      ttl: 64,
      tos: 0xc0,
      dontFragment: false,
    });
  });

  it('comes from the address that was spoken to, when that is an own one', () => {
    const { packet, payload } = errorOf(clientRouterServer().udp('c', '10.2.0.1', 9));
    expect(packet.src).toBe(parseIp('10.2.0.1'));
    expect(payload).toMatchObject({ type: 3, code: 3 });
  });

  it('quotes the packet as it came in, time to live and all', () => {
    const { packet, data } = errorOf(clientRouterServer().ping('c', '10.2.0.2', { ttl: 1 }));
    expect(ipPacketLength(packet)).toBe(112);
    expect(decodeIpPacket(data)).toMatchObject({ ttl: 1, src: parseIp('10.1.0.2') });
  });

  it('quotes no more than makes 576 bytes, or 1280 over IPv6', () => {
    const long = { payloadBytes: 1400 };
    const four = errorOf(clientRouterServer().udp('c', '10.2.0.2', 9, long));
    expect(ipPacketLength(four.packet)).toBe(576);
    const six = errorOf(clientRouterServer().udp('c', '2001:db8:2::2', 9, long));
    expect(ipPacketLength(six.packet)).toBe(1280);
  });

  it.each([
    ['no route', '10.66.0.1', '2001:db8:66::1', '', [3, 0], [1, 0]],
    ['unreachable', '10.66.0.1', '2001:db8:66::1', 'unreachable', [3, 1], [1, 0]],
    ['prohibit', '10.66.0.1', '2001:db8:66::1', 'prohibit', [3, 13], [1, 1]],
    ['throw', '10.66.0.1', '2001:db8:66::1', 'throw', [3, 0], [1, 0]],
  ])('for %s says so in its type and code', (_, four, six, type, codeFour, codeSix) => {
    const world = clientRouterServer();
    if (type !== '') {
      world.run('r', `route add ${type} 10.66.0.0/16 \n route add ${type} 2001:db8:66::/48`);
    }
    const codes = (to: string) => {
      const { payload } = errorOf(world.ping('c', to));
      return [payload.type, payload.code];
    };
    expect(codes(four)).toEqual(codeFour);
    expect(codes(six)).toEqual(codeSix);
  });

  it('is not sent for a blackhole', () => {
    const world = clientRouterServer().run(
      'r',
      'route add blackhole 10.66.0.0/16 \n route add blackhole 2001:db8:66::/48',
    );
    expect(ending(world.ping('c', '10.66.0.1'))).toBe('dropped, no answer');
    expect(ending(world.ping('c', '2001:db8:66::1'))).toBe('dropped, no answer');
  });

  it('is not sent about an ICMP error', () => {
    const world = clientRouterServer();
    // The error that s sends back to c cannot be delivered: r has been told to send it nowhere.
    world.network.apply({
      namespace: 'r',
      commands: [
        append(
          'filter',
          'FORWARD',
          [{ kind: 'source', prefix: { address: parseIp('10.2.0.2'), length: 32 } }],
          {
            kind: 'reject',
            with: 'icmp-admin-prohibited',
          },
        ),
      ],
    });
    const trace = world.udp('c', '10.2.0.2', 9);
    expect(ending(trace)).toBe('refused, rejected');
    const toServer = seenOn(trace, 's', 'e2', 'in').filter(
      ({ frame: { payload } }) => payload.kind === 'ipv4' && payload.payload.kind === 'icmp',
    );
    expect(toServer).toEqual([]);
  });

  it('about a fragment is sent for the first only', () => {
    const world = clientRouterServer();
    const trace = world.udp('c', '10.66.0.1', 9, { payloadBytes: 4000, dontFragment: false });
    const errors = seenOn(trace, 'c', 'e1', 'in').filter(
      ({ frame: { payload } }) => payload.kind === 'ipv4' && payload.payload.kind === 'icmp',
    );
    expect(errors).toHaveLength(1);
  });

  it('is translated back to what the sender had said', () => {
    const world = clientRouterServer();
    world.network.apply({
      namespace: 'r',
      commands: [
        append('nat', 'PREROUTING', [{ kind: 'protocol', protocol: 'udp' }], {
          kind: 'dnat',
          address: parseIp('10.2.0.2'),
          port: 9,
        }),
      ],
    });
    world.run('r', 'route add 10.77.0.0/16 via 10.2.0.2');
    const trace = world.udp('c', '10.77.0.1', 80);
    expect(ending(trace)).toBe('refused, delivered');
  });
});
