import { namespaceOf } from '@podpath/cni';
import type { PacketTrace, Probe } from '@podpath/linux';
import { formatIp, parseIp, parsePrefix } from '@podpath/net';
import { beforeEach, describe, expect, it } from 'vitest';
import { flannel } from './flannel.ts';
import { emulate, lastPacket, sentBy, twoNodes } from './test-two-nodes.ts';

const POD_A = namespaceOf.pod({ namespace: 'default', name: 'a' });
const NODE1 = namespaceOf.node('node1');
const A = '10.244.1.2';
const B = '10.244.2.2';
const FAR = '203.0.113.9';

/** Two nodes, and an outside that has `FAR` and sends what it has for pods to node1. */
const build = (options: object = {}) => {
  const network = emulate(flannel.install(twoNodes(), flannel.configure(options)));
  network.apply({
    namespace: namespaceOf.outside,
    commands: [
      { kind: 'link-set', dev: 'lo', up: true },
      {
        kind: 'address-add',
        dev: 'lo',
        address: { address: parseIp(FAR), length: 32 },
      },
      {
        kind: 'route-add',
        route: { dst: parsePrefix('10.244.0.0/16'), via: parseIp('192.0.2.11'), dev: 'eth0' },
      },
    ],
  });
  network.listen(namespaceOf.outside, 'tcp', 80);
  return network;
};
let network: ReturnType<typeof build>;
beforeEach(() => {
  network = build();
});

const tcp = (namespace: string, to: string, more: Partial<Probe> = {}): PacketTrace =>
  network.send(
    { namespace, protocol: 'tcp', to: parseIp(to), port: 80, ...more },
    { capture: true },
  );

/** The source that the other end saw, once the answer is back. */
const seen = (...args: Parameters<typeof tcp>): string => {
  const trace = tcp(...args);
  expect([trace.outcome, trace.replyOutcome], trace.reason).toEqual(['delivered', 'delivered']);
  return formatIp(lastPacket(trace.request).src);
};

describe('the source that the other end sees', () => {
  const fromFar = { source: parseIp(FAR) };
  const bound = { source: parseIp('192.0.2.11') };

  it('pod to outside: the node', () => {
    expect(seen(POD_A, FAR)).toBe('192.0.2.11');
  });

  it('pod to a pod on another node: unchanged', () => {
    expect(seen(POD_A, B)).toBe(A);
  });

  it('node to a pod on another node: the address of flannel.1', () => {
    expect(seen(NODE1, B)).toBe('10.244.1.0');
  });

  it('node, bound to its own address, to a pod on another node: masqueraded to the same', () => {
    expect(seen(NODE1, B, bound)).toBe('10.244.1.0');
  });

  it('node to its own pod: the address of cni0, or the one it is bound to', () => {
    expect(seen(NODE1, A)).toBe('10.244.1.1');
    expect(seen(NODE1, A, bound)).toBe('192.0.2.11');
  });

  it('outside to a pod through its own node: unchanged', () => {
    expect(seen(namespaceOf.outside, A, fromFar)).toBe(FAR);
  });

  it('outside to a pod through another node: that node’s flannel.1', () => {
    expect(seen(namespaceOf.outside, B, fromFar)).toBe('10.244.1.0');
  });

  it('pod to an address of the network that no node has: out by the default route, unmasqueraded', () => {
    const trace = tcp(POD_A, '10.244.9.9');
    expect(trace.outcome).not.toBe('delivered');
    const sent = sentBy(trace.captures, NODE1, 'eth0').map(({ src, dst }) => [src, dst]);
    expect(sent[0]?.map(formatIp)).toEqual([A, '10.244.9.9']);
  });
});

describe('without masquerading', () => {
  it('the world outside sees the pod', () => {
    network = build({ ipMasq: false });
    expect(seen(POD_A, FAR)).toBe(A);
    expect(seen(namespaceOf.outside, B, { source: parseIp(FAR) })).toBe(FAR);
  });
});

describe('with a FORWARD policy that drops', () => {
  const drop = () =>
    network.apply({
      namespace: NODE1,
      commands: [
        {
          kind: 'iptables',
          family: 4,
          table: 'filter',
          op: 'policy',
          chain: 'FORWARD',
          policy: 'DROP',
        },
      ],
    });

  it('flannel’s forward rules keep pods connected', () => {
    drop();
    expect(seen(POD_A, B)).toBe(A);
  });

  it('without them, nothing passes', () => {
    network = build({ iptablesForwardRules: false });
    drop();
    expect(tcp(POD_A, B).outcome).toBe('dropped');
  });
});

describe('when something is broken', () => {
  const apply = (...commands: Parameters<typeof network.apply>[0]['commands'][number][]) =>
    network.apply({ namespace: NODE1, commands });
  const vtep = () => {
    const [entry] = network
      .namespace(NODE1)
      .fdb()
      .filter(({ dst }) => dst !== undefined);
    if (entry === undefined) throw new Error('node1 has no FDB entry');
    return entry.mac;
  };

  it('a missing FDB entry loses packets without a word', () => {
    apply({ kind: 'fdb-delete', dev: 'flannel.1', mac: vtep(), dst: parseIp('192.0.2.12') });
    expect(tcp(POD_A, B).outcome).toBe('dropped');
  });

  it('a missing neighbour makes the node say that the pod is unreachable', () => {
    apply({ kind: 'neighbour-delete', dev: 'flannel.1', address: parseIp('10.244.2.0') });
    expect(tcp(POD_A, B).outcome).toBe('unreachable');
  });

  it('flannel.1 loses its routes when it goes down, and does not get them back', () => {
    apply(
      { kind: 'link-set', dev: 'flannel.1', up: false },
      { kind: 'link-set', dev: 'flannel.1', up: true },
    );
    const node = network.namespace(NODE1);
    expect(node.ipRoute(4)).not.toContain('flannel.1');
    expect(node.fdb().filter(({ dst }) => dst !== undefined)).toHaveLength(1);
  });
});
