import {
  type Command,
  createNetwork,
  type FrameProgram,
  type Network,
  type Probe,
} from '@podpath/linux';
import {
  decodeIpPacket,
  encodeIpPacket,
  type Ip,
  parseInterfaceAddress,
  parseIp,
  parseIpv4,
  parseMac,
} from '@podpath/net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFrames } from '../compare/compare-frames.ts';
import { observationOf } from '../emulated-observation.ts';
import { whyNoLab } from '../host.ts';
import { heardText } from '../observation.ts';
import type { PlacedProgram } from './frame-programs.ts';
import { KernelNetwork } from './kernel-network.ts';

const why = whyNoLab();
if (why !== undefined) console.log(`tun devices are not tried in a kernel: ${why}`);

const HOSTS = ['a', 'b'] as const;
const PORT = 8285;

const address = (dev: string, text: string): Command => ({
  kind: 'address-add',
  dev,
  address: parseInterfaceAddress(text),
});
const up = (dev: string): Command => ({ kind: 'link-set', dev, up: true });

/** A cable, and over it a network of packets in UDP; hosts say nothing of their own accord. */
const hostCommands = (host: 'a' | 'b'): readonly Command[] => {
  const number = host === 'a' ? 1 : 2;
  const cable = host === 'a' ? 'cable' : 'eth0';
  const other = host === 'a' ? 2 : 1;
  const away = { dst: { address: parseIpv4(`10.1.${other}.0`), length: 24 }, dev: 'tun0' };
  return [
    { kind: 'link-add', type: 'tun', name: 'tun0', mode: 'tun' },
    { kind: 'link-set', dev: 'tun0', mtuBytes: 1400 },
    up('lo'),
    up(cable),
    address(cable, `192.168.0.${number}/24`),
    up('tun0'),
    address('tun0', `10.1.${number}.1/32`),
    address('tun0', `fd00::${number}/64`),
    { kind: 'route-add', route: away },
  ];
};

const CABLE: Command = {
  kind: 'link-add',
  type: 'veth',
  name: 'cable',
  mac: parseMac('02:00:00:00:00:01'),
  peer: { name: 'eth0', namespace: 'b', mac: parseMac('02:00:00:00:00:02') },
};

/** Reads packets from the device and sends them to the other host, and the other way round. */
const router = (host: 'a' | 'b'): FrameProgram => ({
  devices: ['tun0'],
  receive: (held) => {
    const { payload } = held.frame;
    if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return;
    const source = ENDS[host];
    const destination = ENDS[host === 'a' ? 'b' : 'a'];
    held.sendDatagram({
      payload: encodeIpPacket(payload),
      source,
      destination,
      dontFragment: false,
    });
  },
  datagrams: {
    name: 'router',
    port: PORT,
    receive: ({ payload, open }) =>
      open({ dst: 0, src: 0, payload: decodeIpPacket(payload) }).transmit('tun0'),
  },
});
const ENDS = { a: parseIpv4('192.168.0.1'), b: parseIpv4('192.168.0.2') };

const build = (): readonly { readonly namespace: string; readonly command: Command }[] => [
  { namespace: 'a', command: CABLE },
  ...HOSTS.flatMap((namespace) =>
    hostCommands(namespace).map((command) => ({ namespace, command })),
  ),
];
const PROGRAMS = HOSTS.map((host): PlacedProgram => ({ namespace: host, program: router(host) }));

const emulated = (): Network => {
  const network = createNetwork();
  for (const host of HOSTS) network.addNamespace(host);
  for (const { namespace, command } of build()) network.apply({ namespace, commands: [command] });
  for (const { namespace, program } of PROGRAMS) network.attachProgram(namespace, program);
  for (const host of HOSTS) network.listen(host, 'tcp', 80);
  return network;
};

const from = { namespace: 'a', sourcePort: 40_000 } as const;
const to = (text: string): { readonly to: Ip } => ({ to: parseIp(text) });
const FLOWS: readonly (readonly [what: string, probe: Probe])[] = [
  ['an echo request', { ...from, ...to('10.1.2.1'), protocol: 'icmp', port: 0 }],
  ['one of IPv6', { ...from, ...to('fd00::2'), protocol: 'icmp', port: 0 }],
  ['a connection', { ...from, ...to('10.1.2.1'), protocol: 'tcp', port: 80 }],
  ['a datagram to a closed port', { ...from, ...to('fd00::2'), protocol: 'udp', port: 9 }],
  [
    'a packet in pieces',
    { ...from, ...to('10.1.2.1'), protocol: 'icmp', port: 0, payloadBytes: 3000 },
  ],
  [
    'a packet that is too big and must not be cut',
    {
      ...from,
      ...to('10.1.2.1'),
      protocol: 'icmp',
      port: 0,
      payloadBytes: 1380,
      dontFragment: true,
    },
  ],
];

describe.skipIf(why !== undefined)('a router in user space behind tun devices', () => {
  let kernel: KernelNetwork;
  let ours: Network;
  beforeAll(async () => {
    ours = emulated();
    kernel = new KernelNetwork();
    await kernel.open(HOSTS);
    const refused = await kernel.apply(build().map((placed, index) => ({ index, ...placed })));
    expect(refused).toEqual([]);
    await kernel.attachPrograms(PROGRAMS);
    await kernel.listen(
      HOSTS.map((namespace) => ({ namespace, protocol: 'tcp', port: 80 }) as const),
    );
    await kernel.settle(HOSTS);
    await kernel.wait(50);
  });
  afterAll(() => kernel?.close());

  it.each(FLOWS)('carries %s as the kernel does', async (_, probe) => {
    const theirs = await kernel.send(probe, 60);
    const mine = observationOf(ours.send(probe, { capture: true }), probe);
    expect(heardText(mine.events)).toBe(heardText(theirs.events));
    // What datagrams carry, with all that is drawn in it, stands open on the tun devices.
    const differences = compareFrames(theirs.frames, mine.frames);
    expect(differences.filter(({ what }) => !what.endsWith('udp.data'))).toEqual([]);
    expect(theirs.events).not.toEqual([]);
  });

  it('gives devices the links and addresses that the kernel gives them', async () => {
    const argv = ['ip', '-json', '-details', 'link', 'show', 'dev', 'tun0'];
    const [text = ''] = await kernel.read([{ namespace: 'a', argv }]);
    const [theirs]: Record<string, unknown>[] = JSON.parse(text);
    const links = ours.namespace('a').snapshotFiles().get('ip-link.json') ?? '[]';
    const all: Record<string, unknown>[] = JSON.parse(links);
    const mine = all.find(({ ifname }) => ifname === 'tun0') ?? {};
    for (const field of [
      'flags',
      'mtu',
      'operstate',
      'link_type',
      'linkinfo',
      'inet6_addr_gen_mode',
    ]) {
      expect({ [field]: mine[field] }).toEqual({ [field]: theirs?.[field] });
    }
  });
});
