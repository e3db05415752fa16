import {
  decodeFrame,
  encodeFrame,
  formatIp,
  isMulticastMac,
  parseInterfaceAddress,
  parseIp,
  parseIpv4,
} from '@podpath/net';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../commands.ts';
import { createNetwork } from '../create-network.ts';
import type { Network } from '../network.ts';
import type { StepDetail } from '../trace.ts';
import type { FrameProgram, ProgramFrame } from './frame-program.ts';

const address = (dev: string, text: string): Command => ({
  kind: 'address-add',
  dev,
  address: parseInterfaceAddress(text),
});
const up = (dev: string): Command => ({ kind: 'link-set', dev, up: true });
const pair = (name: string, namespace: string): Command => ({
  kind: 'link-add',
  type: 'veth',
  name,
  peer: { name: 'eth0', namespace },
});

const underlay = { a: '192.168.0.1', b: '192.168.0.2' } as const;

/** Two hosts on a cable, each with a guest behind a port of a program that sends everything to the other. */
const twoHosts = (): Network => {
  const network = createNetwork();
  for (const name of ['a', 'b', 'guest-a', 'guest-b']) network.addNamespace(name);
  network.apply({
    namespace: 'a',
    commands: [
      pair('cable', 'b'),
      up('cable'),
      address('cable', `${underlay.a}/24`),
      pair('port', 'guest-a'),
      up('port'),
    ],
  });
  network.apply({
    namespace: 'b',
    commands: [
      up('eth0'),
      address('eth0', `${underlay.b}/24`),
      pair('port', 'guest-b'),
      up('port'),
    ],
  });
  for (const [namespace, host] of [
    ['guest-a', '10.0.0.1'],
    ['guest-b', '10.0.0.2'],
  ] as const) {
    network.apply({ namespace, commands: [up('eth0'), address('eth0', `${host}/24`)] });
  }
  return network;
};

const wire = (here: 'a' | 'b', seen: ProgramFrame[] = []): FrameProgram => ({
  devices: ['port'],
  tunnel: { name: 'vxlan-6784', port: 6784 },
  receive: (frame) => {
    seen.push(frame);
    if (frame.from.kind === 'tunnel') {
      frame.transmit('port');
      return;
    }
    frame.record({
      kind: 'bridge',
      bridge: 'datapath',
      decision: 'forward',
      ports: ['vxlan-6784'],
    });
    frame.encapsulate({
      vni: here === 'a' ? 7 : 8,
      source: parseIpv4(underlay[here]),
      destination: parseIpv4(underlay[here === 'a' ? 'b' : 'a']),
      ttl: 64,
      dontFragment: true,
    });
  },
});

const ping = (network: Network, payloadBytes = 56, dontFragment = false) =>
  network.send({
    namespace: 'guest-a',
    protocol: 'icmp',
    to: parseIp('10.0.0.2'),
    port: 0,
    payloadBytes,
    dontFragment,
  });

describe('programs that join two hosts', () => {
  let network: Network;
  let seen: ProgramFrame[];
  beforeEach(() => {
    network = twoHosts();
    seen = [];
    network.attachProgram('a', wire('a'));
    network.attachProgram('b', wire('b', seen));
  });

  it('carry a packet and its answer', () => {
    const trace = ping(network);
    expect(trace).toMatchObject({ outcome: 'delivered', replyOutcome: 'delivered' });
    expect(trace.request.map((hop) => hop.namespace)).toEqual(['guest-a', 'a', 'b', 'guest-b']);
  });

  it('show in the trace what they decided, what they put around a frame, and where it came off', () => {
    const steps: StepDetail[] = ping(network).request.flatMap((hop) => hop.steps);
    const ofTunnel = steps.filter(({ kind }) =>
      ['bridge', 'encapsulate', 'decapsulate'].includes(kind),
    );
    expect(ofTunnel).toMatchObject([
      { kind: 'bridge', bridge: 'datapath' },
      { kind: 'encapsulate', device: 'vxlan-6784', overheadBytes: 50 },
      { kind: 'decapsulate', device: 'vxlan-6784' },
    ]);
  });

  it('get frames of every VNI, with the addresses of the tunnel', () => {
    ping(network);
    const tunnelled = seen.find(({ from }) => from.kind === 'tunnel');
    expect(tunnelled?.from).toEqual({
      kind: 'tunnel',
      vni: 7,
      source: parseIpv4(underlay.a),
      destination: parseIpv4(underlay.b),
    });
    expect(seen.some(({ frame }) => isMulticastMac(frame.dst))).toBe(true);
  });

  it('send outer packets as asked', () => {
    const trace = ping(network);
    const outer = trace.request
      .flatMap((hop) => hop.steps)
      .find((step) => step.kind === 'encapsulate')?.packet;
    expect(outer).toMatchObject({
      ttl: 64,
      tos: 0,
      dontFragment: true,
      payload: { dstPort: 6784, checksum: 0, payload: { vni: 7 } },
    });
    expect(formatIp(outer?.dst ?? 0)).toBe(underlay.b);
  });

  it('lose what does not fit when it must not be fragmented', () => {
    expect(ping(network, 1400).outcome).toBe('delivered');
    expect(ping(network, 1472).outcome).toBe('too-big');
  });
});

describe('programs with a socket', () => {
  /** Carries frames as they are, behind one byte. */
  const byDatagram = (here: 'a' | 'b', dontFragment: boolean): FrameProgram => ({
    ...wire(here),
    receive: (frame) =>
      frame.sendDatagram({
        payload: Uint8Array.of(7, ...encodeFrame(frame.frame)),
        source: parseIpv4(underlay[here]),
        destination: parseIpv4(underlay[here === 'a' ? 'b' : 'a']),
        dontFragment,
      }),
    datagrams: {
      name: 'sleeve',
      port: 6783,
      receive: (datagram) => {
        const [first, ...rest] = datagram.payload;
        if (first !== 7) datagram.drop('not ours');
        else datagram.open(decodeFrame(Uint8Array.from(rest))).transmit('port');
      },
    },
  });

  const joined = (dontFragment: boolean): Network => {
    const network = twoHosts();
    network.attachProgram('a', byDatagram('a', dontFragment));
    network.attachProgram('b', byDatagram('b', dontFragment));
    return network;
  };

  it('carry frames in a format of their own, and the trace goes along', () => {
    const trace = ping(joined(true));
    expect(trace).toMatchObject({ outcome: 'delivered', replyOutcome: 'delivered' });
    const steps = trace.request.flatMap((hop) => hop.steps);
    expect(steps.filter(({ kind }) => /capsulate$/.test(kind))).toMatchObject([
      { kind: 'encapsulate', device: 'sleeve', protocol: 'udp', overheadBytes: 28 + 1 + 14 },
      { kind: 'decapsulate', device: 'sleeve', protocol: 'udp', packet: { kind: 'ipv4', ttl: 64 } },
    ]);
  });

  it('leave it to IP to fragment, or not', () => {
    expect(ping(joined(true), 1472).outcome).toBe('too-big');
    expect(ping(joined(false), 1472).outcome).toBe('delivered');
  });

  it('have to say that they have one before they send', () => {
    const network = twoHosts();
    const { datagrams: _none, ...silent } = byDatagram('a', true);
    network.attachProgram('a', silent);
    expect(() => ping(network)).toThrow(/no socket/);
  });
});

describe('a program', () => {
  it('is answered by nobody when its tunnel port is closed at the far end', () => {
    const network = twoHosts();
    network.attachProgram('a', wire('a'));
    expect(ping(network).outcome).not.toBe('delivered');
  });

  it('may keep a frame, and say why', () => {
    const network = twoHosts();
    network.attachProgram('a', { ...wire('a'), receive: (frame) => frame.drop('not today') });
    const trace = network.send({
      namespace: 'guest-a',
      protocol: 'udp',
      to: parseIp('10.0.0.2'),
      port: 53,
    });
    expect(trace.outcome).not.toBe('delivered');
  });

  it('needs devices that exist and that nobody else has', () => {
    const network = twoHosts();
    const nowhere = { ...wire('a'), devices: ['eth7'] };
    expect(() => network.attachProgram('a', nowhere)).toThrow(RangeError);
    network.attachProgram('a', wire('a'));
    expect(() => network.attachProgram('a', wire('a'))).toThrow(/taken/);
  });

  it('can only send by devices of its namespace', () => {
    const network = twoHosts();
    network.attachProgram('a', { ...wire('a'), receive: (frame) => frame.transmit('eth7') });
    expect(() => ping(network)).toThrow(/no device eth7/);
  });
});
