import { parseIp } from '@podpath/net';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from '../cluster-from-objects.ts';
import { pod, problemsOf } from '../test-objects.ts';

const read = (rest: object) => {
  const [first] = clusterFromObjects([pod('shop/web', { ...rest })]).pods.values();
  return first;
};

const fieldsOf = (rest: object): string[] =>
  problemsOf(() => read(rest)).map(({ field, type }) => `${field} ${type}`);

describe('a pod of a manifest', () => {
  test('runs and is ready', () => {
    expect(read({})).toMatchObject({
      namespace: 'shop',
      name: 'web',
      labels: {},
      hostNetwork: false,
      ports: [],
      phase: 'Running',
      ready: true,
      owner: { kind: 'Pod', name: 'web' },
      addressSource: 'made-up',
    });
    expect(read({})).not.toHaveProperty('source');
  });

  test('has the ports of its containers and sidecars, not of those that only prepare', () => {
    const ports = (port: number) => [{ containerPort: port }];
    const spec = {
      containers: [
        { name: 'a', ports: [{ containerPort: 80, name: 'http', hostPort: 8080 }] },
        { name: 'b', ports: [{ containerPort: 53, protocol: 'UDP' }] },
        { name: 'c' },
      ],
      initContainers: [
        { name: 'd', restartPolicy: 'Always', ports: ports(15001) },
        { name: 'e', ports: ports(1) },
      ],
    };
    expect(read({ spec })?.ports).toEqual([
      { port: 80, protocol: 'TCP', name: 'http', hostPort: 8080 },
      { port: 53, protocol: 'UDP' },
      { port: 15001, protocol: 'TCP' },
    ]);
  });

  test('may name its host', () => {
    expect(read({ spec: { hostname: 'a', subdomain: 'b' } })).toMatchObject({
      hostname: 'a',
      subdomain: 'b',
    });
    expect(fieldsOf({ spec: { hostname: 'A.b' } })).toEqual(['spec.hostname FieldValueInvalid']);
  });

  test.each([
    [{ containerPort: 0 }, 'containerPort FieldValueInvalid'],
    [{ containerPort: '80' }, 'containerPort FieldValueInvalid'],
    [{ containerport: 80 }, 'containerPort FieldValueRequired'],
    [{ containerPort: 80, protocol: 'http' }, 'protocol FieldValueNotSupported'],
    [{ containerPort: 80, name: 'a-name-that-is-too-long' }, 'name FieldValueInvalid'],
    [{ containerPort: 80, hostPort: 70000 }, 'hostPort FieldValueInvalid'],
  ])('port %j: %s', (port, expected) => {
    const field = `spec.containers[0].ports[0].${expected}`;
    expect(fieldsOf({ spec: { containers: [{ ports: [port] }] } })).toEqual([field]);
  });

  test('names of ports are unique in a container, host ports equal with hostNetwork', () => {
    const ports = [1, 2].map((containerPort) => ({ containerPort, name: 'web' }));
    expect(fieldsOf({ spec: { containers: [{ ports }] } })).toEqual([
      'spec.containers[0].ports[1].name FieldValueDuplicate',
    ]);
    const port = { containerPort: 80, hostPort: 8080 };
    expect(fieldsOf({ spec: { hostNetwork: true, containers: [{ ports: [port] }] } })).toEqual([
      'spec.containers[0].ports[0].hostPort FieldValueInvalid',
    ]);
  });
});

describe('a pod of a live cluster', () => {
  test('keeps its addresses, at most one of a family', () => {
    const status = { podIPs: [{ ip: 'fd00::5' }, { ip: '10.1.0.5' }, { ip: '10.1.0.6' }] };
    expect(read({ status })).toMatchObject({
      ips: [parseIp('fd00::5'), parseIp('10.1.0.5')],
      addressSource: 'input',
    });
    expect(read({ status: { podIP: '10.1.0.7' } })?.ips).toEqual([parseIp('10.1.0.7')]);
    expect(fieldsOf({ status: { podIPs: [{ ip: '10.1.0.256' }] } })).toEqual([
      'status.podIPs[0].ip FieldValueInvalid',
    ]);
  });

  test('is ready when its status says so', () => {
    const ready = (status: string) => ({ conditions: [{ type: 'Ready', status }] });
    expect(read({ status: { phase: 'Running', ...ready('False') } })?.ready).toBe(false);
    expect(read({ status: { phase: 'Running', ...ready('True') } })?.ready).toBe(true);
    expect(read({ status: { phase: 'Pending' } })?.ready).toBe(false);
    expect(fieldsOf({ status: { phase: 'running' } })).toEqual([
      'status.phase FieldValueNotSupported',
    ]);
  });

  test.each(['Succeeded', 'Failed'])('%s: its address is given back', (phase) => {
    expect(read({ status: { phase, podIP: '10.1.0.5' } })?.ips).toEqual([]);
    expect(read({ status: { phase } })?.ips).toEqual([]);
  });

  test("on the host's network it has the node's addresses", () => {
    const objects = [
      pod('a/b', { spec: { hostNetwork: true, nodeName: 'n' }, status: { hostIP: '10.9.0.1' } }),
    ];
    const cluster = clusterFromObjects(objects);
    expect(cluster.pods.get('a/b')).toMatchObject({
      hostNetwork: true,
      ips: [parseIp('10.9.0.1')],
      addressSource: 'input',
    });
    expect(cluster.nodes.get('n')?.addresses).toEqual([parseIp('10.9.0.1')]);
  });
});
