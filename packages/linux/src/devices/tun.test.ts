import { formatIp, type IpPacket, parseInterfaceAddress, parseIp } from '@podpath/net';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../commands.ts';
import { createNetwork } from '../create-network.ts';
import type { Network } from '../network.ts';
import type { FrameProgram } from '../programs/frame-program.ts';

const address = (dev: string, text: string): Command => ({
  kind: 'address-add',
  dev,
  address: parseInterfaceAddress(text),
});
const up = (dev: string): Command => ({ kind: 'link-set', dev, up: true });
const tun = (name: string, mode: 'tun' | 'tap'): Command => ({
  kind: 'link-add',
  type: 'tun',
  name,
  mode,
});

const echo = (network: Network, to: string) =>
  network.send({ namespace: 'host', protocol: 'icmp', to: parseIp(to), port: 0 });

describe('a tun device', () => {
  let network: Network;
  let read: IpPacket[];
  const device = () =>
    network
      .namespace('host')
      .devices()
      .find(({ name }) => name === 'tun0');
  const reader: FrameProgram = {
    devices: ['tun0'],
    receive: (held) => {
      const { payload } = held.frame;
      if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return;
      read.push({ ...payload });
      held.drop('read');
    },
  };

  beforeEach(() => {
    network = createNetwork();
    read = [];
    network.addNamespace('host');
    network.apply({
      namespace: 'host',
      commands: [tun('tun0', 'tun'), up('tun0'), address('tun0', '10.1.1.1/24')],
    });
  });

  it('has no carrier as long as no program holds its other end', () => {
    expect(device()).toMatchObject({ type: 'tun', up: true, carrier: false });
    expect(echo(network, '10.1.1.2').reason).toBe('device tun0 has no carrier');
    network.attachProgram('host', reader);
    expect(device()).toMatchObject({ carrier: true });
  });

  it('hands the program packets as they are, and asks for no neighbour', () => {
    network.attachProgram('host', reader);
    const trace = echo(network, '10.1.1.2');
    expect(trace).toMatchObject({ outcome: 'dropped', reason: 'read' });
    expect(read.map(({ src, dst }) => [formatIp(src), formatIp(dst)])).toEqual([
      ['10.1.1.1', '10.1.1.2'],
    ]);
    expect(network.namespace('host').neighbours()).toEqual([]);
  });

  it('draws an IPv6 address, as it has none of the link layer', () => {
    network.attachProgram('host', reader);
    const linkLocal = device()?.addresses.filter(({ length }) => length === 64) ?? [];
    expect(linkLocal.map(({ address }) => formatIp(address).slice(0, 6))).toEqual(['fe80::']);
  });

  it('has one program', () => {
    network.attachProgram('host', reader);
    expect(() => network.attachProgram('host', reader)).toThrow('tun0 is taken already');
  });

  it('has no MAC address to be set, and is no port of a bridge', () => {
    network.apply({
      namespace: 'host',
      commands: [{ kind: 'link-add', type: 'bridge', name: 'br0' }],
    });
    const set = (command: Command) => () =>
      network.apply({ namespace: 'host', commands: [command] });
    expect(set({ kind: 'link-set', dev: 'tun0', mac: 0x02_0000_0000_01 })).toThrow('EOPNOTSUPP');
    expect(set({ kind: 'link-set', dev: 'tun0', master: 'br0' })).toThrow('EINVAL');
    expect(set(tun('tun0', 'tun'))).toThrow('EBUSY');
  });

  it('has room for as much as the length field of a packet can say', () => {
    const set = (mtuBytes: number) => () =>
      network.apply({ namespace: 'host', commands: [{ kind: 'link-set', dev: 'tun0', mtuBytes }] });
    expect(set(65_535)).not.toThrow();
    expect(set(65_536)).toThrow('EINVAL');
  });
});

describe('a tap device', () => {
  it('carries frames, and can be a port of a bridge', () => {
    const network = createNetwork();
    for (const name of ['host', 'guest']) network.addNamespace(name);
    const cable: Command = {
      kind: 'link-add',
      type: 'veth',
      name: 'port',
      peer: { name: 'eth0', namespace: 'guest' },
    };
    network.apply({
      namespace: 'host',
      commands: [
        { kind: 'link-add', type: 'bridge', name: 'br0' },
        tun('tap0', 'tap'),
        cable,
        { kind: 'link-set', dev: 'tap0', master: 'br0' },
        { kind: 'link-set', dev: 'port', master: 'br0' },
        ...['br0', 'tap0', 'port'].map(up),
      ],
    });
    network.apply({ namespace: 'guest', commands: [up('eth0'), address('eth0', '10.0.0.1/24')] });
    const kinds: string[] = [];
    network.attachProgram('host', {
      devices: ['tap0'],
      receive: (held) => {
        kinds.push(held.frame.payload.kind);
        held.stray('not for the program');
      },
    });
    network.send({ namespace: 'guest', protocol: 'icmp', to: parseIp('10.0.0.9'), port: 0 });
    expect(kinds).toContain('arp');
  });
});
