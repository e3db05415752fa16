import { ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Probe } from './network.ts';
import { twoNodes, VTEP } from './test-two-nodes.ts';
import type { Hop } from './trace.ts';

const ping: Probe = { namespace: 'pod1', protocol: 'icmp', to: parseIp('10.244.2.2'), port: 0 };

/** A hop in short: the namespace, and what each step was about. */
const outline = (hops: readonly Hop[]): readonly string[] =>
  hops.flatMap(({ namespace, steps }) => [
    `${namespace}:`,
    ...steps.map((step) => ('device' in step ? `${step.kind} ${step.device}` : step.kind)),
  ]);

describe('a ping between pods on two nodes over VXLAN', () => {
  it('goes by veth, bridge, tunnel, switch, tunnel, bridge and veth, and its answer back', () => {
    const trace = twoNodes().send(ping);
    expect(trace).toMatchObject({ outcome: 'delivered', replyOutcome: 'delivered' });
    expect(outline(trace.request)).toEqual([
      'pod1:',
      ...['send', 'route eth0', 'neighbour eth0', 'transmit eth0'],
      'node1:',
      ...['receive veth0', 'bridge', 'receive cni0', 'route flannel.1'],
      ...['neighbour flannel.1', 'transmit flannel.1', 'encapsulate flannel.1'],
      ...['route eth0', 'neighbour eth0', 'transmit eth0'],
      'underlay:',
      ...['receive port1', 'bridge', 'transmit port2'],
      'node2:',
      ...['receive eth0', 'route eth0', 'decapsulate flannel.1'],
      ...['receive flannel.1', 'route cni0', 'neighbour cni0', 'transmit cni0'],
      ...['bridge', 'transmit veth0'],
      'pod2:',
      ...['receive eth0', 'route eth0', 'deliver'],
    ]);
    expect(trace.reply?.map(({ namespace }) => namespace)).toEqual([
      ...['pod2', 'node2', 'underlay', 'node1', 'pod1'],
    ]);
  });

  it('has the sizes, addresses and TTLs that the kernel gives it', () => {
    const { captures } = twoNodes().send(ping, { capture: true });
    const on = (namespace: string, device: string, direction: 'in' | 'out') => {
      const found = captures.find(
        (c) =>
          c.namespace === namespace &&
          c.device === device &&
          c.direction === direction &&
          c.frame.payload.kind === 'ipv4',
      );
      const packet = found?.frame.payload;
      if (found === undefined || packet?.kind !== 'ipv4') throw new Error('nothing was captured');
      return { ...found, packet };
    };
    expect(on('pod1', 'eth0', 'out').packet).toMatchObject({ ttl: 64 });
    const inner = on('node1', 'flannel.1', 'out');
    expect(inner.packet.ttl).toBe(63);
    expect(inner.frame).toMatchObject({ src: VTEP[1], dst: VTEP[2] });
    expect(ipPacketLength(inner.packet)).toBe(84);
    const outer = on('node1', 'eth0', 'out').packet;
    expect(ipPacketLength(outer)).toBe(84 + 50);
    expect(outer).toMatchObject({ ttl: 64, tos: 0, dontFragment: false });
    expect(outer.payload).toMatchObject({ kind: 'udp', dstPort: 8472, payload: { vni: 1 } });
    expect(on('pod2', 'eth0', 'in').packet.ttl).toBe(62);
    expect(on('pod1', 'eth0', 'in').packet.ttl).toBe(62);
  });
});
