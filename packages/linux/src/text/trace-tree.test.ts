import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, clientRouterServer, World } from '../test-world.ts';
import type { PacketTrace } from '../trace.ts';
import { formatTrace } from './trace-tree.ts';

/** A trace between hosts whose MACs do not depend on the seed. */
function translated(): PacketTrace {
  const world = new World().add('a', 'b').run(
    'a',
    `link add e address 02:00:00:00:00:0a type veth peer name e address 02:00:00:00:00:0b netns b
     link set dev e up
     address add 10.0.0.1/24 dev e`,
  );
  world.run('b', 'link set dev e up \n address add 10.0.0.2/24 dev e');
  world.network.listen('b', 'udp', 80);
  world.network.apply({
    namespace: 'b',
    commands: [
      append('nat', 'PREROUTING', [{ kind: 'protocol', protocol: 'udp' }], {
        kind: 'dnat',
        address: parseIp('10.0.0.2'),
        port: 80,
      }),
      append('filter', 'INPUT', [{ kind: 'protocol', protocol: 'udp' }], { kind: 'accept' }),
    ],
  });
  return world.udp('a', '10.0.0.2', 8080, { sourcePort: 40_000 });
}

describe('a trace as a tree', () => {
  it('tells the whole story, a line a step', () => {
    expect(formatTrace(translated())).toMatchInlineSnapshot(`
      "request: delivered (b listens on udp port 80)
      a
      ├─ send         10.0.0.1:40000 → 10.0.0.2:8080 udp, ttl 64, 28 bytes
      ├─ route        10.0.0.0/24 dev e proto kernel scope link src 10.0.0.1 (table main, from 10.0.0.1)
      ├─ neighbour    10.0.0.2 is 02:00:00:00:00:0b on e (resolved)
      └─ transmit     e  02:00:00:00:00:0a → 02:00:00:00:00:0b
      b
      ├─ receive      e  02:00:00:00:00:0a → 02:00:00:00:00:0b
      ├─ conntrack    NEW
      ├─ rule         nat PREROUTING 1: -p udp -j DNAT --to-destination 10.0.0.2:80
      ├─ nat          destination 10.0.0.2:8080 → 10.0.0.2:80
      ├─ route        local 10.0.0.2 dev e proto kernel scope host src 10.0.0.2 (table local)
      ├─ rule         filter INPUT 1: -p udp -j ACCEPT
      └─ deliver      udp 10.0.0.2:80

      reply: delivered
      b
      ├─ send         10.0.0.2:80 → 10.0.0.1:40000 udp, ttl 64, 28 bytes
      ├─ route        10.0.0.0/24 dev e proto kernel scope link src 10.0.0.2 (table main, from 10.0.0.2)
      ├─ conntrack    ESTABLISHED
      ├─ nat          source 10.0.0.2:80 → 10.0.0.2:8080
      ├─ neighbour    10.0.0.1 is 02:00:00:00:00:0a on e (cached)
      └─ transmit     e  02:00:00:00:00:0b → 02:00:00:00:00:0a  10.0.0.2:8080 → 10.0.0.1:40000 udp, ttl 64, 28 bytes
      a
      ├─ receive      e  02:00:00:00:00:0b → 02:00:00:00:00:0a
      ├─ route        local 10.0.0.1 dev e proto kernel scope host src 10.0.0.1 (table local)
      └─ deliver      udp 10.0.0.1:40000 → 10.0.0.2:8080
      "
    `);
  });

  it('tells how a packet ended where it did not arrive', () => {
    const text = formatTrace(clientRouterServer().ping('c', '10.66.0.1'));
    expect(text).toContain('request: unreachable (Network is unreachable)\n');
    expect(text).toContain('└─ unreachable  Network is unreachable\n');
    expect(text).toContain('\nreply: delivered\n');
  });

  it('writes rules in the words of the family they are of', () => {
    const world = clientRouterServer();
    world.network.apply({
      namespace: 's',
      commands: [
        append(
          'filter',
          'INPUT',
          [{ kind: 'protocol', protocol: 'udp' }],
          { kind: 'reject', with: 'icmp6-port-unreachable' },
          6,
        ),
      ],
    });
    expect(formatTrace(world.udp('c', '2001:db8:2::2', 8080))).toContain(
      'filter INPUT 1: -p udp -j REJECT --reject-with icmp6-port-unreachable',
    );
  });

  it('of nothing at all is short', () => {
    expect(formatTrace({ outcome: 'dropped', reason: 'x', request: [], captures: [] })).toBe(
      'request: dropped (x)\n',
    );
  });
});
