import { encodeFrame, parseIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoNodes } from './test-two-nodes.ts';
import { clientRouterServer, ending, World } from './test-world.ts';
import type { PacketTrace } from './trace.ts';

describe('namespaces', () => {
  it('are made, found and deleted by name', () => {
    const { network } = new World();
    const made = network.addNamespace('a');
    expect(network.namespace('a')).toBe(made);
    expect(network.hasNamespace('a')).toBe(true);
    expect(network.hasNamespace('b')).toBe(false);
    expect(() => network.addNamespace('a')).toThrow(RangeError);
    expect(() => network.namespace('b')).toThrow(RangeError);
    network.addNamespace('b');
    expect(network.namespaceNames()).toEqual(['a', 'b']);
    network.deleteNamespace('a');
    expect(network.namespaceNames()).toEqual(['b']);
    expect(() => network.deleteNamespace('a')).toThrow(RangeError);
  });

  it('have a loopback device that is down, and nothing else', () => {
    const { network } = new World();
    expect(network.addNamespace('a').devices()).toEqual([
      { name: 'lo', type: 'lo', mac: 0, mtuBytes: 65_536, up: false, carrier: true, addresses: [] },
    ]);
  });

  it('take the far ends of their cables with them', () => {
    const world = clientRouterServer();
    world.network.deleteNamespace('r');
    const names = (name: string) =>
      world.network
        .namespace(name)
        .devices()
        .map((device) => device.name);
    expect([names('c'), names('s')]).toEqual([['lo'], ['lo']]);
    expect(world.routes('c')).toEqual([]);
    expect(world.ping('c', '10.1.0.1').reason).toBe('Network is unreachable');
  });
});

describe('a look inside', () => {
  const world = clientRouterServer();
  world.ping('c', '10.2.0.2');
  const r = world.network.namespace('r');

  it('shows devices with what they are and where they lead', () => {
    expect(r.devices().find(({ name }) => name === 'e2')).toMatchObject({
      type: 'veth',
      mtuBytes: 1500,
      up: true,
      carrier: true,
      peer: { namespace: 's', device: 'e2' },
    });
  });

  it('shows routes as commands that would make them', () => {
    expect(r.routes(4)).toContainEqual({
      type: 'unicast',
      dst: { address: parseIp('10.1.0.0'), length: 24 },
      dev: 'e1',
      src: parseIp('10.1.0.1'),
      scope: 'link',
      protocol: 'kernel',
      metric: 0,
      table: 254,
    });
    expect(r.routes(6, 255).every(({ type }) => type === 'local')).toBe(true);
    expect(r.routes(4, 77)).toEqual([]);
    expect(r.ipRoute(4, 77)).toBe('');
  });

  it('shows neighbours and the decision for a packet', () => {
    expect(r.neighbours().map(({ address, state }) => [address, state])).toContainEqual([
      parseIp('10.2.0.2'),
      'reachable',
    ]);
    expect(r.route(parseIp('10.2.0.9'))).toMatchObject({
      kind: 'route',
      table: 254,
      device: 'e2',
      source: parseIp('10.2.0.1'),
    });
    expect(r.route(parseIp('10.1.0.1'))).toMatchObject({ kind: 'local', table: 255 });
    expect(r.route(parseIp('192.0.2.1'), { inDevice: 'e1' })).toEqual({
      kind: 'error',
      error: 'ENETUNREACH',
    });
    expect(r.route(parseIp('192.0.2.1'), { inDevice: 'nowhere' })).toMatchObject({
      error: 'EINVAL',
    });
  });
});

describe('sending', () => {
  it('records steps and frames only where asked to', () => {
    const { network } = clientRouterServer();
    const probe = { namespace: 'c', protocol: 'icmp', to: parseIp('10.2.0.2'), port: 0 } as const;
    const silent = network.send(probe, { trace: false });
    expect(silent).toEqual({
      outcome: 'delivered',
      reason: 'the kernel of s answers echo requests',
      request: [],
      reply: [],
      replyOutcome: 'delivered',
      captures: [],
    });
    const traced = network.send(probe);
    expect(traced.request.length).toBeGreaterThan(0);
    expect(traced.captures).toEqual([]);
    expect(network.send(probe, { trace: false, capture: true }).captures.length).toBeGreaterThan(0);
  });

  it('comes out the same whether it is watched or not', () => {
    for (const to of ['10.2.0.2', '10.2.0.9', '10.66.0.1', '2001:db8:2::2', 'fd00::1']) {
      const probe = { namespace: 'c', protocol: 'udp', to: parseIp(to), port: 9 } as const;
      const watched = clientRouterServer().network.send(probe, { capture: true });
      const alone = clientRouterServer().network.send(probe, { trace: false });
      expect([alone.outcome, alone.replyOutcome]).toEqual([watched.outcome, watched.replyOutcome]);
    }
  });

  it('leaves the clock alone, unless something had to be waited for', () => {
    const world = clientRouterServer();
    world.ping('c', '10.2.0.2');
    expect(world.network.nowMs).toBe(0);
    world.ping('c', '10.2.0.9');
    expect(world.network.nowMs).toBe(3000);
    world.network.advance(500);
    expect(world.network.nowMs).toBe(3500);
    expect(() => world.network.advance(-1)).toThrow(RangeError);
  });

  it('gives the same bytes for the same seed, and others for another', () => {
    const bytes = (seed: number): readonly Uint8Array[] => {
      const world = new World({ seed }).add('a', 'b').run(
        'a',
        `link add e type veth peer name e netns b
         link set dev e up
         address add 10.0.0.1/24 dev e`,
      );
      world.run('b', 'link set dev e up \n address add 10.0.0.2/24 dev e');
      return world.tcp('a', '10.0.0.2', 80).captures.map(({ frame }) => encodeFrame(frame));
    };
    expect(bytes(5)).toEqual(bytes(5));
    expect(bytes(5)).not.toEqual(bytes(6));
  });
});

/** Probes of any kind, to addresses that exist and to some that do not. */
const probes = fc.record({
  from: fc.constantFrom('pod1', 'pod2', 'node1', 'node2'),
  protocol: fc.constantFrom('tcp', 'udp', 'sctp', 'icmp'),
  to: fc.constantFrom(
    ...['10.244.1.2', '10.244.2.2', '10.244.1.1', '10.244.2.0', '192.0.2.11', '192.0.2.12'],
    ...['10.244.2.99', '10.99.0.1', '127.0.0.1', '192.0.2.99'],
  ),
  port: fc.constantFrom(80, 81),
  ttl: fc.integer({ min: 1, max: 5 }),
  payloadBytes: fc.constantFrom(0, 100, 1400, 1460, 3000),
});

describe('whatever is sent', () => {
  const send = (
    probe: { from: string; protocol: string; to: string },
    more: object,
  ): PacketTrace => {
    const network = twoNodes();
    for (const pod of ['pod1', 'pod2']) network.listen(pod, 'tcp', 80);
    const { from, to, protocol } = probe;
    const kind = protocol as 'tcp';
    return network.send(
      { namespace: from, protocol: kind, port: 80, ...more, to: parseIp(to) },
      { capture: true },
    );
  };

  it('ends, says how, and its last step says the same', () => {
    fc.assert(
      fc.property(probes, ({ from, protocol, to, port, ttl, payloadBytes }) => {
        const trace = send({ from, protocol, to }, { port, ttl, payloadBytes });
        expect(trace.reason).not.toBe('');
        const last = trace.request.at(-1)?.steps.at(-1);
        if (trace.outcome === 'delivered') expect(last?.kind).toBe('deliver');
        else expect(last).toMatchObject({ kind: 'end', outcome: trace.outcome });
      }),
      { numRuns: 60 },
    );
  });

  it('what leaves one end of a cable arrives at the other, byte for byte', () => {
    fc.assert(
      fc.property(probes, ({ from, protocol, to, port, payloadBytes }) => {
        const { captures } = send({ from, protocol, to }, { port, payloadBytes });
        const seen = (namespace: string, device: string, direction: 'in' | 'out') =>
          captures
            .filter(
              (c) => c.namespace === namespace && c.device === device && c.direction === direction,
            )
            .map(({ frame }) => encodeFrame(frame));
        expect(seen('node1', 'veth0', 'in')).toEqual(seen('pod1', 'eth0', 'out'));
        expect(seen('pod2', 'eth0', 'in')).toEqual(seen('node2', 'veth0', 'out'));
        expect(seen('underlay', 'port1', 'in')).toEqual(seen('node1', 'eth0', 'out'));
      }),
      { numRuns: 40 },
    );
  });
});

describe('many entries', () => {
  it('load and are found without delay: 5,000 routes, neighbours and FDB entries', () => {
    const world = new World().add('n', 'far').run(
      'n',
      `link add e type veth peer name e netns far
       link set dev e up
       address add 192.0.0.1/16 dev e
       link add vx type vxlan id 1 local 192.0.0.1 dev e dstport 8472 nolearning
       link set dev vx up`,
    );
    const commands = Array.from({ length: 5000 }, (_, index) => {
      const address = 0x0a00_0000 + index * 256;
      const mac = 0x0200_0000_0000 + index;
      return [
        {
          kind: 'route-replace',
          route: { dst: { address, length: 24 }, via: address, dev: 'vx', onlink: true },
        },
        { kind: 'neighbour-replace', dev: 'vx', address, mac, state: 'permanent' },
        { kind: 'fdb-append', dev: 'vx', mac, dst: 0xc000_1000 + index, life: 'permanent' },
      ] as const;
    }).flat();
    world.network.apply({ namespace: 'n', commands });
    world.run('n', 'link set dev vx down \n link set dev vx up');
    expect(world.network.namespace('n').fdb()).toHaveLength(5000);
    expect(world.routes('n')).toHaveLength(1);
  });
});

describe('two nodes on a switch', () => {
  it('are told apart by the probe alone', () => {
    const network = twoNodes();
    network.listen('pod2', 'tcp', 80);
    const outcome = (port: number) =>
      network.send({ namespace: 'pod1', protocol: 'tcp', to: parseIp('10.244.2.2'), port });
    expect(ending(outcome(80))).toBe('delivered, delivered');
    expect(ending(outcome(81))).toBe('refused, delivered');
  });
});
