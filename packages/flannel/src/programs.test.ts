import { namespaceOf } from '@podpath/cni';
import type { Command } from '@podpath/linux';
import { formatIp, formatPrefix, parseMac } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { flannel } from './flannel.ts';
import { testCluster, testNode, testPod } from './test-cluster.ts';

const NODES = [
  testNode('n1', '192.0.2.11', ['10.244.1.0/24']),
  testNode('n2', '192.0.2.12', ['10.244.2.0/24'], {
    annotations: {
      'flannel.alpha.coreos.com/backend-data': '{"VNI":1,"VtepMAC":"8a:00:00:00:00:02"}',
    },
  }),
  testNode('n3', '192.0.2.13', ['10.244.3.0/24'], {
    annotations: { 'flannel.alpha.coreos.com/backend-data': 'null' },
  }),
];

const install = (options: object = {}, nodes = NODES) =>
  flannel.install(
    testCluster({ nodes, pods: ['a', 'b'].map((name) => testPod(name, 'n1', '10.0.0.1')) }),
    flannel.configure(options),
  );

/** What is programmed in a namespace, without packet filter rules and the underlay. */
const commands = (path: ReturnType<typeof install>, node: string, namespace: string): Command[] =>
  path
    .program(node)
    .filter((program) => program.namespace === namespace)
    .flatMap((program) => program.commands)
    .filter((command) => command.kind !== 'iptables');

describe('for every other node', () => {
  it('a node programs neighbour, FDB and route, in this order', () => {
    const after = commands(install(), 'n1', namespaceOf.node('n1')).filter(
      ({ kind }) =>
        kind === 'neighbour-replace' || kind === 'fdb-replace' || kind === 'route-replace',
    );
    expect(after.map(({ kind }) => kind)).toEqual([
      'neighbour-replace',
      'fdb-replace',
      'route-replace',
      'neighbour-replace',
      'fdb-replace',
      'route-replace',
    ]);
    expect(after[1]).toMatchObject({ mac: parseMac('8a:00:00:00:00:02'), dst: 0xc000_020c });
  });

  it('it routes directly when told to and both are on one link', () => {
    const routes = (options: object, nodes = NODES) =>
      commands(install(options, nodes), 'n1', namespaceOf.node('n1')).flatMap((command) =>
        command.kind === 'route-replace'
          ? [`${formatPrefix(command.route.dst)} via ${formatIp(command.route.via ?? 0)}`]
          : [],
      );
    const direct = { Backend: { Type: 'vxlan', DirectRouting: true } };
    expect(routes(direct)).toEqual([
      '10.244.2.0/24 via 192.0.2.12',
      '10.244.3.0/24 via 192.0.2.13',
    ]);
    expect(install(direct).overlay).toEqual({ encapsulationBytes: 0, podMtuBytes: 1450 });
    const apart = [...NODES, testNode('n4', '8.8.8.8', ['10.244.4.0/24'])];
    expect(routes(direct, apart)).toEqual([
      '10.244.2.0/24 via 10.244.2.0',
      '10.244.3.0/24 via 10.244.3.0',
      '10.244.4.0/24 via 10.244.4.0',
    ]);
  });
});

describe('the bridge', () => {
  it('comes with the first pod of a node only', () => {
    const made = commands(install(), 'n1', namespaceOf.node('n1')).flatMap((command) =>
      command.kind === 'link-add' && command.type !== 'vxlan' ? [command.type] : [],
    );
    expect(made).toEqual(['bridge', 'veth', 'veth']);
    expect(
      commands(install(), 'n2', namespaceOf.node('n2')).some(
        (command) => command.kind === 'link-add' && command.type === 'bridge',
      ),
    ).toBe(false);
  });
});

describe('what is drawn at random elsewhere', () => {
  const devices = (path: ReturnType<typeof install>) =>
    commands(path, 'n1', namespaceOf.node('n1')).flatMap((command) =>
      command.kind === 'link-add' ? [[command.name, command.mac]] : [],
    );

  it('is the same for the same cluster', () => {
    expect(devices(install())).toEqual(devices(install()));
  });

  it('looks as it does elsewhere', () => {
    const [[vxlan, mac = 0] = [], , [veth] = []] = devices(install());
    expect(vxlan).toBe('flannel.1');
    expect(veth).toMatch(/^veth[0-9a-f]{8}$/);
    const first = Math.floor(Number(mac) / 2 ** 40);
    expect(first & 0x03).toBe(0x02);
  });
});

describe('the device', () => {
  it('follows the backend’s options', () => {
    const path = install({ Backend: { Type: 'vxlan', VNI: 42, Port: 4789, MTU: 1400 } });
    expect(commands(path, 'n1', namespaceOf.node('n1'))).toContainEqual(
      expect.objectContaining({ name: 'flannel.42', vni: 42, port: 4789, mtuBytes: 1350 }),
    );
    expect(path.overlay).toEqual({ encapsulationBytes: 50, podMtuBytes: 1350 });
  });
});

describe('notes', () => {
  it('say what in the input has no effect', () => {
    const pods = [
      testPod('a', 'n1', '10.0.0.1', { ports: [{ port: 80, protocol: 'TCP', hostPort: 8080 }] }),
    ];
    const cluster = {
      ...testCluster({ nodes: NODES, pods }),
      networkPolicies: [
        {
          namespace: 'default',
          name: 'deny',
          podSelector: { matchLabels: {}, matchExpressions: [] },
          policyTypes: ['Ingress' as const],
          ingress: [],
          egress: [],
        },
      ],
    };
    expect(flannel.install(cluster, flannel.configure({})).notes).toEqual([
      'Flannel enforces no NetworkPolicy: the 1 in the input have no effect.',
      'Host ports are not emulated: no node answers for default/a’s, nor for any other.',
    ]);
  });
});
