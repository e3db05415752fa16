import { namespaceOf } from '@podpath/cni';
import { formatIp, formatMac, ipPacketLength } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { flannel } from './flannel.ts';
import { macFor } from './names.ts';
import { lastPacket, sentBy, twoNodes } from './test-two-nodes.ts';

const NODE1 = { kind: 'node', name: 'node1' } as const;
const A = { kind: 'pod', namespace: 'default', name: 'a' } as const;
const B = { kind: 'pod', namespace: 'default', name: 'b' } as const;
const VTEP2 = formatMac(macFor('flannel 4', 'node2'));

const path = flannel.install(twoNodes(), flannel.configure({}));
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim());

describe('node1 of two nodes with a pod each', () => {
  const node = path.namespace(NODE1);

  it('has these devices', () => {
    const devices = node.devices().map((device) => ({
      name: device.name.replace(/^veth[0-9a-f]{8}$/, 'veth…'),
      mtu: device.mtuBytes,
      up: device.up,
      master: device.master,
      ipv4: device.addresses
        .filter(({ address }) => typeof address === 'number')
        .map(({ address, length }) => `${formatIp(address)}/${length}`),
    }));
    expect(devices).toEqual([
      { name: 'lo', mtu: 65_536, up: true, master: undefined, ipv4: ['127.0.0.1/8'] },
      { name: 'eth0', mtu: 1500, up: true, master: undefined, ipv4: ['192.0.2.11/24'] },
      { name: 'flannel.1', mtu: 1450, up: true, master: undefined, ipv4: ['10.244.1.0/32'] },
      { name: 'cni0', mtu: 1450, up: true, master: undefined, ipv4: ['10.244.1.1/24'] },
      { name: 'veth…', mtu: 1450, up: true, master: 'cni0', ipv4: [] },
    ]);
  });

  it('has these routes', () => {
    expect(lines(node.ipRoute(4))).toEqual([
      'default via 192.0.2.1 dev eth0',
      '10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1',
      '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink',
      '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.11',
    ]);
    const local = lines(node.ipRoute(4, 255));
    expect(local).toContain(
      'local 10.244.1.0 dev flannel.1 proto kernel scope host src 10.244.1.0',
    );
    expect(local).toContain('local 10.244.1.1 dev cni0 proto kernel scope host src 10.244.1.1');
    expect(local.filter((line) => line.startsWith('broadcast 10.244'))).toEqual([
      'broadcast 10.244.1.255 dev cni0 proto kernel scope link src 10.244.1.1',
    ]);
  });

  it('knows the other node’s tunnel end', () => {
    expect(
      node
        .neighbours()
        .filter(({ state }) => state === 'permanent')
        .map(({ device, address, mac = 0 }) => [device, formatIp(address), formatMac(mac)]),
    ).toEqual([['flannel.1', '10.244.2.0', VTEP2]]);
    expect(
      node
        .fdb()
        .filter(({ device }) => device === 'flannel.1')
        .map(({ mac, dst = 0, life }) => [formatMac(mac), formatIp(dst), life]),
    ).toEqual([[VTEP2, '192.0.2.12', 'permanent']]);
  });

  it('forwards', () => {
    expect(node.sysctl('net.ipv4.ip_forward')).toBe(1);
  });
});

describe('the pod on it', () => {
  it('has its address and these routes', () => {
    const pod = path.namespace(A);
    const eth0 = pod.devices().find(({ name }) => name === 'eth0');
    expect(eth0?.mtuBytes).toBe(1450);
    expect(lines(pod.ipRoute(4))).toEqual([
      'default via 10.244.1.1 dev eth0',
      '10.244.0.0/16 via 10.244.1.1 dev eth0',
      '10.244.1.0/24 dev eth0 proto kernel scope link src 10.244.1.2',
    ]);
  });
});

describe('a ping from pod to pod', () => {
  const trace = path.send({ from: A, to: B, protocol: 'ICMP', port: 0 }, { capture: true });
  const { request, replyOutcome, captures } = trace.packet;
  const outer = sentBy(captures, namespaceOf.node('node1'), 'eth0');
  const inner = sentBy(captures, namespaceOf.node('node1'), 'flannel.1');

  it('arrives, and is answered', () => {
    expect(trace.outcome).toBe('delivered');
    expect(replyOutcome).toBe('delivered');
    expect(trace.servedBy?.name).toBe('b');
  });

  it('passes both nodes, each of which takes one off the TTL', () => {
    expect(request.map(({ namespace }) => namespace)).toEqual([
      'pod/default/a',
      'node/node1',
      'underlay',
      'node/node2',
      'pod/default/b',
    ]);
    expect(lastPacket(request)).toMatchObject({ ttl: 62 });
    expect(inner.map(({ ttl }) => ttl)).toEqual([63]);
  });

  it('crosses the underlay in one UDP packet, 50 bytes longer', () => {
    const [first] = outer;
    const [carried] = inner;
    if (first === undefined || carried === undefined) throw new Error('nothing was captured');
    expect(outer).toHaveLength(1);
    expect(formatIp(first.src)).toBe('192.0.2.11');
    expect(formatIp(first.dst)).toBe('192.0.2.12');
    expect(first).toMatchObject({ ttl: 64, tos: 0, dontFragment: false });
    expect(ipPacketLength(first)).toBe(ipPacketLength(carried) + 50);
    if (first.payload.kind !== 'udp' || first.payload.payload instanceof Uint8Array) {
      throw new Error('no VXLAN');
    }
    expect(first.payload.dstPort).toBe(8472);
    expect(first.payload.srcPort).toBeGreaterThanOrEqual(32_768);
    expect(first.payload.payload.vni).toBe(1);
    expect(formatMac(first.payload.payload.inner.dst)).toBe(VTEP2);
  });
});
