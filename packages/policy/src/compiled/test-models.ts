import type {
  Cluster,
  EndpointSlice,
  HostEndpoint,
  Labels,
  NetworkSet,
  Pod,
  ServiceAccount,
} from '@podpath/cluster';
import { type IpFamily, parseIp, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import type { Knowledge } from '../address-knowledge.ts';
import type { PolicyFlow } from '../flow.ts';
import { EVERYTHING, type LabelExpression } from '../label-expression.ts';
import type {
  EndMatch,
  Policy,
  PolicyModel,
  PortMatch,
  Rule,
  Stage,
  Tier,
  TrafficMatch,
} from '../model.ts';
import { end, testCluster, testNamespace, testPod } from '../test-cluster.ts';
import type { Direction } from '../verdict.ts';

// Random clusters and models with every feature that a model has, over a small world in which all of it meets often.

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 });

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

const nets = pick(
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

const label = pick(
  'app',
  'tier',
  'role',
  'hash',
  'namespace:team',
  'namespace:app',
  'serviceaccount:app',
  ':namespace',
  ':serviceaccount',
  ':orchestrator',
  'namespace:kubernetes.io/metadata.name',
);
const value = pick('web', 'db', 'back', 'x', 'y', 'a', 'b', 'c', 'robot', 'k8s', 'x1');

const { expression } = fc.letrec<{ expression: LabelExpression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    pick<LabelExpression>(
      { kind: 'in', label: 'app', values: ['web'] },
      { kind: 'in', label: 'app', values: ['db'] },
      { kind: 'has', label: 'role' },
    ),
    fc.record({
      kind: fc.constant('in' as const),
      label,
      values: fc.array(value, { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('has' as const), label }),
    fc.record({
      kind: pick('contains' as const, 'starts with' as const, 'ends with' as const),
      label,
      value: pick('w', 'b', 'x', ''),
    }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('expression') }),
    fc.record({
      kind: pick('and' as const, 'or' as const),
      operands: fc.array(tie('expression'), { maxLength: 3 }),
    }),
  ),
}));

const endMatch: fc.Arbitrary<EndMatch> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ labels: expression }) },
  fc.record({ nets: fc.array(nets, { minLength: 1, maxLength: 2 }) }),
  fc.record(
    {
      labels: expression,
      notLabels: expression,
      nets: fc.array(nets, { maxLength: 2 }),
      notNets: fc.array(nets, { maxLength: 2 }),
      service: pick({ namespace: 'a', name: 's' }, { namespace: 'b', name: 'none' }),
      nodes: expression,
      domains: pick(['*.example.com'], ['example.com', 'www.Example.com.'], ['other.org']),
    },
    { requiredKeys: [] },
  ),
  fc.record({ service: fc.constant({ namespace: 'a', name: 's' }) }),
  fc.record({ notLabels: expression, notNets: fc.array(nets, { minLength: 1, maxLength: 2 }) }),
);

const ends = fc.oneof(
  fc.constant('anyone' as const),
  fc.array(endMatch, { minLength: 1, maxLength: 2 }),
);

const port: fc.Arbitrary<PortMatch> = fc.oneof(
  pick(
    { first: 80, last: 80 },
    { first: 53, last: 81 },
    { first: 0, last: 65_535 },
    { first: 81, last: 40_000 },
  ),
  fc.record({ name: pick('http', 'http', 'dns', 'high') }),
  fc.record({ name: pick('http', 'dns', 'high'), protocol: pick(6, 17) }),
);
const ports = fc.array(port, { minLength: 1, maxLength: 2 });
const protocol = pick(6, 6, 17, 132, 136, 1, 58, 47, 50);
const icmp = fc.record({ type: pick(0, 8, 128), code: pick(0, 3) }, { requiredKeys: ['type'] });

const traffic: fc.Arbitrary<TrafficMatch> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ protocol: pick(6, 6, 17, 132), ports }) },
  fc.record(
    {
      family: pick(4 as const, 6 as const),
      protocol,
      notProtocol: protocol,
      icmp,
      notIcmp: icmp,
      sourcePorts: ports,
      notSourcePorts: ports,
      ports,
      notPorts: ports,
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const rule = (name: string, direction: Direction): fc.Arbitrary<Rule> =>
  fc.record({
    ref: fc.constant({ policy: { kind: 'Policy', name }, direction, index: 0 }),
    action: pick(
      'allow' as const,
      'allow' as const,
      'deny' as const,
      'pass' as const,
      'log' as const,
    ),
    from: ends,
    to: ends,
    traffic: fc.oneof(
      { weight: 1, arbitrary: fc.constant('any' as const) },
      { weight: 2, arbitrary: fc.array(traffic, { maxLength: 2 }) },
    ),
  });

const STAGES: readonly (readonly Stage[])[] = [
  ['endpoint', 'forward'],
  ['untracked'],
  ['pre-dnat'],
  ['forward'],
];

export const policy = (name: string): fc.Arbitrary<Policy> =>
  fc
    .record({
      subject: expression,
      stages: maybe(pick(...STAGES)),
      withStages: pick(false, false, false, true),
      ingress: maybe(fc.array(rule(name, 'ingress'), { maxLength: 3 })),
      egress: maybe(fc.array(rule(name, 'egress'), { maxLength: 3 })),
    })
    .map(({ subject, stages, withStages, ingress, egress }) => ({
      ref: { kind: 'Policy', name },
      subject,
      ...(withStages && stages !== undefined ? { stages } : {}),
      ...(ingress === undefined ? {} : { ingress }),
      ...(egress === undefined ? {} : { egress }),
    }));

const tier = (name: string): fc.Arbitrary<Tier> =>
  fc.record({
    name: fc.constant(name),
    unmatched: pick('deny' as const, 'pass' as const),
    policies: fc
      .tuple(policy(`${name}-1`), policy(`${name}-2`), policy(`${name}-3`))
      .chain((list) => fc.subarray(list)),
  });

const tcp = (first: number): TrafficMatch => ({ protocol: 6, ports: [{ first, last: first }] });

/** Tiers that say much at once, where later ones are seldom asked. */
const tiers = fc.tuple(tier('first'), tier('second'), tier('third'));

/** Tiers of which one alone decides, so that what each of its rules says comes to light. */
const sparseTiers: typeof tiers = fc
  .tuple(rule('second-1', 'ingress'), rule('second-2', 'egress'), pick('ingress', 'egress', 'both'))
  .map(([ingress, egress, which]) => {
    const policy = (number: number, rules: Pick<Policy, 'ingress' | 'egress'>): Policy => ({
      ref: { kind: 'Policy', name: `second-${number}` },
      subject: EVERYTHING,
      ...rules,
    });
    const policies = [
      ...(which === 'egress' ? [] : [policy(1, { ingress: [{ ...ingress, action: 'allow' }] })]),
      ...(which === 'ingress' ? [] : [policy(2, { egress: [{ ...egress, action: 'allow' }] })]),
    ];
    return [
      { name: 'first', unmatched: 'pass', policies: [] },
      { name: 'second', unmatched: 'deny', policies },
      { name: 'third', unmatched: 'pass', policies: [] },
    ];
  });

export const model: fc.Arbitrary<PolicyModel> = fc
  .record({
    tiers: fc.oneof(tiers, sparseTiers),
    profile: rule('p', 'ingress'),
  })
  .map(({ tiers: list, profile }) => ({
    tiers: list,
    profiles: new Map([['p', { name: 'p', ingress: [profile], egress: [] }]]),
    failsafes: { ingress: [tcp(22)], egress: [tcp(53)] },
  }));

const OUTSIDE = ['8.8.8.8', '8.8.4.4', '1.1.1.1', '10.0.0.200', '10.0.1.1'];
const OUTSIDE6 = ['2001:db8::1', '2001:db9::1', 'fd00::1:2'];
const PODS = ['a', 'b', 'c'].flatMap((namespace) =>
  [0, 1, 2, 3].map((at) => `${namespace}/p${at}`),
);
const NAMES = [...PODS, ...PODS, 'node-1', 'node-2', 'node-9', ...OUTSIDE, ...OUTSIDE6];
const anEnd = pick(...NAMES).map(end);

/** Some of them cannot exist. */
export const flow: fc.Arbitrary<PolicyFlow> = fc.record(
  {
    from: anEnd,
    to: anEnd,
    protocol: pick<PolicyFlow['protocol']>('TCP', 'TCP', 'UDP', 'SCTP', 'ICMP', 136, 47, 50, 1, 3),
    port: pick(22, 53, 79, 80, 81, 82, 40_000, 65_535, 0),
    sourcePort: pick(80, 32_768, 50_000),
    icmp: pick({ type: 8, code: 0 }, { type: 0, code: 3 }, { type: 128, code: 1 }),
    family: fc.constant(4 as const),
  },
  { requiredKeys: ['from', 'to', 'protocol', 'port'] },
);

const SWEPT: readonly Pick<PolicyFlow, 'protocol' | 'port' | 'icmp'>[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 81 },
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'SCTP', port: 80 },
  { protocol: 'ICMP', port: 0 },
  { protocol: 47, port: 0 },
];

/** Everything that goes between one end and all others: what two draws seldom hit comes to light where all are tried. */
export const sweep: fc.Arbitrary<readonly PolicyFlow[]> = fc
  .record({ one: anEnd, family: pick<IpFamily>(4, 4, 6) })
  .map(({ one, family }) =>
    [...new Set(NAMES)].flatMap((name) => {
      const other = end(name);
      return [
        { from: one, to: other },
        { from: other, to: one },
      ].flatMap((ends) => SWEPT.map((each) => ({ ...ends, ...each, family })));
    }),
  );
