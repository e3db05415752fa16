import { parseIpv4, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Command } from './commands.ts';
import { createNetwork } from './create-network.ts';
import type { Network, NetworkOptions } from './network.ts';

/*
 * What another kernel drew can be drawn again: so a flow goes the way that it was seen to go there.
 */

const SERVER = parseIpv4('10.0.0.2');

/** A client and a server on one cable, and the client masquerades at random ports. */
function pair(options: NetworkOptions, extra: readonly Command[] = []): Network {
  const network = createNetwork(options);
  for (const name of ['client', 'server']) network.addNamespace(name);
  const peer = { name: 'eth0', namespace: 'server' };
  network.apply({
    namespace: 'client',
    commands: [
      { kind: 'link-add', type: 'veth', name: 'eth0', peer },
      ...up('10.0.0.1/24'),
      ...extra,
    ],
  });
  network.apply({ namespace: 'server', commands: up('10.0.0.2/24') });
  return network;
}

const up = (text: string): readonly Command[] => {
  const [address = '', length] = text.split('/');
  const placed = { address: parseIpv4(address), length: Number(length) };
  return [
    { kind: 'address-add', dev: 'eth0', address: placed },
    { kind: 'link-set', dev: 'eth0', up: true },
  ];
};

const masquerade: Command = {
  kind: 'iptables',
  family: 4,
  table: 'nat',
  op: 'append',
  chain: 'POSTROUTING',
  rule: { matches: [], target: { kind: 'masquerade', randomFully: true } },
};

const sourcePorts = (network: Network): readonly (number | undefined)[] =>
  [20_000, 20_001].map((sourcePort) => {
    network.send({ namespace: 'client', protocol: 'udp', to: SERVER, port: 53, sourcePort });
    return Number(
      /dport=(\d+)/.exec(
        network
          .namespace('client')
          .netfilter.conntrackList()
          .split('\n')
          .filter((line) => line.includes(`sport=${sourcePort} `))
          .map((line) => line.replace(/.*src=10\.0\.0\.2/, ''))
          .join(''),
      )?.[1],
    );
  });

describe('draws that are handed in', () => {
  it('are taken before those of the seed, until there are none', () => {
    const draws = [30_000];
    const steered = pair({ seed: 1, draw: () => draws.shift() }, [masquerade]);
    const plain = pair({ seed: 1 }, [masquerade]);
    const [first, second] = sourcePorts(steered);
    expect(first).toBe(1024 + 30_000);
    // The seed's own first draw is still to come.
    expect(second).not.toBe(1024 + 30_000);
    expect(sourcePorts(plain)[0]).not.toBe(first);
  });

  it('give a tunnel its source port', () => {
    const tunnel: readonly Command[] = [
      {
        kind: 'link-add',
        type: 'vxlan',
        name: 'vx',
        vni: 1,
        port: 4789,
        learning: false,
        local: parseIpv4('10.0.0.1'),
        mac: 0x02_00_00_00_00_01,
      },
      { kind: 'link-set', dev: 'vx', up: true },
      {
        kind: 'route-add',
        route: { dst: parsePrefix('10.9.0.0/24'), dev: 'vx', scope: 'link' },
      },
      {
        kind: 'neighbour-replace',
        dev: 'vx',
        address: parseIpv4('10.9.0.2'),
        mac: 0x02_00_00_00_00_02,
        state: 'permanent',
      },
      {
        kind: 'fdb-append',
        dev: 'vx',
        mac: 0x02_00_00_00_00_02,
        dst: SERVER,
        life: 'permanent',
      },
    ];
    const network = pair({ tunnelSourcePort: () => 51_234 }, tunnel);
    const { captures } = network.send(
      {
        namespace: 'client',
        protocol: 'udp',
        to: parseIpv4('10.9.0.2'),
        port: 53,
        sourcePort: 20_000,
      },
      { capture: true },
    );
    const outer = captures.flatMap(({ device, frame }) => {
      const { payload } = frame;
      if (device !== 'eth0' || payload.kind !== 'ipv4') return [];
      return payload.payload.kind === 'udp' ? [payload.payload] : [];
    });
    expect(outer.map(({ srcPort, dstPort }) => [srcPort, dstPort])).toContainEqual([51_234, 4789]);
  });
});

describe('a stale neighbour', () => {
  const asked = (network: Network): number =>
    network
      .send(
        { namespace: 'client', protocol: 'icmp', to: SERVER, port: 0, sourcePort: 7 },
        { capture: true },
      )
      .captures.filter(
        ({ namespace, frame: { payload } }) =>
          namespace === 'client' &&
          payload.kind === 'arp' &&
          payload.operation === 'request' &&
          payload.targetIp === SERVER,
      ).length;

  const setting = (name: string, value: number): Command => ({
    kind: 'sysctl',
    key: `net.ipv4.neigh.eth0.${name}`,
    value,
  });

  it('is used for `delay_first_probe_time` before it is asked again', () => {
    for (const [delay, questions] of [
      [5, true],
      [60, false],
    ] as const) {
      const network = pair({}, [
        setting('base_reachable_time_ms', 1000),
        setting('delay_first_probe_time', delay),
      ]);
      expect(asked(network)).toBeGreaterThan(0);
      network.advance(2000);
      expect(asked(network)).toBe(0);
      network.advance(6000);
      expect(asked(network) > 0, `${delay} s`).toBe(questions);
    }
  });
});
