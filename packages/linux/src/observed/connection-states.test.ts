import { describe, expect, it } from 'vitest';
import { clientRouterServer, ending, type World } from '../test-world.ts';

/** A router that counts, in FORWARD, what conntrack thinks of packets. */
const counting = (): World =>
  clientRouterServer().iptables(
    'r',
    ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']
      .map((state) => `filter -A FORWARD -m conntrack --ctstate ${state}`)
      .join('\n'),
  );

/** Packets counted in each state, those in none left out. */
const states = (world: World): Readonly<Record<string, number>> =>
  Object.fromEntries(
    world.counted('r').flatMap((line) => {
      const [, packets, state = ''] = /^\[(\d+)\] .*--ctstate (\w+)$/.exec(line) ?? [];
      return packets === undefined || packets === '0' ? [] : [[state, Number(packets)]];
    }),
  );

describe('the packets of a conversation, as a router classes them', () => {
  it('a datagram and its answer: one begins, one belongs', () => {
    const world = counting();
    world.udp('c', '10.2.0.2', 8080, { sourcePort: 5001 });
    expect(states(world)).toEqual({ NEW: 1, ESTABLISHED: 1 });
    expect(world.connections('r')[0]).toMatch(/^udp +17 30 .* dport=8080 src=.* mark=0 use=1$/);
    world.network.advance(2400);
    world.udp('c', '10.2.0.2', 8080, { sourcePort: 5001 });
    expect(world.connections('r')[0]).toMatch(/^udp +17 120 .* \[ASSURED\] mark=0 use=1$/);
  });

  it('three pings: one begins, five belong', () => {
    const world = counting();
    for (let n = 0; n < 3; n++) world.ping('c', '10.2.0.2', { sourcePort: 7 });
    expect(states(world)).toEqual({ NEW: 1, ESTABLISHED: 5 });
  });

  it('a datagram to a closed port: the error is related', () => {
    const world = counting();
    world.udp('c', '10.2.0.2', 9);
    expect(states(world)).toEqual({ NEW: 1, RELATED: 1 });
  });

  it('a refused connection: the reset belongs to it, and ends it', () => {
    const world = counting();
    world.tcp('c', '10.2.0.2', 9);
    expect(states(world)).toEqual({ NEW: 1, ESTABLISHED: 1 });
    expect(world.connections('r')).toEqual([]);
  });

  it('an opened connection: its entry goes through the states of the handshake', () => {
    const world = counting();
    const flow = world.network.open({
      namespace: 'c',
      protocol: 'tcp',
      to: 0x0a02_0002,
      port: 8080,
      sourcePort: 5001,
    });
    flow.send();
    expect(world.connections('r')[0]).toMatch(/^tcp +6 60 SYN_RECV /);
    flow.send();
    expect(world.connections('r')[0]).toMatch(/^tcp +6 \d+ ESTABLISHED .*\[ASSURED\]/);
    expect(states(world)).toMatchObject({ NEW: 1 });
  });

  it('a packet that is dropped leaves no entry', () => {
    const world = counting().iptables('r', 'filter -A FORWARD -p udp -j DROP');
    world.udp('c', '10.2.0.2', 8080);
    expect(states(world)).toEqual({ NEW: 1 });
    expect(world.connections('r')).toEqual([]);
  });

  it('a question exempt from tracking: its answer begins something, and nothing is translated', () => {
    const world = counting().iptables(
      'r',
      `raw -A PREROUTING -i e1 -j CT --notrack
       nat -A POSTROUTING -o e2 -j MASQUERADE`,
    );
    const trace = world.udp('c', '10.2.0.2', 8080);
    expect(ending(trace)).toBe('delivered, delivered');
    expect(trace.request.at(-1)?.steps.at(-1)?.packet?.src ?? 0x0a01_0002).toBe(0x0a01_0002);
    expect(states(world)).toEqual({ UNTRACKED: 1, NEW: 1 });
  });
});

describe('the nat table', () => {
  it('is asked once for a conversation, the mangle table for every packet', () => {
    const world = clientRouterServer().iptables(
      'r',
      `nat -A PREROUTING -p icmp
       mangle -A PREROUTING -p icmp
       filter -A FORWARD -m conntrack --ctstate NEW`,
    );
    for (let n = 0; n < 5; n++) world.ping('c', '10.2.0.2', { sourcePort: 9 });
    expect(world.counted('r')).toEqual([
      '[10] -A PREROUTING -p icmp',
      '[1] -A FORWARD -m conntrack --ctstate NEW',
      '[1] -A PREROUTING -p icmp',
    ]);
  });

  it('keeps a conversation where it went when the rule changes, until its entry is deleted', () => {
    const world = clientRouterServer().run('s', 'address add 10.2.0.3/24 dev e2');
    const rule = (target: string, op = '-A') =>
      world.iptables(
        'r',
        `nat ${op} PREROUTING -d 10.9.9.9/32 -p udp -j DNAT --to-destination ${target}:8080`,
      );
    const reached = (): string | undefined =>
      /from (\S+)/.exec(world.udp('c', '10.9.9.9', 80, { sourcePort: 5001 }).reason)?.[1] ??
      world.connections('r')[0]?.match(/src=(10\.2\.0\.\d)/)?.[1];
    world.run('r', 'route add 10.9.9.9/32 via 10.2.0.2');
    rule('10.2.0.2');
    reached();
    expect(world.connections('r')[0]).toContain('src=10.2.0.2 dst=10.1.0.2');
    rule('10.2.0.2', '-D');
    rule('10.2.0.3');
    reached();
    expect(world.connections('r')[0]).toContain('src=10.2.0.2 dst=10.1.0.2');
    world.network.apply({
      namespace: 'r',
      commands: [{ kind: 'conntrack', op: 'delete', family: 4, protocol: 'udp' }],
    });
    reached();
    expect(world.connections('r')[0]).toContain('src=10.2.0.3 dst=10.1.0.2');
  });

  it('sleeps while no rule translates and none asks conntrack', () => {
    const world = clientRouterServer().iptables(
      'r',
      `nat -A PREROUTING -p icmp
       mangle -A PREROUTING -p icmp`,
    );
    world.ping('c', '10.2.0.2');
    const counts = () =>
      world
        .counted('r')
        .slice(0, 2)
        .map((line) => line.slice(0, 3));
    expect(world.connections('r')).toEqual([]);
    expect(world.counted('r')).toEqual(['[2] -A PREROUTING -p icmp', '[0] -A PREROUTING -p icmp']);
    world.iptables('r', 'filter -A FORWARD -m conntrack --ctstate NEW');
    world.ping('c', '10.2.0.2');
    expect(counts()).toEqual(['[4]', '[1]']);
    expect(world.counted('r').at(-1)).toBe('[1] -A PREROUTING -p icmp');
  });
});
