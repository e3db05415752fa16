import { formatIp, formatPrefix, prefixContains } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import type { Pod } from '../objects.ts';
import type { ClusterOptions } from '../options.ts';
import { node, pod, problemsOf, service, workload } from '../test-objects.ts';

const ipsOf = (objects: unknown[], options: ClusterOptions = {}): string[] =>
  [...clusterFromObjects(objects, options).pods.values()].map(({ ips }) =>
    ips.map(formatIp).join(','),
  );

describe('addresses of pods', () => {
  test("follow each other in the node's pod CIDR, from .2", () => {
    const web = workload('Deployment', 'a/web', { replicas: 4 });
    expect(ipsOf([web], { nodes: 2 })).toEqual([
      '10.244.0.2',
      '10.244.1.2',
      '10.244.0.3',
      '10.244.1.3',
    ]);
    expect(ipsOf([web], { nodes: 1, families: [4, 6] })[0]).toBe('10.244.0.2,fd00:10:244::2');
    expect(ipsOf([web], { nodes: 1, families: [6] })[3]).toBe('fd00:10:244::5');
  });

  test('leave out those that other pods have', () => {
    const cidr = node('n', { spec: { podCIDR: '10.1.0.0/29' } });
    const taken = pod('a/taken', { spec: { nodeName: 'n' }, status: { podIP: '10.1.0.3' } });
    const finished = pod('a/done', { status: { podIP: '10.1.0.2', phase: 'Failed' } });
    const fresh = ['x', 'y', 'z', 'u', 'v'].map((name) => pod(`a/${name}`));
    const cluster = clusterFromObjects([cidr, ...fresh, finished, taken]);
    expect([...cluster.pods.values()].map(({ ips }) => ips.map(formatIp).join())).toEqual([
      '10.1.0.2',
      '10.1.0.4',
      '10.1.0.5',
      '10.1.0.6',
      '',
      '',
      '10.1.0.3',
    ]);
    expect(cluster.notes).toContain(
      "Without an address, because the node's pod CIDR is full: 1 pod.",
    );
  });

  test('two pods with one address are mentioned', () => {
    const twins = ['a/x', 'a/y'].map((name) => pod(name, { status: { podIP: '10.1.0.3' } }));
    expect(clusterFromObjects(twins).notes).toContain(
      'a/x and a/y have the same address 10.1.0.3.',
    );
  });

  test('the families are those of the input', () => {
    const six = node('n', { status: { addresses: [{ type: 'InternalIP', address: 'fd00::1' }] } });
    expect(ipsOf([six, pod('a/x')])).toEqual(['fd00:10:244::2']);
    expect(ipsOf([service('a/s', { ipFamilyPolicy: 'RequireDualStack' }), pod('a/x')])).toEqual([
      '10.244.0.2,fd00:10:244::2',
    ]);
  });

  test('are all different and inside the pod network, whatever the cluster', () => {
    const options = fc.record({
      nodes: fc.integer({ min: 1, max: 300 }),
      families: fc.constantFrom([4] as const, [6] as const, [4, 6] as const, [6, 4] as const),
    });
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(options, sizes, (some, replicas) => {
        const objects = replicas.map((count, index) =>
          workload('Deployment', `a/w${index}`, { replicas: count }),
        );
        const cluster = clusterFromObjects(objects, some);
        const ips = [...cluster.pods.values()].flatMap((one) => one.ips);
        expect(new Set(ips).size).toBe(cluster.pods.size * some.families.length);
        expect(ips.every((ip) => cluster.podNetworks.some((one) => prefixContains(one, ip)))).toBe(
          true,
        );
        const onNode = ({ node: name, ips: own }: Pod) =>
          own.every((ip) =>
            cluster.nodes.get(name)?.podCidrs.some((cidr) => prefixContains(cidr, ip)),
          );
        expect([...cluster.pods.values()].every(onNode)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('addresses and ports of Services', () => {
  const servicesOf = (objects: unknown[], options: ClusterOptions = {}): string[] =>
    [...clusterFromObjects(objects, options).services.values()].map(
      ({ name, clusterIps, ports, clusterIpSource }) =>
        `${name} ${clusterIps.map(formatIp).join()} ${clusterIpSource} ${ports.map((port) => port.nodePort ?? '-').join()}`,
    );

  test('are made up in the dynamic band, those of the control plane by custom', () => {
    const objects = [
      service('a/x', {}),
      service('a/y', { clusterIP: '10.96.1.2' }),
      service('a/z', {}),
      service('default/kubernetes', {}),
      service('kube-system/kube-dns', {}),
      service('a/headless', { clusterIP: 'None' }),
    ];
    expect(servicesOf(objects)).toEqual([
      'x 10.96.1.1 made-up -',
      'y 10.96.1.2 input -',
      'z 10.96.1.3 made-up -',
      'kubernetes 10.96.0.1 made-up -',
      'kube-dns 10.96.0.10 made-up -',
      'headless  input -',
    ]);
  });

  test('follow a network that the input uses', () => {
    const cluster = clusterFromObjects([
      service('a/x', { clusterIP: '10.43.7.9' }),
      service('a/y', {}),
    ]);
    expect(cluster.serviceNetworks.map(formatPrefix)).toEqual(['10.43.0.0/16']);
    expect(cluster.services.get('a/y')?.clusterIps.map(formatIp)).toEqual(['10.43.1.1']);
  });

  test('run out rather than leave the network', () => {
    const objects = [service('a/x', { clusterIP: '255.255.255.255' })];
    const many = Array.from({ length: 70_000 }, (_, index) => service(`a/s${index}`, {}));
    const { services, notes } = clusterFromObjects([...objects, ...many]);
    expect(notes.at(-1)).toBe('Cluster IPs or node ports have run out for 4,722 Services.');
    const ips = [...services.values()].flatMap(({ clusterIps }) => clusterIps);
    expect(new Set(ips).size).toBe(ips.length);
    expect(ips.length).toBe(65_536 - 257);
  });

  test('are of the families a Service asks for, as far as the cluster has them', () => {
    const dual = { families: [4, 6] } as const;
    const both = { ipFamilyPolicy: 'PreferDualStack' };
    expect(servicesOf([service('a/x', {})], dual)).toEqual(['x 10.96.1.1 made-up -']);
    expect(servicesOf([service('a/x', both)], dual)[0]).toBe(
      'x 10.96.1.1,fd00:10:96::101 made-up -',
    );
    expect(servicesOf([service('a/x', { ...both, ipFamilies: ['IPv6'] })], dual)[0]).toBe(
      'x fd00:10:96::101,10.96.1.1 made-up -',
    );
    expect(servicesOf([service('a/x', both)])).toEqual(['x 10.96.1.1 made-up -']);
  });

  test('node ports are given where the type has them', () => {
    const ports = [
      { port: 80, name: 'a' },
      { port: 81, name: 'b', nodePort: 30000 },
      { port: 82, name: 'c' },
    ];
    expect(servicesOf([service('a/x', { type: 'NodePort', ports })])[0]).toMatch(
      / 30001,30000,30002$/,
    );
    const balancer = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
    expect(clusterFromObjects([service('a/x', balancer)]).services.get('a/x')).toMatchObject({
      ports: [{ nodePort: 30000 }],
      healthCheckNodePort: 30001,
    });
    const without = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    expect(servicesOf([service('a/x', without)])[0]).toMatch(/ -$/);
  });

  test('belong to one Service each', () => {
    const both = [
      { clusterIP: '10.96.9.9' },
      { type: 'NodePort', ports: [{ port: 1, nodePort: 31000 }] },
    ];
    for (const spec of both) {
      const objects = [service('a/x', spec), service('b/y', spec)];
      expect(problemsOf(() => clusterFromObjects(objects))[0]).toMatchObject({
        type: 'FieldValueInvalid',
        name: 'b/y',
        reason: expect.stringContaining('is already that of a/x'),
      });
    }
  });
});

describe('namespaces', () => {
  const namespace = (name: string, labels = {}) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  });

  test('have the label of their name, also when only objects name them', () => {
    const objects = [
      namespace('a', { team: 'x', 'kubernetes.io/metadata.name': 'forged' }),
      pod('b/y'),
    ];
    const cluster = clusterFromObjects([...objects, pod('z')], { defaultNamespace: 'home' });
    expect([...cluster.namespaces.values()]).toEqual([
      { name: 'a', labels: { team: 'x', 'kubernetes.io/metadata.name': 'a' } },
      { name: 'b', labels: { 'kubernetes.io/metadata.name': 'b' } },
      { name: 'home', labels: { 'kubernetes.io/metadata.name': 'home' } },
    ]);
  });

  test('may be declared by several bundles unless they contradict each other', () => {
    const { namespaces } = clusterFromObjects([
      namespace('a', { x: '1' }),
      namespace('a', { y: '2' }),
    ]);
    expect(namespaces.get('a')?.labels).toMatchObject({ x: '1', y: '2' });
    const clash = [namespace('a', { x: '1' }), namespace('a', { x: '2' })];
    expect(problemsOf(() => clusterFromObjects(clash))).toMatchObject([
      { type: 'FieldValueDuplicate', kind: 'Namespace', name: 'a', reason: 'x is 2 here and 1' },
    ]);
  });
});
