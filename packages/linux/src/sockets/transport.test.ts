import { parseIp, TcpFlag } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, clientRouterServer, ending, seenOn } from '../test-world.ts';

const SERVERS = [
  { family: 4, server: '10.2.0.2' },
  { family: 6, server: '2001:db8:2::2' },
] as const;

describe.each(SERVERS)('sockets (IPv$family)', ({ family, server }) => {
  it.each(['tcp', 'udp', 'sctp'] as const)(
    '%s: a listener answers, and the asker hears it',
    (protocol) => {
      const trace = clientRouterServer().send('c', protocol, server, 8080);
      expect(ending(trace)).toBe('delivered, delivered');
      expect(trace.reason).toBe(`s listens on ${protocol} port 8080`);
    },
  );

  it.each(['tcp', 'udp', 'sctp'] as const)(
    '%s: without a listener the asker is refused',
    (protocol) => {
      const trace = clientRouterServer().send('c', protocol, server, 81);
      expect(ending(trace)).toBe('refused, delivered');
      expect(trace.reason).toBe(`nothing listens on ${protocol} port 81 in s`);
    },
  );

  it('tcp: the answers are SYN+ACK and RST+ACK, with the numbers that fit', () => {
    const world = clientRouterServer();
    const segments = (port: number) =>
      seenOn(world.tcp('c', server, port), 'c', 'e1').flatMap(({ frame: { payload } }) =>
        (payload.kind === 'ipv4' || payload.kind === 'ipv6') && payload.payload.kind === 'tcp'
          ? [payload.payload]
          : [],
      );
    const [syn, accepted] = segments(8080);
    expect(syn?.flags).toBe(TcpFlag.SYN);
    expect(accepted?.flags).toBe(TcpFlag.SYN | TcpFlag.ACK);
    expect(accepted?.acknowledgement).toBe(((syn?.sequence ?? 0) + 1) >>> 0);
    const [another, reset] = segments(81);
    expect(reset?.flags).toBe(TcpFlag.RST | TcpFlag.ACK);
    expect(reset?.acknowledgement).toBe(((another?.sequence ?? 0) + 1) >>> 0);
  });

  it('tcp: a SYN has the length that Linux gives it', () => {
    const trace = clientRouterServer().tcp('c', server, 8080);
    const syn = trace.request[0]?.steps[0]?.packet;
    const options = syn?.payload.kind === 'tcp' ? syn.payload.options : undefined;
    expect(options).toHaveLength(20);
    // Maximum segment size: what the link carries, less the headers.
    expect([...(options ?? [])].slice(0, 4)).toEqual(
      family === 4 ? [2, 4, 0x05, 0xb4] : [2, 4, 0x05, 0xa0],
    );
  });

  it('udp: the answer carries what was asked', () => {
    const trace = clientRouterServer().udp('c', server, 8080, { payloadBytes: 7 });
    const answer = trace.reply?.[0]?.steps[0]?.packet?.payload;
    expect(answer).toMatchObject({ kind: 'udp', srcPort: 8080, payload: new Uint8Array(7) });
  });

  it('icmp: the kernel answers by itself, and only whoever asked is answered', () => {
    const trace = clientRouterServer().ping('c', server, { sourcePort: 77 });
    expect(ending(trace)).toBe('delivered, delivered');
    expect(trace.reply?.at(-1)?.steps.at(-1)).toMatchObject({ kind: 'deliver' });
    const request = trace.request[0]?.steps[0]?.packet?.payload;
    expect(request).toMatchObject({ rest: 77 * 65_536 + 1, data: new Uint8Array(56) });
  });
});

describe('an answer that does not come from where the question went', () => {
  it('ends as refused when nobody else waits for it either', () => {
    // The second address answers in place of the first: s rewrites its own answers.
    const world = clientRouterServer().run('s', 'address add 10.2.0.3/24 dev e2');
    world.network.apply({
      namespace: 's',
      commands: [
        append('raw', 'PREROUTING', [], { kind: 'notrack' }),
        append(
          'nat',
          'POSTROUTING',
          [{ kind: 'source', prefix: { address: parseIp('10.2.0.2'), length: 32 } }],
          {
            kind: 'snat',
            address: parseIp('10.2.0.3'),
          },
        ),
      ],
    });
    const trace = world.udp('c', '10.2.0.2', 8080);
    expect(ending(trace)).toBe('delivered, refused');
    // To conntrack a SYN+ACK without its SYN belongs to nothing, and NAT leaves it alone.
    expect(ending(world.tcp('c', '10.2.0.2', 8080))).toBe('delivered, delivered');
  });
});

describe('a host without a listener', () => {
  it('says nothing to a reset, and to a datagram for everybody', () => {
    const world = clientRouterServer().run('s', 'net.ipv4.conf.all.forwarding = 0');
    expect(world.udp('c', '10.1.0.255', 9).reason).toContain('broadcast');
  });

  it('ignores echo requests where it is told to', () => {
    const world = clientRouterServer().run('s', 'net.ipv4.icmp_echo_ignore_all = 1');
    expect(ending(world.ping('c', '10.2.0.2'))).toBe('dropped, no answer');
    expect(ending(world.ping('c', '2001:db8:2::2'))).toBe('delivered, delivered');
  });
});
