import type { Flow, FlowEnd } from '@podpath/cluster';
import type { DataPath, Trace } from '@podpath/cni';
import { formatIp, formatMac, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { calico } from './calico.ts';
import { vxlanMac } from './names/vxlan-mac.ts';
import { labels, networkPolicy } from './policies/test-policies.ts';
import { testCluster } from './testing/test-cluster.ts';

const HTTP = [{ name: 'http', port: 80, protocol: 'TCP' }] as const;
const DNS = [{ name: 'dns', port: 53, protocol: 'UDP' }] as const;

const pod = (name: string): FlowEnd => ({ kind: 'pod', namespace: 'prod', name });
const node = (name: string): FlowEnd => ({ kind: 'node', name });
const address = (text: string): FlowEnd => ({ kind: 'address', address: parseIp(text) });

const tcp = (from: FlowEnd, to: FlowEnd, port = 80): Flow => ({ from, to, protocol: 'TCP', port });

const install = (cluster: Parameters<typeof testCluster>[0], options?: unknown): DataPath =>
  calico.install(testCluster(cluster), calico.configure(options));

const NODES = { n1: ['172.18.0.2'], n2: ['172.18.0.3'] };
const PODS = {
  a: { node: 'n1', labels: { app: 'a' }, ports: HTTP },
  b: { node: 'n1', labels: { app: 'b' }, ports: HTTP },
  c: { node: 'n2', labels: { app: 'c' }, ports: HTTP },
};

const namespacesOf = (trace: Trace) => trace.packet.request.map((hop) => hop.namespace);
const stepsOf = (trace: Trace, namespace: string) =>
  trace.packet.request.filter((hop) => hop.namespace === namespace).flatMap((hop) => hop.steps);

describe('from pod to pod', () => {
  const path = install({ nodes: NODES, pods: PODS });

  it('is routed on one node, by the gateway that nobody has', () => {
    const trace = path.send(tcp(pod('a'), pod('b')));
    expect(trace.outcome).toBe('delivered');
    expect(trace.packet.replyOutcome).toBe('delivered');
    expect(namespacesOf(trace)).toEqual(['pod/prod/a', 'node/n1', 'pod/prod/b']);
    const gateway = stepsOf(trace, 'pod/prod/a').find((step) => step.kind === 'neighbour');
    expect(gateway?.kind === 'neighbour' && formatIp(gateway.address)).toBe('169.254.1.1');
    expect(gateway?.kind === 'neighbour' && formatMac(gateway.mac)).toBe('ee:ee:ee:ee:ee:ee');
  });

  it('goes between nodes in VXLAN, from tunnel to tunnel', () => {
    const trace = path.send(tcp(pod('a'), pod('c')), { capture: true });
    expect(trace.outcome).toBe('delivered');
    const kinds = trace.packet.request.flatMap((hop) => hop.steps.map((step) => step.kind));
    expect(kinds.filter((kind) => kind === 'encapsulate')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'decapsulate')).toHaveLength(1);

    const outer = trace.packet.captures
      .filter(({ namespace, device }) => namespace === 'node/n1' && device === 'eth0')
      .flatMap(({ frame, direction }) => (direction === 'out' ? [frame.payload] : []))
      .find((payload) => payload.kind === 'ipv4' && payload.payload.kind === 'udp');
    if (outer?.kind !== 'ipv4' || outer.payload.kind !== 'udp') throw new Error('no VXLAN on eth0');
    expect([formatIp(outer.src), formatIp(outer.dst)]).toEqual(['172.18.0.2', '172.18.0.3']);
    expect(outer.payload.dstPort).toBe(4789);
    const vxlan = outer.payload.payload;
    if (vxlan instanceof Uint8Array) throw new Error('not decoded as VXLAN');
    expect(vxlan.vni).toBe(4096);
    expect(formatMac(vxlan.inner.dst)).toBe(formatMac(vxlanMac('n2', 4)));
    expect(vxlan.inner.payload).toMatchObject({
      src: path.cluster.pods.get('prod/a')?.ips[0],
      dst: path.cluster.pods.get('prod/c')?.ips[0],
    });
  });

  it('meets the route of the block that the other pod is in', () => {
    const to = path.cluster.pods.get('prod/c')?.ips[0] ?? 0;
    const decision = path.route('n1', to);
    expect(decision).toMatchObject({
      kind: 'route',
      device: 'vxlan.calico',
      route: { dst: { length: 26 }, onlink: true, protocol: '80', mtuBytes: 1450 },
    });
  });

  it('leaves an address of the own block that no pod has unanswered', () => {
    const own = path.cluster.pods.get('prod/a')?.ips[0];
    if (typeof own !== 'number') throw new Error('no address');
    const trace = path.send(tcp(pod('b'), address(formatIp(own + 20))));
    expect(trace.outcome).toBe('dropped');
    expect(path.route('n1', own + 20)).toMatchObject({ kind: 'error', error: 'EINVAL' });
  });

  it('says what encapsulation costs', () => {
    expect(path.overlay).toEqual({ encapsulationBytes: 50, podMtuBytes: 1450 });
    const device = path.namespace({ kind: 'pod', namespace: 'prod', name: 'a' }).devices();
    expect(device.find(({ name }) => name === 'eth0')?.mtuBytes).toBe(1450);
  });
});

describe('under policy', () => {
  const path = install({
    nodes: NODES,
    pods: { ...PODS, dns: { node: 'n2', labels: { app: 'dns' }, ports: DNS } },
    networkPolicies: [
      networkPolicy('c-from-a', {
        podSelector: labels({ app: 'c' }),
        ingress: [
          {
            peers: [{ podSelector: labels({ app: 'a' }) }],
            ports: [{ protocol: 'TCP', port: 'http' }],
          },
        ],
      }),
      networkPolicy('b-asks-dns-only', {
        podSelector: labels({ app: 'b' }),
        egress: [
          {
            peers: [{ podSelector: labels({ app: 'dns' }) }],
            ports: [{ protocol: 'UDP', port: 'dns' }],
          },
        ],
      }),
    ],
  });

  it('lets through what a rule allows, and drops the rest where the pod is', () => {
    expect(path.send(tcp(pod('a'), pod('c'))).outcome).toBe('delivered');
    const denied = path.send(tcp(pod('dns'), pod('c')));
    expect(denied.outcome).toBe('dropped');
    expect(denied.reason).toContain('cali-tw-');
    const rules = stepsOf(denied, 'node/n2').filter((step) => step.kind === 'rule');
    expect(rules.at(-1)?.rule.matches).toContainEqual({
      kind: 'comment',
      text: 'End of tier default. Drop if no policies passed packet',
    });
  });

  it('finds a named port on the pod that is asked, in its protocol', () => {
    const ask = { from: pod('b'), to: pod('dns'), port: 53 };
    expect(path.send({ ...ask, protocol: 'UDP' }).outcome).toBe('delivered');
    expect(path.send({ ...ask, protocol: 'TCP' }).outcome).toBe('dropped');
  });

  it("stops a pod's egress on its own node already, and before its own host", () => {
    const elsewhere = path.send(tcp(pod('b'), pod('c')));
    expect(elsewhere.outcome).toBe('dropped');
    expect(namespacesOf(elsewhere)).toEqual(['pod/prod/b', 'node/n1']);
    expect(path.send(tcp(pod('b'), node('n1'), 10250)).outcome).toBe('dropped');
    expect(path.send(tcp(pod('a'), node('n1'), 10250)).outcome).toBe('delivered');
  });

  it('never polices a node and its own pods, but other nodes it does', () => {
    expect(path.send(tcp(node('n2'), pod('c'))).outcome).toBe('delivered');
    expect(path.send(tcp(node('n1'), pod('c'))).outcome).toBe('dropped');
  });
});

describe('towards the host and the outside', () => {
  const cluster = { nodes: NODES, pods: PODS };

  it('masquerades what leaves the pools, other nodes included', () => {
    const path = install(cluster);
    const out = path.send(tcp(pod('a'), address('203.0.113.9'), 443));
    expect(stepsOf(out, 'node/n1')).toContainEqual(
      expect.objectContaining({ kind: 'nat', manipulation: 'source' }),
    );
    const toNode = path.send(tcp(pod('a'), node('n2'), 10250));
    expect(toNode.outcome).toBe('delivered');
    expect(stepsOf(toNode, 'node/n1').some((step) => step.kind === 'nat')).toBe(true);
  });

  it('leaves sources alone without natOutgoing, and towards hosts when they are excluded', () => {
    const pools = [{ cidr: '10.244.0.0/16', natOutgoing: false }];
    const plain = install(cluster, { ipPools: pools });
    const out = plain.send(tcp(pod('a'), address('203.0.113.9'), 443));
    expect(stepsOf(out, 'node/n1').some((step) => step.kind === 'nat')).toBe(false);
    const sparing = install(cluster, { natOutgoingExclusions: 'IPPoolsAndHostIPs' });
    const toNode = sparing.send(tcp(pod('a'), node('n2'), 10250));
    expect(stepsOf(toNode, 'node/n1').some((step) => step.kind === 'nat')).toBe(false);
  });

  it('obeys DefaultEndpointToHostAction', () => {
    const path = install(cluster, { defaultEndpointToHostAction: 'Drop' });
    expect(path.send(tcp(pod('a'), node('n1'), 10250)).outcome).toBe('dropped');
  });

  it("gives a node's own packets to a remote pod the tunnel's address", () => {
    const path = install(cluster);
    const trace = path.send(tcp(node('n1'), pod('c')));
    expect(trace.outcome).toBe('delivered');
    const arrived = stepsOf(trace, 'pod/prod/c').find((step) => step.packet !== undefined);
    const tunnel = path
      .namespace({ kind: 'node', name: 'n1' })
      .devices()
      .find(({ name }) => name === 'vxlan.calico')?.addresses[0]?.address;
    expect(arrived?.packet?.src).toBe(tunnel);
  });

  it('stops a pod that encapsulates for itself', () => {
    const path = install(cluster);
    const trace = path.send({ from: pod('a'), to: pod('c'), protocol: 'UDP', port: 4789 });
    expect(trace.outcome).toBe('dropped');
    expect(trace.reason).toContain('cali-fw-');
  });
});

describe('addresses given in the input', () => {
  it('are kept, and borrowed ones have a route of their own', () => {
    const path = install({
      nodes: NODES,
      pods: {
        a: { node: 'n1', ips: ['10.244.7.1'], ports: HTTP },
        b: { node: 'n2', ips: ['10.244.7.2'], ports: HTTP },
        c: { node: 'n2', ips: ['192.0.2.7'], ports: HTTP },
      },
    });
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'c'],
      ['c', 'a'],
    ] as const) {
      expect(path.send(tcp(pod(from), pod(to))).outcome, `${from} to ${to}`).toBe('delivered');
    }
    expect(path.route('n1', parseIp('10.244.7.2'))).toMatchObject({
      device: 'vxlan.calico',
      route: { dst: { length: 32 } },
    });
    expect(path.notes.join('\n')).toContain('10.244.7.2 on n2');
    expect(path.notes.join('\n')).toContain("outside Calico's pools");
  });

  it('reach pods whose block the nodes themselves are in', () => {
    const path = install({
      nodes: { n1: ['10.0.0.1'], n2: ['10.0.0.2'] },
      pods: {
        a: { node: 'n1', ips: ['10.0.0.11'], ports: HTTP },
        b: { node: 'n2', ips: ['10.0.0.12'], ports: HTTP },
      },
    });
    expect(path.send(tcp(pod('a'), pod('b'))).outcome).toBe('delivered');
    expect(path.send(tcp(node('n1'), node('n2'), 10250)).outcome).toBe('delivered');
  });
});

describe('CrossSubnet', () => {
  it('does not encapsulate between nodes on one subnet', () => {
    const path = install({ nodes: NODES, pods: PODS }, { vxlanMode: 'CrossSubnet' });
    const trace = path.send(tcp(pod('a'), pod('c')));
    expect(trace.outcome).toBe('delivered');
    const kinds = trace.packet.request.flatMap((hop) => hop.steps.map((step) => step.kind));
    expect(kinds).not.toContain('encapsulate');
  });

  it('encapsulates between nodes that share none', () => {
    const nodes = { n1: ['172.18.0.2'], n2: ['203.0.113.3'] };
    const path = install({ nodes, pods: PODS }, { vxlanMode: 'CrossSubnet' });
    // The router between them learns of a node when it comes up.
    path.namespace({ kind: 'node', name: 'n2' });
    const trace = path.send(tcp(pod('a'), pod('c')));
    expect(trace.outcome).toBe('delivered');
    const kinds = trace.packet.request.flatMap((hop) => hop.steps.map((step) => step.kind));
    expect(kinds).toContain('encapsulate');
  });
});

describe('IPv6', () => {
  const path = install({
    nodes: { n1: ['172.18.0.2', 'fd00:18::2'], n2: ['172.18.0.3', 'fd00:18::3'] },
    pods: PODS,
    podNetworks: ['10.244.0.0/16', 'fd00:10:244::/56'],
    networkPolicies: [
      networkPolicy('c-from-a', {
        podSelector: labels({ app: 'c' }),
        ingress: [{ peers: [{ podSelector: labels({ app: 'a' }) }], ports: [] }],
      }),
    ],
  });

  it('goes the same ways, through a tunnel of its own', () => {
    const local = path.send({ ...tcp(pod('a'), pod('b')), family: 6 });
    expect(local.outcome).toBe('delivered');
    const remote = path.send({ ...tcp(pod('a'), pod('c')), family: 6 });
    expect(remote.outcome).toBe('delivered');
    expect(remote.packet.replyOutcome).toBe('delivered');
    const devices = stepsOf(remote, 'node/n1').flatMap((step) =>
      step.kind === 'encapsulate' ? [step.device, step.overheadBytes] : [],
    );
    expect(devices).toEqual(['vxlan-v6.calico', 70]);
    expect(path.overlay.podMtuBytes).toBe(1430);
  });

  it('is policed as well', () => {
    expect(path.send({ ...tcp(pod('b'), pod('c')), family: 6 }).outcome).toBe('dropped');
    expect(path.send({ ...tcp(pod('b'), pod('c')), family: 4 }).outcome).toBe('dropped');
  });
});
