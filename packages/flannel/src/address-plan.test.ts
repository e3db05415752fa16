import { formatIp, formatPrefix, parseIp, parsePrefix, prefixContains } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressPlan, planAddresses } from './address-plan.ts';
import { givenPod, testCluster, testNode, testPod } from './test-cluster.ts';

const IPV4 = [parsePrefix('10.244.0.0/16')];
const DUAL = [...IPV4, parsePrefix('fd00:10:244::/56')];
const NODES = [
  testNode('n1', '192.0.2.11', ['10.244.1.0/24']),
  testNode('n2', '192.0.2.12', ['10.244.2.0/24']),
];

const addresses = ({ cluster }: AddressPlan) =>
  Object.fromEntries(
    [...cluster.pods.values()].map((pod) => [pod.name, pod.ips.map(formatIp).join(' ')]),
  );

describe('the addresses of pods', () => {
  it('come from their node’s subnet, in the order of the pods, whatever was made up before', () => {
    const plan = planAddresses(
      testCluster({
        nodes: NODES,
        pods: [
          testPod('a', 'n1', '10.0.0.1'),
          testPod('b', 'n2', '10.0.0.2'),
          testPod('c', 'n1', '10.0.0.3'),
        ],
      }),
      IPV4,
    );
    expect(addresses(plan)).toEqual({ a: '10.244.1.2', b: '10.244.2.2', c: '10.244.1.3' });
    expect(plan.notes).toEqual([]);
  });

  it('stay when the input gave one that lies in the node’s subnet', () => {
    const plan = planAddresses(
      testCluster({
        nodes: NODES,
        pods: [testPod('a', 'n1', '10.0.0.1'), givenPod('b', 'n1', '10.244.1.2')],
      }),
      IPV4,
    );
    expect(addresses(plan)).toEqual({ a: '10.244.1.3', b: '10.244.1.2' });
    expect(plan.notes).toEqual([]);
  });

  it('change, with a note, when the input gave one that flannel would not have given', () => {
    const plan = planAddresses(
      testCluster({
        nodes: NODES,
        pods: [givenPod('a', 'n1', '10.244.2.9'), givenPod('b', 'n2', '10.244.2.1')],
      }),
      IPV4,
    );
    expect(addresses(plan)).toEqual({ a: '10.244.1.2', b: '10.244.2.2' });
    expect(plan.notes).toEqual([
      'Pods whose given address flannel would not have given got a new one, 2 in all: default/a had 10.244.2.9 on n1, whose subnet is 10.244.1.0/24.',
    ]);
  });

  it('are one of each network', () => {
    const plan = planAddresses(
      testCluster({
        nodes: [testNode('n1', ['192.0.2.11', 'fd01::1'])],
        pods: [testPod('a', 'n1', '10.0.0.1'), givenPod('b', 'n1', 'fd00:10:244::2')],
      }),
      DUAL,
    );
    expect(addresses(plan)).toEqual({
      a: '10.244.0.2 fd00:10:244::3',
      b: '10.244.0.3 fd00:10:244::2',
    });
    expect(plan.cluster.nodes.get('n1')?.podCidrs.map(formatPrefix)).toEqual([
      '10.244.0.0/24',
      'fd00:10:244::/64',
    ]);
  });

  it('are left alone on the host network and where there was none', () => {
    const plan = planAddresses(
      testCluster({
        nodes: NODES,
        pods: [
          testPod('proxy', 'n1', '192.0.2.11', { hostNetwork: true }),
          testPod('pending', 'n1', [], { phase: 'Pending' }),
        ],
      }),
      IPV4,
    );
    expect(addresses(plan)).toEqual({ proxy: '192.0.2.11', pending: '' });
    expect(plan.podsByNode.get('n1') ?? []).toEqual([]);
  });

  it('run out with the subnet, with a note', () => {
    const pods = Array.from({ length: 255 }, (_, i) => testPod(`p${i}`, 'n1', '10.0.0.1'));
    const plan = planAddresses(testCluster({ nodes: NODES, pods }), IPV4);
    expect(addresses(plan)).toMatchObject({ p252: '10.244.1.254', p253: '', p254: '' });
    expect(plan.notes).toEqual([
      'Pods for which their node’s subnet has no address left stay without one, 2 in all: default/p253 on n1.',
    ]);
  });

  it('are missing in a family that the node has no address of', () => {
    const plan = planAddresses(
      testCluster({ nodes: NODES, pods: [testPod('a', 'n1', '10.0.0.1')] }),
      DUAL,
    );
    expect(addresses(plan)).toEqual({ a: '10.244.1.2' });
    expect(plan.notes).toHaveLength(1);
    expect(plan.notes[0]).toContain('2 in all: n1 in 10.244.0.0/16, fd00:10:244::/56');
  });
});

describe('EndpointSlices of the input', () => {
  it('follow the pods that they name, or whose address they have', () => {
    const endpoint = (ip: string, pod?: string) => ({
      addresses: [parseIp(ip)],
      ready: true,
      serving: true,
      terminating: false,
      ...(pod === undefined ? {} : { pod }),
    });
    const plan = planAddresses(
      testCluster({
        nodes: NODES,
        pods: [givenPod('a', 'n1', '10.0.0.1'), givenPod('b', 'n2', '10.0.0.2')],
        endpointSlices: [
          {
            namespace: 'default',
            name: 'web-1',
            service: 'web',
            family: 4,
            ports: [],
            endpoints: [
              endpoint('10.0.0.9', 'default/a'),
              endpoint('10.0.0.2'),
              endpoint('203.0.113.5'),
            ],
          },
        ],
      }),
      IPV4,
    );
    expect(
      plan.cluster.endpointSlices[0]?.endpoints.map(({ addresses: [ip = 0] }) => formatIp(ip)),
    ).toEqual(['10.244.1.2', '10.244.2.2', '203.0.113.5']);
  });
});

describe('whatever the input', () => {
  const names = ['n1', 'n2', 'n3'] as const;
  const pod = fc.record({
    node: fc.constantFrom(...names),
    ip: fc.tuple(fc.constantFrom(0, 1, 2, 9), fc.integer({ min: 0, max: 255 })),
    given: fc.boolean(),
  });
  const withCidrs = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });

  it('no two pods share an address, each is of its node’s subnet, and no two subnets overlap', () => {
    fc.assert(
      fc.property(fc.array(pod, { maxLength: 30 }), withCidrs, (drafts, cidrs) => {
        const nodes = names.map((name, i) =>
          testNode(name, `192.0.2.${i + 1}`, cidrs[i] === true ? [`10.244.${i}.0/24`] : []),
        );
        const pods = drafts.map(({ node, ip, given }, i) =>
          testPod(`p${i}`, node, `10.244.${ip.join('.')}`, {
            addressSource: given ? 'input' : 'made-up',
          }),
        );
        const { cluster } = planAddresses(testCluster({ nodes, pods }), IPV4);
        const planned = [...cluster.pods.values()];
        const ips = planned.map(({ ips: [ip] }) => ip);
        expect(ips).not.toContain(undefined);
        expect(new Set(ips).size).toBe(ips.length);
        for (const { node, ips: own } of planned) {
          const [subnet] = cluster.nodes.get(node)?.podCidrs ?? [];
          const [ip] = own;
          expect(subnet !== undefined && ip !== undefined && prefixContains(subnet, ip)).toBe(true);
        }
        const subnets = [...cluster.nodes.values()].flatMap(({ podCidrs }) =>
          podCidrs.map(formatPrefix),
        );
        expect(new Set(subnets).size).toBe(names.length);
      }),
    );
  });
});
