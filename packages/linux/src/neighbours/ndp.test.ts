import { formatIp, formatMac, type Icmpv6Message, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, clientRouterServer, ending, seenOn, World } from '../test-world.ts';
import type { CapturedFrame } from '../trace.ts';

const messageOf = ({ frame: { payload } }: CapturedFrame): Icmpv6Message | undefined =>
  payload.kind === 'ipv6' && payload.payload.kind === 'icmpv6' ? payload.payload : undefined;

const discovery = (frames: readonly CapturedFrame[], type: number): CapturedFrame | undefined =>
  frames.find((captured) => messageOf(captured)?.type === type);

describe('neighbour discovery', () => {
  it('asks the group of the address, and gets an answer that says what the neighbour is', () => {
    const world = clientRouterServer();
    const frames = seenOn(world.ping('c', '2001:db8:1::1'), 'c', 'e1');
    const question = discovery(frames, 135);
    expect(formatMac(question?.frame.dst ?? 0)).toBe('33:33:ff:00:00:01');
    expect(question?.frame.payload).toMatchObject({
      hopLimit: 255,
      src: parseIp('2001:db8:1::2'),
      dst: parseIp('ff02::1:ff00:1'),
    });
    const answer = discovery(frames, 136);
    expect(answer?.frame.payload).toMatchObject({
      hopLimit: 255,
      src: parseIp('2001:db8:1::1'),
      dst: parseIp('2001:db8:1::2'),
    });
    // Router, solicited, override.
    expect(answer === undefined ? 0 : (messageOf(answer)?.rest ?? 0) >>> 29).toBe(0b111);
  });

  it('does not answer for addresses of other devices, as ARP does', () => {
    const world = clientRouterServer().run('c', 'route add 2001:db8:2::1/128 dev e1');
    expect(world.ping('c', '2001:db8:2::1').outcome).toBe('unreachable');
  });

  it('resolves link-local gateways, each on its own link', () => {
    const world = new World().add('pod', 'node').run(
      'pod',
      `link add eth0 type veth peer name cali1 netns node address ee:ee:ee:ee:ee:ee
       link set dev eth0 up
       address add fd00:10::5/128 dev eth0`,
    );
    world.run(
      'node',
      `net.ipv6.conf.all.forwarding = 1
       link set dev cali1 up
       route add fd00:10::5/128 dev cali1
       address add fd00:1::1/64 dev lo`,
    );
    const gateway = 'fe80::ecee:eeff:feee:eeee';
    expect(
      world.network
        .namespace('node')
        .devices()
        .at(-1)
        ?.addresses.map(({ address }) => formatIp(address)),
    ).toEqual([gateway]);
    world.run('pod', `route add default via ${gateway} dev eth0`);
    expect(ending(world.ping('pod', 'fd00:1::1'))).toBe('delivered, delivered');
    expect(ending(world.ping('node', 'fd00:10::5'))).toBe('delivered, delivered');
  });

  it('walks ip6tables like everything else', () => {
    const world = clientRouterServer();
    world.network.apply({
      namespace: 'r',
      commands: [
        append(
          'filter',
          'INPUT',
          [
            { kind: 'protocol', protocol: 'ipv6-icmp' },
            { kind: 'icmp', version: 6, type: 135 },
          ],
          { kind: 'drop' },
          6,
        ),
      ],
    });
    expect(world.ping('c', '2001:db8:1::1').outcome).toBe('unreachable');
  });

  it('has nothing to ask with on a device without addresses', () => {
    const world = clientRouterServer().run(
      'c',
      'net.ipv6.conf.e1.disable_ipv6 = 1 \n net.ipv6.conf.e1.disable_ipv6 = 0',
    );
    world.run('c', 'net.ipv6.conf.e1.addr_gen_mode = 1');
    expect(world.ping('c', '2001:db8:1::1').outcome).toBe('unreachable');
  });
});
