import { parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Match } from '../netfilter/rule.ts';
import { append, ending, lines, World } from '../test-world.ts';

interface Family {
  readonly family: 4 | 6;
  readonly gateway: string;
  readonly pods: readonly [string, string];
  readonly length: number;
  readonly service: string;
  readonly everything: string;
}

const FAMILIES: readonly Family[] = [
  {
    family: 4,
    gateway: '10.244.0.254',
    pods: ['10.244.0.1', '10.244.0.2'],
    length: 24,
    service: '172.30.0.41/32',
    everything: '0.0.0.0/0',
  },
  {
    family: 6,
    gateway: 'fd00:10::254',
    pods: ['fd00:10::1', 'fd00:10::2'],
    length: 64,
    service: 'fd00:99::41/128',
    everything: '::/0',
  },
];

/** Two pods on a bridge whose host routes for them; a Service address is translated to the first. */
function pods({ family, gateway, pods, length, service, everything }: Family): World {
  const world = new World().add('n', 'p1', 'p2').run(
    'n',
    `net.ipv4.ip_forward = 1
     net.ipv6.conf.all.forwarding = 1
     link add cni0 type bridge
     link set dev cni0 up
     address add ${gateway}/${length} dev cni0`,
  );
  for (const [index, address] of pods.entries()) {
    const i = index + 1;
    world.run(
      'n',
      `link add v${i} type veth peer name eth0 netns p${i}
       link set dev v${i} master cni0 up`,
    );
    world.run(
      `p${i}`,
      `link set dev eth0 up
       address add ${address}/${length} dev eth0
       route add ${everything} via ${gateway}`,
    );
    world.network.listen(`p${i}`, 'udp', 8080);
    world.network.listen(`p${i}`, 'tcp', 8080);
  }
  const prefix = parsePrefix(service);
  world.network.apply({
    namespace: 'n',
    commands: [
      append(
        'nat',
        'PREROUTING',
        [
          { kind: 'destination', prefix },
          { kind: 'protocol', protocol: 'udp' },
        ],
        { kind: 'dnat', address: parseIp(pods[0]), port: 8080 },
        family,
      ),
    ],
  });
  return world;
}

const serviceOf = ({ service }: Family): string => service.split('/')[0] ?? '';

const masquerade = (world: World, { family, pods, length }: Family): void => {
  const prefix = { address: parseIp(pods[0]), length: length === 24 ? 32 : 128 };
  const toItself: Match[] = [
    { kind: 'source', prefix },
    { kind: 'destination', prefix },
  ];
  world.network.apply({
    namespace: 'n',
    commands: [append('nat', 'POSTROUTING', toItself, { kind: 'masquerade' }, family)],
  });
};

describe.each(FAMILIES)('a pod that calls the Service it serves itself (IPv$family)', (family) => {
  const call = (world: World): string => ending(world.udp('p1', serviceOf(family), 80));
  const hairpin = (world: World): World => world.run('n', 'link set dev v1 hairpin on');

  it('gets nowhere over a port that is no hairpin', () => {
    const world = pods(family);
    expect(call(world)).toBe('dropped, no answer');
    masquerade(world, family);
    expect(call(world)).toBe('dropped, no answer');
    expect(world.network.namespace('n').netfilter.conntrackList()).not.toContain('8080');
  });

  it('hears itself over a hairpin, and does not believe it', () => {
    const outcome = call(hairpin(pods(family)));
    // IPv6 believes that its own address comes from outside, but then answers itself untranslated.
    expect(outcome).toBe(family.family === 4 ? 'dropped, no answer' : 'delivered, refused');
  });

  it('succeeds with a hairpin and a masquerade', () => {
    const world = hairpin(pods(family));
    masquerade(world, family);
    expect(call(world)).toBe('delivered, delivered');
  });
});

describe.each(FAMILIES)('a pod that calls its neighbour by Service (IPv$family)', (family) => {
  it('succeeds, because answers over the bridge are translated too', () => {
    expect(ending(pods(family).udp('p2', serviceOf(family), 80))).toBe('delivered, delivered');
  });

  it('fails when the bridge does not show its frames to iptables', () => {
    const world = pods(family).run(
      'n',
      `net.bridge.bridge-nf-call-iptables = 0
       net.bridge.bridge-nf-call-ip6tables = 0`,
    );
    expect(ending(world.udp('p2', serviceOf(family), 80))).toBe('delivered, refused');
  });
});

describe.each(FAMILIES)(
  'a translated frame to a neighbour on the bridge (IPv$family)',
  (family) => {
    /** Whether the request shows itself on the bridge device on its way out, as the kernel's taps see it. */
    const sentByBridge = (world: World): boolean =>
      world
        .udp('p2', serviceOf(family), 80)
        .request.some(({ steps }) =>
          steps.some((step) => step.kind === 'transmit' && step.device === 'cni0'),
        );

    it('is sent by the bridge device the first time, and goes straight from port to port from then on', () => {
      const world = pods(family);
      expect([sentByBridge(world), sentByBridge(world)]).toEqual([true, false]);
    });

    it('is sent by the bridge device again when the neighbour has not been confirmed for long', () => {
      const world = pods(family);
      sentByBridge(world);
      world.network.advance(120_000);
      expect([sentByBridge(world), sentByBridge(world)]).toEqual([true, true]);
    });
  },
);

describe.each(FAMILIES)('frames between ports (IPv$family)', (family) => {
  const udp: Match = { kind: 'protocol', protocol: 'udp' };
  const counted = (world: World, chain: string, matches: readonly Match[]): void => {
    const command = append('mangle', chain, [udp, ...matches], undefined, family.family);
    world.network.apply({ namespace: 'n', commands: [command] });
  };
  const counts = (world: World): readonly string[] =>
    lines(world.network.namespace('n').netfilter.iptablesSave(family.family, { counters: true }))
      .filter((line) => line.startsWith('['))
      .map((line) => line.replace(/:\d+\]/, ']'))
      .filter((line) => !line.includes('DNAT'));

  function watched(): World {
    const world = pods(family);
    counted(world, 'PREROUTING', [{ kind: 'in-interface', name: 'cni0' }]);
    counted(world, 'PREROUTING', [{ kind: 'physdev', in: 'v1' }]);
    counted(world, 'INPUT', [{ kind: 'physdev', in: 'v1' }]);
    counted(world, 'FORWARD', [
      { kind: 'in-interface', name: 'cni0' },
      { kind: 'out-interface', name: 'cni0' },
    ]);
    counted(world, 'FORWARD', [{ kind: 'physdev', isBridged: true, in: 'v1', out: 'v2' }]);
    counted(world, 'POSTROUTING', [{ kind: 'physdev', isBridged: true }]);
    return world;
  }

  it('walk PREROUTING, FORWARD and POSTROUTING as of the bridge, with the ports beside', () => {
    const world = watched();
    world.udp('p1', family.pods[1], 8080);
    expect(counts(world)).toEqual([
      '[2] -A PREROUTING -i cni0 -p udp',
      '[1] -A PREROUTING -p udp -m physdev --physdev-in v1',
      '[0] -A INPUT -p udp -m physdev --physdev-in v1',
      '[2] -A FORWARD -i cni0 -o cni0 -p udp',
      '[1] -A FORWARD -p udp -m physdev --physdev-in v1 --physdev-out v2 --physdev-is-bridged',
      '[2] -A POSTROUTING -p udp -m physdev --physdev-is-bridged',
    ]);
  });

  it('walk PREROUTING once when they are for the host', () => {
    const world = watched();
    world.network.listen('n', 'udp', 53);
    world.udp('p1', family.gateway, 53);
    expect(counts(world).slice(0, 4)).toEqual([
      '[1] -A PREROUTING -i cni0 -p udp',
      '[1] -A PREROUTING -p udp -m physdev --physdev-in v1',
      '[1] -A INPUT -p udp -m physdev --physdev-in v1',
      '[0] -A FORWARD -i cni0 -o cni0 -p udp',
    ]);
  });

  it('show themselves to no rule where the switch is off', () => {
    const world = watched().run(
      'n',
      `net.bridge.bridge-nf-call-iptables = 0
       net.bridge.bridge-nf-call-ip6tables = 0`,
    );
    world.udp('p1', family.pods[1], 8080);
    expect(counts(world).every((line) => line.startsWith('[0]'))).toBe(true);
  });

  it('leave pieces of a packet as they came, though conntrack looked at the whole', () => {
    const world = watched();
    const trace = world.udp('p1', family.pods[1], 8080, {
      payloadBytes: 4000,
      dontFragment: false,
    });
    expect(ending(trace)).toBe('delivered, delivered');
    expect(counts(world)[4]).toMatch(/^\[1\]/);
    const pieces = trace.captures.filter(
      ({ namespace, device, direction, frame: { payload } }) =>
        namespace === 'n' &&
        device === 'v2' &&
        direction === 'out' &&
        (payload.kind === 'ipv4' || payload.kind === 'ipv6') &&
        payload.payload.kind === 'raw',
    );
    expect(pieces).toHaveLength(3);
  });
});

describe.each(FAMILIES)('a bridged packet that is rejected (IPv$family)', (family) => {
  const reject = (world: World, protocol: 'tcp' | 'udp', how: 'reset' | 'port'): void => {
    const target =
      how === 'reset'
        ? ({ kind: 'reject', with: 'tcp-reset' } as const)
        : family.family === 4
          ? ({ kind: 'reject', with: 'icmp-port-unreachable' } as const)
          : ({ kind: 'reject', with: 'icmp6-port-unreachable' } as const);
    const port: Match = { kind: 'port', protocol, side: 'destination', first: 8080, last: 8080 };
    world.network.apply({
      namespace: 'n',
      commands: [
        append('filter', 'FORWARD', [{ kind: 'protocol', protocol }, port], target, family.family),
      ],
    });
  };

  it('is told so by a reset that seems to come from the other pod, out of the port it came in by', () => {
    const world = pods(family);
    reject(world, 'tcp', 'reset');
    const trace = world.tcp('p1', family.pods[1], 8080);
    expect(ending(trace)).toBe('rejected, delivered');
    expect(trace.reply?.[0]?.steps.map(({ kind }) => kind)).toEqual(['send', 'transmit']);
  });

  it('is told so by an ICMP error from the bridge', () => {
    const world = pods(family);
    reject(world, 'udp', 'port');
    const trace = world.udp('p1', family.pods[1], 8080);
    expect(ending(trace)).toBe('rejected, delivered');
    expect(trace.reply?.[0]?.steps[0]?.packet?.src).toBe(parseIp(family.gateway));
  });

  it('is told so in terms of the Service that it called', () => {
    const world = pods(family);
    reject(world, 'udp', 'port');
    expect(ending(world.udp('p2', serviceOf(family), 80))).toBe('rejected, delivered');
  });
});
