import { parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { append, clientRouterServer, ending, seenOn, World } from '../test-world.ts';

const prefix = parsePrefix('172.30.0.41/32');

describe('what a host sends', () => {
  it('is routed again when OUTPUT sends it elsewhere, with the source it had', () => {
    const world = clientRouterServer().run('c', 'link add d type dummy \n link set dev d up');
    world.run('c', 'address add 192.0.2.9/24 dev d \n route add 172.30.0.0/16 dev d');
    world.network.apply({
      namespace: 'c',
      commands: [
        append(
          'nat',
          'OUTPUT',
          [
            { kind: 'destination', prefix },
            { kind: 'protocol', protocol: 'tcp' },
          ],
          {
            kind: 'dnat',
            address: parseIp('10.2.0.2'),
            port: 8080,
          },
        ),
      ],
    });
    world.run('r', 'route add 192.0.2.9/32 via 10.1.0.2');
    const trace = world.tcp('c', '172.30.0.41', 80);
    expect(ending(trace)).toBe('delivered, delivered');
    const routes = trace.request[0]?.steps.filter(({ kind }) => kind === 'route');
    expect(routes).toMatchObject([{ device: 'd' }, { device: 'e1' }]);
    expect(trace.request.at(-1)?.steps[0]).toMatchObject({
      frame: { payload: { src: parseIp('192.0.2.9') } },
    });
  });

  it('is routed again when OUTPUT marks it, if there was a route without the mark', () => {
    const world = new World().add('c', 'far').run(
      'c',
      `link add e type veth peer name e netns far
       link set dev e up
       address add 10.1.0.2/24 dev e
       route add default via 10.1.0.1 table 77
       rule add from all fwmark 0x1/0x1 priority 100 lookup 77`,
    );
    world.network.apply({
      namespace: 'c',
      commands: [append('mangle', 'OUTPUT', [], { kind: 'mark', value: 1, mask: 0xffff_ffff })],
    });
    expect(world.ping('c', '192.0.2.1').reason).toBe('Network is unreachable');
    world.run('c', 'route add blackhole 192.0.2.0/24 metric 7 \n route add default dev e');
    const trace = world.ping('c', '198.51.100.1');
    expect(trace.request[0]?.steps.filter(({ kind }) => kind === 'route')).toMatchObject([
      { table: 254 },
      { table: 77 },
    ]);
  });

  it('to an own address goes by lo, through all four hooks, as one packet', () => {
    const world = clientRouterServer();
    const tcp = { kind: 'protocol', protocol: 'icmp' } as const;
    world.network.apply({
      namespace: 's',
      commands: (['OUTPUT', 'POSTROUTING', 'PREROUTING', 'INPUT'] as const).map((chain) =>
        append('mangle', chain, [tcp]),
      ),
    });
    const trace = world.ping('s', '10.2.0.2');
    expect(ending(trace)).toBe('delivered, delivered');
    const kinds = trace.request[0]?.steps.map((step) =>
      step.kind === 'policy' ? step.chain : step.kind,
    );
    expect(kinds).toEqual([
      ...['send', 'route', 'OUTPUT', 'POSTROUTING'],
      ...['receive', 'PREROUTING', 'INPUT', 'deliver'],
    ]);
    expect(seenOn(trace, 's', 'lo')).toHaveLength(2);
  });

  it('may be dropped before it leaves', () => {
    const world = clientRouterServer();
    world.network.apply({
      namespace: 'c',
      commands: [
        append('filter', 'OUTPUT', [{ kind: 'protocol', protocol: 'udp' }], { kind: 'drop' }),
      ],
    });
    const trace = world.udp('c', '10.2.0.2', 8080);
    expect(ending(trace)).toBe('dropped, no answer');
    expect(seenOn(trace, 'c', 'e1')).toEqual([]);
  });

  it('is masqueraded with the address that its exit has towards the next hop', () => {
    const world = clientRouterServer().run('r', 'address add 10.2.0.99/24 dev e2');
    world.network.apply({
      namespace: 'r',
      commands: [
        append('nat', 'POSTROUTING', [{ kind: 'out-interface', name: 'e2' }], {
          kind: 'masquerade',
        }),
      ],
    });
    world.run('s', 'route delete default');
    const trace = world.udp('c', '10.2.0.2', 8080);
    expect(ending(trace)).toBe('delivered, delivered');
    expect(trace.request.at(-1)?.steps[0]).toMatchObject({
      frame: { payload: { src: parseIp('10.2.0.1') } },
    });
  });

  it('carries its mark through one namespace and not into the next', () => {
    const world = clientRouterServer();
    const marked = { kind: 'mark', value: 5, mask: 0xffff_ffff } as const;
    world.network.apply({
      namespace: 'c',
      commands: [append('mangle', 'OUTPUT', [], marked), append('mangle', 'POSTROUTING', [marked])],
    });
    world.network.apply({ namespace: 'r', commands: [append('mangle', 'PREROUTING', [marked])] });
    world.ping('c', '10.2.0.2');
    const counted = (namespace: string) =>
      world.network.namespace(namespace).netfilter.iptablesSave(4, { counters: true });
    expect(counted('c')).toMatch(/\[1:84\] -A POSTROUTING -m mark/);
    expect(counted('r')).toMatch(/\[0:0\] -A PREROUTING -m mark/);
  });
});
