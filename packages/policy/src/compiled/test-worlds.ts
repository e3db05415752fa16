import type {
  Cluster,
  EndpointSlice,
  HostEndpoint,
  Labels,
  NetworkSet,
  Pod,
  ServiceAccount,
} from '@podpath/cluster';
import { parseIp, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import type { Knowledge } from '../address-knowledge.ts';
import { testCluster, testNamespace, testPod } from '../test-cluster.ts';

// Random clusters with everything that policies ask about, all of it small, so that it meets often.

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const own = pick<Labels>(
  {},
  { app: 'web' },
  { app: 'db' },
  { app: 'db', tier: 'back' },
  { app: 'web', tier: 'front', hash: 'x1' },
  { hash: 'x2', role: 'db' },
);

const PORTS: readonly (readonly string[])[] = [
  [],
  ['http=TCP/80', 'dns=UDP/53'],
  ['http=TCP/80'],
  ['http=TCP/81', 'dns=TCP/53'],
  ['http=SCTP/80', 'high=TCP/32768'],
];

export const podAt = (namespace: string, index: number): fc.Arbitrary<Pod> => {
  const digit = ['a', 'b', 'c'].indexOf(namespace);
  return fc
    .record({
      labels: own,
      ports: pick(...PORTS),
      phase: pick<Pod['phase']>(
        ...(index === 0 ? (['Running', 'Failed'] as const) : (['Running'] as const)),
      ),
      node: pick('node-1', 'node-2', 'node-3', 'node-4'),
      families: pick('4', '6', '46', '46', '46', '46', '64'),
      hostNetwork: pick(false, false, false, false, true),
      serviceAccount: pick('default', 'robot'),
    })
    .map(({ families, hostNetwork, node, ...more }) => {
      const host = node === 'node-4' ? 3 : Number(node.at(-1));
      const addresses = hostNetwork
        ? { 4: `192.168.0.${host}`, 6: `fd01::${host}` }
        : { 4: `10.0.${digit}.${index}`, 6: `fd00::${digit}:${index}` };
      const ips = [...families].map((each) => addresses[each === '4' ? 4 : 6]);
      return testPod(`${namespace}/p${index}`, ips, {
        ...more,
        hostNetwork,
        node: hostNetwork ? `node-${host}` : node,
      });
    });
};

const pods = fc
  .tuple(...['a', 'b', 'c'].flatMap((namespace) => [0, 1, 2, 3].map((at) => podAt(namespace, at))))
  .map((list) => list.filter((_, index) => index !== 5));

export const namespaceLabels = pick<Labels>(
  {},
  { team: 'x' },
  { team: 'y' },
  { team: 'y', app: 'db' },
);

export const nets = pick(
  '0.0.0.0/0',
  '10.0.0.0/16',
  '10.0.0.0/23',
  '10.0.1.0/24',
  '10.0.2.0/31',
  '192.168.0.0/30',
  '192.168.0.2/32',
  '8.8.0.0/16',
  '8.8.8.8/32',
  '::/0',
  'fd00::/112',
  'fd00::1:0/112',
  'fd01::2/128',
  '2001:db8::/32',
).map(parsePrefix);

const podNets = pick('10.0.0.0/23', '10.0.1.0/24', 'fd00::/112').map(parsePrefix);

export const networkSet = (name: string): fc.Arbitrary<NetworkSet> =>
  fc.record(
    {
      name: fc.constant(name),
      labels: own,
      nets: fc.array(fc.oneof(nets, podNets), { maxLength: 2 }),
      namespace: pick('a', 'b'),
    },
    { requiredKeys: ['name', 'labels', 'nets'] },
  );

const hostEndpoint: fc.Arbitrary<HostEndpoint> = fc.record(
  {
    name: fc.constant('host'),
    labels: own,
    node: pick('node-1', 'node-2'),
    interfaceName: pick('*', 'eth0'),
    expectedIps: fc.array(pick('192.168.0.1', '10.0.0.1', 'fd01::2').map(parseIp), {
      maxLength: 2,
    }),
    profiles: pick([], ['p']),
    ports: pick([], [{ name: 'http', port: 80, protocol: 'TCP' }]),
  },
  { requiredKeys: ['name', 'labels', 'node', 'expectedIps', 'profiles', 'ports'] },
);

const ACCOUNTS: readonly ServiceAccount[] = [
  { namespace: 'a', name: 'robot', labels: { app: 'db' } },
  { namespace: 'b', name: 'default', labels: { team: 'x' } },
];

const SLICES: readonly EndpointSlice[] = [
  {
    namespace: 'a',
    name: 's-1',
    service: 's',
    family: 4,
    ports: [
      { name: 'http', protocol: 'TCP', port: 80 },
      { name: 'dns', protocol: 'UDP' },
    ],
    endpoints: ['10.0.0.1', '10.0.1.2', '8.8.8.8', '192.168.0.2'].map((address) => ({
      addresses: [parseIp(address)],
      ready: true,
      serving: true,
      terminating: false,
    })),
  },
];

export const KNOWLEDGE: Knowledge = {
  dns: new Map([
    ['www.example.com.', ['8.8.8.8', '10.0.2.1'].map(parseIp)],
    ['Example.com', ['1.1.1.1', '2001:db8::1'].map(parseIp)],
  ]),
};

/** `hosts`: with host endpoints, which the tables leave to the reference evaluator. */
export const cluster = (hosts: boolean): fc.Arbitrary<Cluster> =>
  fc
    .record({
      pods,
      labels: fc.tuple(namespaceLabels, namespaceLabels),
      sets: fc.tuple(networkSet('one'), networkSet('two')).chain((sets) => fc.subarray(sets)),
      hostEndpoints: hosts ? fc.array(hostEndpoint, { maxLength: 1 }) : fc.constant([]),
      nodes: fc.tuple(own, own),
    })
    .map(({ pods: list, labels: [a, b], sets, hostEndpoints, nodes }) => {
      const base = testCluster({
        pods: list,
        namespaces: [testNamespace('a', a), testNamespace('b', b)],
      });
      return {
        ...base,
        nodes: new Map(
          [...base.nodes.values()].map((node, index) => [
            node.name,
            { ...node, labels: nodes[index] ?? {} },
          ]),
        ),
        endpointSlices: SLICES,
        serviceAccounts: new Map(ACCOUNTS.map((one) => [`${one.namespace}/${one.name}`, one])),
        calico: {
          ...base.calico,
          networkSets: sets,
          hostEndpoints,
          profiles: [{ name: 'p', ingress: [], egress: [], labelsToApply: { role: 'db' } }],
        },
      };
    });
