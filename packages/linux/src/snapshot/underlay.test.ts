import { formatIp, parseInterfaceAddress, parseIp, parseMac } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { createNetwork } from '../create-network.ts';
import { NamespaceDump } from './namespace-dump.ts';
import { OUTSIDE, planUnderlay, UNDERLAY } from './underlay.ts';
import type { Uplink } from './uplinks.ts';

const dump = new NamespaceDump({ folders: () => [], read: () => undefined }, 'f', 'node');

function uplink(
  node: string,
  addresses: readonly string[],
  gateways: Readonly<Record<string, string | undefined>> = {},
): Uplink {
  const macs = Object.entries(gateways).flatMap(([gateway, mac]): [number | bigint, number][] =>
    mac === undefined ? [] : [[parseIp(gateway), parseMac(mac)]],
  );
  return {
    node,
    dump,
    link: {
      index: 2,
      name: 'eth0',
      kind: '',
      linkType: 'ether',
      mtuBytes: 1500,
      up: true,
      carrier: true,
      noArp: false,
      hasProgram: false,
    },
    addresses: addresses.map(parseInterfaceAddress),
    gateways: Object.keys(gateways).map(parseIp),
    gatewayMacs: new Map(macs),
  };
}

const GATEWAY = { '192.0.2.254': '02:00:00:00:00:fe' };

/** Which switch each uplink is on. */
const switches = (uplinks: readonly Uplink[]) => {
  const underlay = planUnderlay(uplinks);
  return uplinks.map((each) => underlay.join(each).switchName);
};

const built = (uplinks: readonly Uplink[]) => {
  const network = createNetwork({});
  const { base } = planUnderlay(uplinks);
  for (const { namespace } of base) network.addNamespace(namespace);
  for (const program of base) network.apply(program);
  return network;
};

describe('what joins the nodes of a snapshot', () => {
  it('is one switch for those in one subnet', () => {
    expect(
      switches([
        uplink('a', ['192.0.2.1/24']),
        uplink('b', ['192.0.2.2/24']),
        uplink('c', ['198.51.100.1/24']),
      ]),
    ).toEqual(['switch0', 'switch0', 'switch1']);
  });

  it('is one switch for those with one gateway, whatever their addresses', () => {
    const gateway = { '10.128.0.1': '42:01:0a:80:00:01' };
    expect(
      switches([uplink('a', ['10.128.0.2/32'], gateway), uplink('b', ['10.128.0.3/32'], gateway)]),
    ).toEqual(['switch0', 'switch0']);
  });

  it('joins links that one node with both addresses joins', () => {
    expect(
      switches([
        uplink('a', ['192.0.2.1/24']),
        uplink('b', ['fd00::2/64']),
        uplink('c', ['192.0.2.3/24', 'fd00::3/64']),
      ]),
    ).toEqual(['switch0', 'switch0', 'switch0']);
  });

  it('does not join links by link-local addresses of routers', () => {
    expect(
      switches([
        uplink('a', ['192.0.2.1/24'], { 'fe80::1': undefined }),
        uplink('b', ['198.51.100.1/24'], { 'fe80::1': undefined }),
      ]),
    ).toEqual(['switch0', 'switch1']);
  });

  it('has a router where nodes have one, with their subnet, their MAC for it, and lone nodes by heart', () => {
    const network = built([
      uplink('a', ['192.0.2.1/24'], GATEWAY),
      uplink('b', ['198.51.100.9/32'], GATEWAY),
    ]);
    const outside = network.namespace(OUTSIDE);
    const [eth0] = outside.devices().filter(({ name }) => name === 'eth0');
    expect(eth0).toMatchObject({ mac: parseMac('02:00:00:00:00:fe'), up: true, carrier: true });
    expect(eth0?.addresses.filter(({ address }) => typeof address === 'number')).toEqual([
      { address: parseIp('192.0.2.254'), length: 24 },
    ]);
    expect(outside.ipRoute(4)).toBe(
      '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.254 \n198.51.100.9 dev eth0 scope link \n',
    );
    expect(outside.sysctl('net.ipv4.ip_forward')).toBe(1);
    expect(
      network
        .namespace(UNDERLAY)
        .devices()
        .map(({ name }) => name),
    ).toEqual(['lo', 'switch0', 'outside']);
  });

  it('routes between links', () => {
    const other = { '198.51.100.254': undefined };
    const network = built([
      uplink('a', ['192.0.2.1/24'], GATEWAY),
      uplink('b', ['198.51.100.1/24'], other),
    ]);
    const route = (to: string) => network.namespace(OUTSIDE).route(parseIp(to));
    expect(route('192.0.2.1')).toMatchObject({ kind: 'route', device: 'eth0' });
    expect(route('198.51.100.1')).toMatchObject({ kind: 'route', device: 'eth1' });
    expect(route('203.0.113.1').kind).toBe('error');
  });

  it('has no router at addresses of nodes', () => {
    const underlay = planUnderlay([
      uplink('a', ['192.0.2.1/24'], { '192.0.2.2': undefined }),
      uplink('b', ['192.0.2.2/24']),
    ]);
    expect(underlay.hasRouter).toBe(false);
    expect(underlay.notes).toEqual(['taken to be on one link: eth0 of a, eth0 of b']);
  });

  it('takes the MAC that most nodes have for the router, and says so', () => {
    const uplinks = [
      uplink('a', ['192.0.2.1/24'], { '192.0.2.254': '02:00:00:00:00:aa' }),
      uplink('b', ['192.0.2.2/24'], GATEWAY),
      uplink('c', ['192.0.2.3/24'], GATEWAY),
    ];
    const underlay = planUnderlay(uplinks);
    const [first] = uplinks;
    expect(first && underlay.routerMac(first, parseIp('192.0.2.254'))).toBe(
      parseMac('02:00:00:00:00:fe'),
    );
    expect(first && underlay.routerMac(first, parseIp('192.0.2.2'))).toBeUndefined();
    expect(underlay.notes).toEqual([
      'taken to be on one link: eth0 of a, eth0 of b, eth0 of c, with a router at 192.0.2.254',
      'the nodes have several MAC addresses for their router; the one that most have is taken',
    ]);
  });

  it('is planned for thousands of nodes', { timeout: 60_000 }, () => {
    const uplinks = Array.from({ length: 5000 }, (_, index) =>
      uplink(`n${index}`, [`${formatIp(0x0a00_0000 + index + 1)}/${index % 2 === 0 ? 16 : 32}`], {
        '10.0.255.254': '02:00:00:00:00:fe',
      }),
    );
    expect(new Set(switches(uplinks)).size).toBe(1);
  });
});
