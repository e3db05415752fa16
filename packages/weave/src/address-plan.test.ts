import { formatIp, formatPrefix } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressPlan, planAddresses } from './address-plan.ts';
import { prefix, text } from './ipam/range-text.ts';
import { clusterOf, node, nodes, pod } from './test-cluster.ts';

const plan = (objects: readonly object[], range = '10.32.0.0/12') =>
  planAddresses(clusterOf(...objects), prefix(range));

const addressOf = ({ cluster }: AddressPlan, path: string) =>
  (cluster.pods.get(path)?.ips ?? []).map(formatIp).join(', ');
const bridgeOf = ({ bridges }: AddressPlan, name: string) => formatIp(bridges.get(name) ?? 0);

describe('addresses that the input does not give', () => {
  it('start where the part of the range starts that the node’s peer owns', () => {
    const planned = plan([...nodes(3), pod('a/x', 'n1'), pod('a/y', 'n1'), pod('a/z', 'n2')]);
    const owners = ['n1', 'n2', 'n3'].map((name) => bridgeOf(planned, name)).sort();
    expect(owners).toEqual(['10.32.0.1', '10.40.0.0', '10.44.0.0']);
    const bridge = planned.bridges.get('n1') ?? 0;
    expect(addressOf(planned, 'a/x')).toBe(formatIp(bridge + 1));
    expect(addressOf(planned, 'a/y')).toBe(formatIp(bridge + 2));
    expect(planned.cluster.podNetworks.map(formatPrefix)).toEqual(['10.32.0.0/12']);
  });

  it('are asked of other nodes once a node has no more, until there are none', () => {
    const crowd = Array.from({ length: 6 }, (_, index) => pod(`a/p${index}`, 'n1'));
    const planned = plan([...nodes(2), ...crowd], '10.0.0.0/29');
    expect(planned.waiting.map(({ name }) => name)).toEqual(['p4', 'p5']);
    expect(addressOf(planned, 'a/p4')).toBe('');
    const given = [...planned.cluster.pods.values()].flatMap(({ ips }) => ips);
    expect(new Set([...given, ...planned.bridges.values()]).size).toBe(6);
  });

  it('are of no use to pods of the host network', () => {
    const planned = plan([node('n1', '192.0.2.1'), pod('a/x', 'n1', { hostNetwork: true })]);
    expect(addressOf(planned, 'a/x')).toBe('192.0.2.1');
  });
});

describe('addresses that the input gives', () => {
  it('stay, and the range becomes the smallest that has them', () => {
    const planned = plan([
      ...nodes(2),
      pod('a/x', 'n1', { ip: '10.244.1.2' }),
      pod('a/y', 'n2', { ip: '10.244.2.9' }),
    ]);
    expect(formatPrefix(planned.range)).toBe('10.244.0.0/22');
    expect(planned.outside).toHaveLength(2);
    expect(addressOf(planned, 'a/x')).toBe('10.244.1.2');
    expect(addressOf(planned, 'a/y')).toBe('10.244.2.9');
  });

  it('say who owns what: each stretch belongs to the node where it is', () => {
    const planned = plan([
      ...nodes(2),
      pod('a/x', 'n1', { ip: '10.244.1.2' }),
      pod('a/y', 'n2', { ip: '10.244.1.100' }),
      pod('a/w', 'n1', { ip: '10.244.2.9' }),
      pod('a/z', 'n1'),
    ]);
    const rangesOf = (name: string) =>
      planned.ipam.rangesOf(planned.peers.get(name) ?? 0).map(text);
    expect(rangesOf('n1')).toEqual(['10.244.0.0+258', '10.244.1.2+98', '10.244.2.9+503']);
    expect(rangesOf('n2')).toEqual(['10.244.1.100+165']);
    expect(bridgeOf(planned, 'n1')).toBe('10.244.0.1');
    expect(addressOf(planned, 'a/z')).toBe('10.244.0.2');
    expect(bridgeOf(planned, 'n2')).toBe('10.244.1.101');
  });

  it('change nothing where Weave could have given them', () => {
    const free = plan([...nodes(2), pod('a/x', 'n1')]);
    const planned = plan([...nodes(2), pod('a/x', 'n1', { ip: addressOf(free, 'a/x') })]);
    expect(planned.outside).toEqual([]);
    expect(planned.range).toEqual(free.range);
    expect(bridgeOf(planned, 'n2')).toBe(bridgeOf(free, 'n2'));
    expect(addressOf(planned, 'a/x')).toBe(addressOf(free, 'a/x'));
  });

  it('leave a node without any to be given some', () => {
    const planned = plan([...nodes(3), pod('a/x', 'n1', { ip: '10.244.1.2' })]);
    const bridges = [...planned.bridges.values()];
    expect(new Set([...bridges, ...(planned.cluster.pods.get('a/x')?.ips ?? [])]).size).toBe(4);
  });
});

it('no address is given twice, whatever the input gives', () => {
  const place = fc.record({
    node: fc.constantFrom('n1', 'n2', 'n3'),
    last: fc.option(fc.integer({ min: 1, max: 200 })),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(place, { maxLength: 20, selector: ({ last }) => last ?? Symbol() }),
      (places) => {
        const planned = plan([
          ...nodes(3),
          ...places.map((given, at) =>
            pod(`a/p${at}`, given.node, given.last === null ? {} : { ip: `10.9.0.${given.last}` }),
          ),
        ]);
        const pods = [...planned.cluster.pods.values()].flatMap(({ ips }) => ips);
        expect(planned.waiting).toEqual([]);
        const all = [...pods, ...planned.bridges.values()];
        expect(new Set(all).size).toBe(places.length + 3);
      },
    ),
    { numRuns: 40 },
  );
});

it('endpoints of the input move with their pods', () => {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'a', name: 's', labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [
      { addresses: ['10.1.0.1'], targetRef: { kind: 'Pod', namespace: 'a', name: 'x' } },
      { addresses: ['192.0.2.77'] },
    ],
  };
  const cluster = clusterOf(node('n1'), pod('a/x', 'n1'), slice);
  const [before] = cluster.pods.get('a/x')?.ips ?? [];
  const stands = cluster.endpointSlices.map((one) => ({
    ...one,
    endpoints: one.endpoints.map((endpoint) =>
      endpoint.pod === 'a/x' ? { ...endpoint, addresses: [before ?? 0] } : endpoint,
    ),
  }));
  const planned = planAddresses({ ...cluster, endpointSlices: stands }, prefix('10.32.0.0/12'));
  const addresses = planned.cluster.endpointSlices.flatMap(({ endpoints }) =>
    endpoints.map((endpoint) => endpoint.addresses.map(formatIp).join()),
  );
  expect(addresses).toEqual([addressOf(planned, 'a/x'), '192.0.2.77']);
});
