import type { Trace } from '@podpath/cni';
import { OptionsError } from '@podpath/cni';
import { formatIp, formatMac, formatPrefix, ipPacketLength, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { peerNameOfNode } from './peer-name.ts';
import { install, networkPolicy, nodes, pod, podEnd, steps, tcp } from './test-cluster.ts';

const two = [
  ...nodes(2),
  pod('a/client', 'n1'),
  pod('a/near', 'n1', { labels: { app: 'web' } }),
  pod('a/far', 'n2', { labels: { app: 'web' } }),
];

/** The rules that a packet met on its way, as chain and number, without kube-proxy's. */
const rulesMet = (path: ReturnType<typeof install>, flow: ReturnType<typeof tcp>) =>
  steps(path, flow, 'rule').flatMap(({ where, step }) =>
    step.kind === 'rule' && step.chain.startsWith('WEAVE-NPC')
      ? [`${where.replace('node/', '')} ${step.chain} ${step.index}`]
      : [],
  );

/** The source that the end of a walk saw. */
const sourceSeen = (trace: Trace): string => {
  const packets = trace.packet.request.flatMap((hop) =>
    hop.steps.flatMap(({ packet }) => (packet === undefined ? [] : [packet])),
  );
  return formatIp(packets.at(-1)?.src ?? 0);
};

describe('between pods of one node', () => {
  it('a packet is bridged, and the bridge gives it to iptables', () => {
    const path = install(two);
    const flow = tcp(podEnd('a/client'), podEnd('a/near'));
    const bridged = steps(path, flow, 'bridge');
    expect(bridged).toMatchObject([
      { where: 'node/n1', step: { bridge: 'weave', decision: 'forward' } },
    ]);
    expect(rulesMet(path, flow)).toEqual([
      'n1 WEAVE-NPC-EGRESS 5',
      'n1 WEAVE-NPC-EGRESS-DEFAULT 1',
      'n1 WEAVE-NPC-EGRESS-ACCEPT 1',
      'n1 WEAVE-NPC-EGRESS-DEFAULT 2',
      'n1 WEAVE-NPC 4',
      'n1 WEAVE-NPC-DEFAULT 1',
    ]);
  });
});

describe('between pods of different nodes', () => {
  it('a packet goes through the datapath and VXLAN, and stays on one link', () => {
    const path = install(two);
    const flow = tcp(podEnd('a/client'), podEnd('a/far'));
    const trace = path.send(flow);
    expect(trace).toMatchObject({ outcome: 'delivered', servedBy: { name: 'far' } });
    expect(trace.packet.request.map((hop) => hop.namespace)).toEqual([
      'pod/a/client',
      'node/n1',
      'underlay',
      'node/n2',
      'pod/a/far',
    ]);
    const taken = steps(path, flow, 'bridge', 'encapsulate', 'decapsulate').filter(
      ({ where }) => where !== 'underlay',
    );
    expect(taken).toMatchObject([
      { where: 'node/n1', step: { bridge: 'weave', ports: ['vethwe-bridge'] } },
      { where: 'node/n1', step: { bridge: 'datapath', ports: ['vxlan-6784'] } },
      { where: 'node/n1', step: { kind: 'encapsulate', device: 'vxlan-6784', overheadBytes: 50 } },
      { where: 'node/n2', step: { kind: 'decapsulate', device: 'vxlan-6784' } },
      { where: 'node/n2', step: { bridge: 'datapath', ports: ['vethwe-datapath'] } },
      { where: 'node/n2', step: { bridge: 'weave' } },
    ]);
    const arrived = trace.packet.request.at(-1)?.steps.find(({ packet }) => packet !== undefined);
    expect(arrived?.packet).toMatchObject({ ttl: 64 });
  });

  it('egress is judged where it starts, ingress where it ends', () => {
    const path = install(two);
    expect(rulesMet(path, tcp(podEnd('a/client'), podEnd('a/far')))).toEqual([
      'n1 WEAVE-NPC-EGRESS 5',
      'n1 WEAVE-NPC-EGRESS-DEFAULT 1',
      'n1 WEAVE-NPC-EGRESS-ACCEPT 1',
      'n1 WEAVE-NPC-EGRESS-DEFAULT 2',
      'n1 WEAVE-NPC 3',
      'n2 WEAVE-NPC-EGRESS 2',
      'n2 WEAVE-NPC 4',
      'n2 WEAVE-NPC-DEFAULT 1',
    ]);
  });

  it('the outer packet has both short IDs in its VNI, and must not be fragmented', () => {
    const path = install(two);
    const [encapsulated] = path
      .send(tcp(podEnd('a/client'), podEnd('a/far')))
      .packet.request.flatMap((hop) => hop.steps.filter(({ kind }) => kind === 'encapsulate'));
    const outer = encapsulated?.packet;
    const [source, destination] = ['n1', 'n2'].map((name) => peerNameOfNode(name) % 4096);
    expect(outer).toMatchObject({
      ttl: 64,
      dontFragment: true,
      payload: {
        dstPort: 6784,
        payload: { vni: (source ?? 0) | ((destination ?? 0) << 12) },
      },
    });
    expect(ipPacketLength(outer ?? raise())).toBe(60 + 50);
  });

  it('relays carry frames where peers are not connected, and ARP finds its way', () => {
    const objects = [...nodes(4), pod('a/first', 'n1'), pod('a/last', 'n4')];
    const connections = [
      ['n1', 'n2'],
      ['n2', 'n3'],
      ['n3', 'n4'],
    ];
    const path = install(objects, { connections });
    const trace = path.send(tcp(podEnd('a/first'), podEnd('a/last')));
    expect(trace).toMatchObject({ outcome: 'delivered', packet: { replyOutcome: 'delivered' } });
    const hosts = trace.packet.request.flatMap(({ namespace }) =>
      namespace.startsWith('node/') ? [namespace] : [],
    );
    expect(hosts).toEqual(['node/n1', 'node/n2', 'node/n3', 'node/n4']);
  });

  it('sleeve carries frames where one of the peers has no short ID', () => {
    const many = nodes(4100);
    const note = install(many).notes.find((text) => text.startsWith('Only 4096')) ?? '';
    const [, name = ''] = /, (n\d+) for one/.exec(note) ?? [];
    const path = install([...many, pod('a/first', 'n2'), pod('a/last', name)]);
    const flow = tcp(podEnd('a/first'), podEnd('a/last'));
    expect(path.send(flow)).toMatchObject({
      outcome: 'delivered',
      packet: { replyOutcome: 'delivered' },
    });
    expect(steps(path, flow, 'encapsulate', 'decapsulate')).toMatchObject([
      { step: { device: 'sleeve', protocol: 'udp', overheadBytes: 62 } },
      { step: { device: 'sleeve', protocol: 'udp' } },
    ]);
  });

  it('no connection means no way', () => {
    const objects = [...nodes(3), pod('a/first', 'n1'), pod('a/last', 'n3')];
    const path = install(objects, { connections: [['n1', 'n2']] });
    expect(path.send(tcp(podEnd('a/first'), podEnd('a/last'))).outcome).toBe('unreachable');
    const strange = () =>
      install(objects, {
        connections: [
          ['n1', 'n2'],
          ['n1', 'n9'],
        ],
      });
    expect(strange).toThrow(OptionsError);
    expect(strange).toThrow(/connections\[1\]\[1\]/);
  });
});

const raise = (): never => {
  throw new Error('there is no outer packet');
};

describe('policy', () => {
  it('drops ingress in FORWARD, behind the rule that logs it', () => {
    const closed = networkPolicy('a/closed', { podSelector: { matchLabels: { app: 'web' } } });
    const path = install([...two, closed]);
    for (const name of ['a/near', 'a/far']) {
      const trace = path.send(tcp(podEnd('a/client'), podEnd(name)));
      expect(trace).toMatchObject({ outcome: 'dropped', reason: 'rule 4 of filter FORWARD' });
    }
  });

  it('drops egress in its own chain, on the pod’s node', () => {
    const mute = networkPolicy('a/mute', { podSelector: {}, policyTypes: ['Egress'] });
    const path = install([...two, mute]);
    const trace = path.send(tcp(podEnd('a/client'), podEnd('a/far')));
    expect(trace.reason).toBe('rule 8 of filter WEAVE-NPC-EGRESS');
    expect(trace.packet.request.at(-1)?.namespace).toBe('node/n1');
  });

  it('lets a pod speak to its own node all the same, and the node to its pods', () => {
    const mute = networkPolicy('a/mute', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const path = install([...two, mute]);
    const n1 = { kind: 'node', name: 'n1' } as const;
    expect(path.send(tcp(podEnd('a/client'), n1, 10250)).outcome).toBe('delivered');
    expect(path.send(tcp(n1, podEnd('a/near'))).outcome).toBe('delivered');
    expect(path.send(tcp(n1, podEnd('a/far'))).outcome).toBe('dropped');
  });

  it('sees a node by the address of its bridge', () => {
    const first = install(two);
    const bridge = first
      .namespace({ kind: 'node', name: 'n1' })
      .devices()
      .find(({ name }) => name === 'weave')
      ?.addresses.find(({ address }) => typeof address === 'number')?.address;
    const admit = (cidr: string) =>
      networkPolicy('a/admit', {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr } }] }],
      });
    const send = (cidr: string) =>
      install([...two, admit(cidr)]).send(tcp({ kind: 'node', name: 'n1' }, podEnd('a/far')));
    expect(send(`${formatIp(bridge ?? 0)}/32`).outcome).toBe('delivered');
    expect(send('192.168.56.0/24').outcome).toBe('dropped');
  });
});

describe('beyond the pods’ network', () => {
  const service = (type: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'a', name: 'web' },
    spec: { type, selector: { app: 'web' }, ports: [{ port: 80, nodePort: 30080 }], ...more },
  });
  const outside = { kind: 'address', address: parseIp('203.0.113.7') } as const;

  it('pods go out under their node’s address', () => {
    const path = install(two);
    const trace = path.send(tcp(podEnd('a/client'), outside, 443));
    expect(trace.outcome).toBe('delivered');
    expect(sourceSeen(trace)).toBe(formatIp(path.cluster.nodes.get('n1')?.addresses[0] ?? 0));
  });

  it('a client of a NodePort keeps its source with externalTrafficPolicy Local, unless masquerading is on for local pods', () => {
    const objects = [
      ...nodes(1),
      pod('a/web', 'n1', { labels: { app: 'web' } }),
      service('NodePort', { externalTrafficPolicy: 'Local' }),
    ];
    const seen = (options: object) => {
      const path = install(objects, options);
      const address = path.cluster.nodes.get('n1')?.addresses[0] ?? 0;
      const n1 = { kind: 'node', name: 'n1' } as const;
      const trace = path.send(tcp(outside, n1, 30080));
      expect(trace).toMatchObject({ outcome: 'delivered', packet: { replyOutcome: 'delivered' } });
      expect(formatIp(address)).not.toBe('');
      return sourceSeen(trace);
    };
    expect(seen({})).toBe('203.0.113.7');
    expect(seen({ noMasqLocal: false })).not.toBe('203.0.113.7');
  });

  it('a pod reaches itself through its Service by the hairpin of its port', () => {
    const objects = [
      ...nodes(1),
      pod('a/web', 'n1', { labels: { app: 'web' } }),
      service('ClusterIP', { ports: [{ port: 80 }] }),
    ];
    const flow = tcp(podEnd('a/web'), { kind: 'service', namespace: 'a', name: 'web' });
    expect(install(objects).send(flow).outcome).toBe('delivered');
    expect(install(objects, { hairpinMode: false }).send(flow).outcome).toBe('dropped');
  });
});

describe('a node', () => {
  it('has a bridge named by its peer, with the smallest MTU of its ports', () => {
    const path = install(two, { mtu: 1400, range: '10.64.0.0/10' });
    const devices = path.namespace({ kind: 'node', name: 'n1' }).devices();
    const bridge = devices.find(({ name }) => name === 'weave');
    expect(formatMac(bridge?.mac ?? 0)).toBe(formatMac(peerNameOfNode('n1')));
    expect(bridge).toMatchObject({ mtuBytes: 1400, carrier: true });
    expect(bridge?.addresses.map(formatPrefix)).toContain('10.64.0.1/10');
    expect(devices.map(({ name }) => name)).not.toContain('vethwedu');
    expect(path.overlay).toEqual({ encapsulationBytes: 50, podMtuBytes: 1400 });
  });

  it('leaves pods on one link with each other, wherever they run', () => {
    const path = install(two);
    const inside = path.namespace(podEnd('a/client'));
    expect(inside.ipRoute(4).split('\n').filter(Boolean)).toEqual([
      expect.stringMatching(/^default via 10\.\d+\.\d+\.\d+ dev eth0/),
      expect.stringMatching(/^10\.32\.0\.0\/12 dev eth0 proto kernel scope link/),
    ]);
    expect(path.route('n1', parseIp('10.47.255.1'))).toMatchObject({
      kind: 'route',
      device: 'weave',
    });
  });

  it('is woken by what is sent to it, and by nothing else', () => {
    const many = [...nodes(50), pod('a/first', 'n1'), pod('a/last', 'n50')];
    const path = install(many);
    const namespaces = path
      .send(tcp(podEnd('a/first'), podEnd('a/last')), { capture: true })
      .packet.captures.map(({ namespace }) => namespace);
    const hosts = [...new Set(namespaces)].filter((name) => name.startsWith('node/'));
    expect(hosts.sort()).toEqual(['node/n1', 'node/n50']);
  });
});
