import { namespaceOf } from '@podpath/cni';
import { formatIp, type Ipv6Packet } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { flannel } from './flannel.ts';
import { lastPacket, twoNodes } from './test-two-nodes.ts';

const A = { kind: 'pod', namespace: 'default', name: 'a' } as const;
const B = { kind: 'pod', namespace: 'default', name: 'b' } as const;
const NODE1 = { kind: 'node', name: 'node1' } as const;

const path = flannel.install(twoNodes([4, 6]), flannel.configure({}));

describe('a cluster with both families', () => {
  it('has a second device, and entries for the other node there too', () => {
    const node = path.namespace(NODE1);
    const devices = node.devices().map(({ name }) => name);
    expect(devices).toContain('flannel.1');
    expect(devices).toContain('flannel-v6.1');
    expect(node.ipRoute(6)).toContain('fd00:10:244:2::/64 via fd00:10:244:2:: dev flannel-v6.1');
    expect(
      node
        .fdb()
        .filter(({ device }) => device === 'flannel-v6.1')
        .map(({ dst = 0 }) => formatIp(dst)),
    ).toEqual(['fd01::12']);
  });

  it('gives pods an address of each', () => {
    expect(path.cluster.pods.get('default/a')?.ips.map(formatIp)).toEqual([
      '10.244.1.2',
      'fd00:10:244:1::2',
    ]);
  });

  it('carries IPv6 between nodes in IPv6, 70 bytes longer', () => {
    const trace = path.send(
      { from: A, to: B, protocol: 'TCP', port: 80, family: 6 },
      { capture: true },
    );
    expect([trace.outcome, trace.packet.replyOutcome], trace.reason).toEqual([
      'delivered',
      'delivered',
    ]);
    expect(lastPacket(trace.packet.request)).toMatchObject({ kind: 'ipv6', hopLimit: 62 });
    const outer = trace.packet.captures
      .filter((each) => each.namespace === namespaceOf.node('node1') && each.device === 'eth0')
      .map(({ frame }) => frame.payload)
      .filter((payload): payload is Ipv6Packet => payload.kind === 'ipv6')
      .find(({ payload }) => payload.kind === 'udp');
    expect(outer === undefined ? [] : [outer.src, outer.dst].map(formatIp)).toEqual([
      'fd01::11',
      'fd01::12',
    ]);
  });

  it('still carries IPv4 in IPv4', () => {
    const trace = path.send({ from: A, to: B, protocol: 'TCP', port: 80, family: 4 });
    expect(trace.outcome, trace.reason).toBe('delivered');
    expect(lastPacket(trace.packet.request)).toMatchObject({ kind: 'ipv4', ttl: 62 });
  });
});
