import { clusterFromObjects, type Flow, type FlowEnd } from '@podpath/cluster';
import { parseIp } from '@podpath/net';
import { beforeEach, describe, expect, it } from 'vitest';
import { largeCluster, podEnd, suiteCluster } from './conformance/cluster.ts';
import { FlowError } from './flow-error.ts';
import type { DataPath } from './plugin.ts';
import { routed } from './test-plugin.ts';

let path: DataPath;
beforeEach(() => {
  path = routed.install(suiteCluster([4]), {});
});

const tcp = (from: FlowEnd, to: FlowEnd, port = 80): Flow => ({ from, to, protocol: 'TCP', port });

describe('a data path', () => {
  it('shows every namespace on the way', () => {
    const trace = path.send(tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2')));
    expect(trace.packet.request.map((hop) => hop.namespace)).toEqual([
      'pod/app/client-1',
      'node/node-1',
      'underlay',
      'node/node-2',
      'pod/app/web-2',
    ]);
  });

  it('shows the answer’s way back', () => {
    const trace = path.send(tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2')));
    expect(trace.packet.reply?.map((hop) => hop.namespace)).toEqual([
      'pod/app/web-2',
      'node/node-2',
      'underlay',
      'node/node-1',
      'pod/app/client-1',
    ]);
  });

  it('delivers from the world outside to a pod, through the pod’s node', () => {
    const trace = path.send(
      tcp({ kind: 'address', address: parseIp('198.51.100.7') }, podEnd('app', 'web-2')),
    );
    expect(trace.outcome).toBe('delivered');
    expect(trace.packet.request.map((hop) => hop.namespace)).toContain('node/node-2');
  });

  it('records nothing when nobody wants a trace', () => {
    const trace = path.send(tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2')), {
      trace: false,
    });
    expect(trace.outcome).toBe('delivered');
    expect(trace.packet.request).toEqual([]);
    expect(trace.packet.captures).toEqual([]);
  });

  it('walks the packets that follow a flow’s first one', () => {
    const flow = path.open(tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2')));
    const [first, second] = [flow.send(), flow.send()];
    expect(first.reason).toContain('listens on tcp port 80');
    expect(second.reason).toContain('has the connection on tcp port 80');
    expect(second.packet.replyOutcome).toBe('delivered');
    expect(second.servedBy?.name).toBe('web-2');
  });

  it('opens no SCTP association', () => {
    const flow: Flow = {
      ...tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2')),
      protocol: 'SCTP',
    };
    expect(() => path.open(flow)).toThrow(FlowError);
  });

  it('forgets connections when time passes', () => {
    const entries = () =>
      path.namespace({ kind: 'node', name: 'node-1' }).netfilter.conntrackList();
    path.send(tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2')));
    expect(entries()).not.toBe('');
    path.advance(200_000);
    expect(entries()).toBe('');
  });

  it('captures what each device carried', () => {
    const { captures } = path.send(tcp(podEnd('app', 'client-1'), podEnd('app', 'web-2')), {
      capture: true,
    }).packet;
    const devices = new Set(captures.map((each) => `${each.namespace} ${each.device}`));
    expect(devices).toContain('node/node-1 eth0');
    expect(devices).toContain('pod/app/web-2 eth0');
  });

  it('asks policy what should happen, whatever the plugin does', () => {
    const closed = tcp(podEnd('app', 'client-2'), podEnd('closed', 'vault'));
    expect(path.send(closed).outcome).toBe('delivered');
    expect(path.verdict(closed).allowed).toBe(false);
  });

  it('takes an address that is a pod’s for the pod, where policy is asked', () => {
    const [address] = path.cluster.pods.get('closed/vault')?.ips ?? [];
    if (address === undefined) throw new Error('vault has no address');
    expect(path.verdict(tcp(podEnd('app', 'client-2'), { kind: 'address', address })).allowed).toBe(
      false,
    );
  });

  it('counts what a node holds', () => {
    const cost = path.cost('node-1');
    // 4 remote pods on two nodes, 3 local ones, the underlay and the default route.
    expect(cost.routes).toBe(9);
    expect(cost.rules).toBeGreaterThan(10);
    expect(cost).toMatchObject({ sets: 0, setMembers: 0, fdbEntries: 0 });
  });

  it('decides a route without sending anything', () => {
    const decision = path.route('node-1', parseIp('203.0.113.1'));
    expect(decision).toMatchObject({ kind: 'route', device: 'eth0' });
  });

  it('wakes the nodes that a flow touches, and no other', () => {
    const large = routed.install(largeCluster(50, 2), {});
    large.send(tcp(podEnd('app', 'pod-3-0'), podEnd('app', 'pod-7-1')));
    const underlay = large.send(tcp(podEnd('app', 'pod-3-0'), podEnd('app', 'pod-7-1'))).packet
      .request;
    expect(underlay.filter((hop) => hop.namespace.startsWith('node/')).length).toBe(2);
  });
});

describe('nodes that share no network', () => {
  it('reach each other through the router, awake or not', () => {
    const node = (name: string, address: string) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { addresses: [{ type: 'InternalIP', address }] },
    });
    const cluster = clusterFromObjects([node('a', '192.0.2.5'), node('b', '10.9.0.6')], {
      families: [4],
    });
    const between = tcp({ kind: 'node', name: 'a' }, { kind: 'node', name: 'b' }, 10250);
    const trace = routed.install(cluster, {}).send(between);
    expect(trace.outcome).toBe('delivered');
    expect(trace.packet.request.map((hop) => hop.namespace)).toContain('outside');
  });
});

describe('a flow that cannot be sent', () => {
  const cases: readonly [string, Flow, RegExp][] = [
    ['an unknown pod', tcp(podEnd('app', 'nobody'), podEnd('app', 'web-1')), /no pod app\/nobody/],
    ['an unknown node', tcp({ kind: 'node', name: 'x' }, podEnd('app', 'web-1')), /no node x/],
    [
      'an unknown Service',
      tcp(podEnd('app', 'web-1'), { kind: 'service', namespace: 'app', name: 'x' }),
      /there is no/,
    ],
    [
      'a family that an end lacks',
      { ...tcp(podEnd('app', 'client-1'), podEnd('app', 'web-1')), family: 6 },
      /no address family in common that is IPv6/,
    ],
    [
      'a Service that connects',
      tcp({ kind: 'service', namespace: 'app', name: 'web' }, podEnd('app', 'web-1')),
      /name one of its pods|no address family/,
    ],
  ];
  it.each(cases)('%s', (_, flow, message) => {
    expect(() => path.send(flow)).toThrow(FlowError);
    expect(() => path.send(flow)).toThrow(message);
  });

  it('is one from an address inside the cluster', () => {
    const [address] = path.cluster.pods.get('app/web-1')?.ips ?? [];
    if (address === undefined) throw new Error('web-1 has no address');
    expect(() => path.send(tcp({ kind: 'address', address }, podEnd('app', 'web-2')))).toThrow(
      FlowError,
    );
  });

  it('is a policy question about a Service', () => {
    const flow = tcp(
      podEnd('app', 'client-1'),
      { kind: 'service', namespace: 'app', name: 'web' },
      8080,
    );
    expect(() => path.verdict(flow)).toThrow(FlowError);
  });
});
