import type {
  CalicoEntity,
  CalicoPolicy,
  CalicoPort,
  CalicoRule,
  CalicoTier,
  Cluster,
  ClusterNetworkPolicy,
  ClusterNetworkPolicyRule,
  Flow,
  NetworkSet,
  Service,
} from '@podpath/cluster';
import { parseCalicoSelector } from '@podpath/cluster';
import { parseIp, parsePrefix } from '@podpath/net';
import { compilePolicies, type PolicyFlow, translatePolicies } from '@podpath/policy';
import { endpointSlicesOf } from '@podpath/services';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calico } from './calico.ts';
import { testCluster } from './testing/test-cluster.ts';

/** Every pod has a port called `web`, at a number of its own. */
const PODS = Object.fromEntries(
  ['a', 'b', 'c', 'd'].map((name, index) => [
    name,
    {
      node: index % 2 === 0 ? 'n1' : 'n2',
      namespace: index < 2 ? 'prod' : 'dev',
      ips: [`10.244.${index}.7`, `fd00:244::${index}:7`],
      labels: { app: name, half: index === 1 ? 'low' : 'high' },
      ports: [
        { name: 'web', port: 8000 + (index % 2), protocol: 'TCP' as const },
        { name: 'web', port: 9000, protocol: 'UDP' as const },
      ],
    },
  ]),
);

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const text = (selector: string) => ({ text: selector, selector: parseCalicoSelector(selector) });

const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] }) as unknown as fc.Arbitrary<Partial<T>>;

const selector = pick(
  'all()',
  "app == 'a'",
  "app in {'b', 'c'}",
  "half != 'low'",
  '!has(none)',
  "app starts with 'd' || half contains 'o'",
  "role == 'set'",
  "pcns.team == 'blue'",
  "projectcalico.org/namespace == 'prod'",
  "projectcalico.org/orchestrator == 'k8s'",
).map(text);

const namespaceSelector = pick('all()', 'global()', "team == 'blue'", '!has(team)').map(text);

const port: fc.Arbitrary<CalicoPort> = pick<CalicoPort>(
  'web',
  { first: 8000, last: 8000 },
  { first: 8001, last: 9000 },
);

const nets = (family: 4 | 6) =>
  fc
    .subarray(
      family === 4
        ? ['10.244.0.0/16', '10.244.1.0/24', '10.244.2.7/32', '10.244.3.0/25']
        : ['fd00:244::/64', 'fd00:244::1:0/112'],
      { minLength: 1 },
    )
    .map((list) => list.map(parsePrefix));

/**
 * At most one list at each end that iptables can hold as alternatives only: with three, Felix's rules match more than they
 * should, as a test of the rendering shows.
 */
const entity = (family: 4 | 6, hasPorts: boolean, services: boolean): fc.Arbitrary<CalicoEntity> =>
  fc.oneof(
    fc.constant({}),
    optional<CalicoEntity>({ selector, notSelector: selector, namespaceSelector }),
    optional<CalicoEntity>({ nets: nets(family), selector }),
    services && !hasPorts
      ? fc.constant({ services: { namespace: 'prod', name: 'web' } })
      : fc.constant({}),
    optional<CalicoEntity>({ notNets: nets(family), notSelector: selector }),
    optional<CalicoEntity>({
      serviceAccounts: optional<{ names: readonly string[] }>({
        names: pick(['default'], ['other']),
      }).map(({ names = [] }) => ({ names, selector: text("role == 'app'") })),
      selector,
    }),
    ...(hasPorts
      ? [
          optional<CalicoEntity>({
            ports: fc.uniqueArray(port, { minLength: 1, maxLength: 2 }),
            selector,
          }),
          optional<CalicoEntity>({
            notPorts: fc.uniqueArray(port, { minLength: 1, maxLength: 2 }),
            namespaceSelector,
          }),
        ]
      : []),
  );

const rule = (direction: 'ingress' | 'egress'): fc.Arbitrary<CalicoRule> =>
  fc
    .tuple(
      pick<4 | 6>(4, 6),
      pick<NonNullable<CalicoRule['protocol']> | undefined>(
        undefined,
        'TCP',
        'UDP',
        6,
        'ICMP',
        'SCTP',
      ),
    )
    .chain(([family, protocol]) => {
      const hasPorts = protocol === 'TCP' || protocol === 'UDP' || protocol === 6;
      return fc.record(
        {
          action: pick<CalicoRule['action']>('Allow', 'Allow', 'Deny', 'Pass', 'Log'),
          ...(protocol === undefined ? {} : { protocol: fc.constant(protocol) }),
          ...(protocol === undefined ? { notProtocol: pick<'TCP' | 17>('TCP', 17) } : {}),
          ...(protocol === 'ICMP'
            ? { icmp: pick({ type: 8 }, { type: 8, code: 0 }, { type: 3 }) }
            : {}),
          source: entity(family, false, direction === 'ingress'),
          destination: entity(family, hasPorts, direction === 'egress'),
          http: fc.constant(false),
        },
        {
          requiredKeys: [
            'action',
            ...(protocol === undefined ? [] : (['protocol'] as const)),
            'source',
            'destination',
            'http',
          ],
        },
      ) as unknown as fc.Arbitrary<CalicoRule>;
    });

const rules = (direction: 'ingress' | 'egress') => fc.array(rule(direction), { maxLength: 3 });

const calicoPolicy = fc
  .record({
    isGlobal: fc.boolean(),
    namespace: pick('prod', 'dev'),
    tier: pick('default', 'first', 'last', 'unordered'),
    order: pick<number | undefined>(undefined, 1, 2, 1000, 1001),
    selector,
    narrowed: fc.option(pick("team == 'blue'", 'all()').map(text), { nil: undefined }),
    types: fc.subarray(['Ingress', 'Egress'] as const, { minLength: 1 }),
    ingress: rules('ingress'),
    egress: rules('egress'),
  })
  .map(
    ({ isGlobal, namespace, order, narrowed, ...rest }): Omit<CalicoPolicy, 'name'> => ({
      ...rest,
      kind: isGlobal ? 'GlobalNetworkPolicy' : 'NetworkPolicy',
      ...(isGlobal ? {} : { namespace }),
      ...(order === undefined ? {} : { order }),
      ...(isGlobal && narrowed !== undefined ? { namespaceSelector: narrowed } : {}),
      doNotTrack: false,
      preDnat: false,
      applyOnForward: false,
    }),
  );

const labelled = (matchLabels: Record<string, string>) => ({ matchLabels, matchExpressions: [] });
const someLabels = pick(labelled({}), labelled({ app: 'a' }), labelled({ half: 'high' }));
const someNamespaces = pick(labelled({}), labelled({ team: 'blue' }));

const clusterRule = (direction: 'ingress' | 'egress'): fc.Arbitrary<ClusterNetworkPolicyRule> =>
  fc.record({
    action: pick<ClusterNetworkPolicyRule['action']>('Allow', 'Deny', 'Pass'),
    peers: fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('pods' as const),
          namespaces: someNamespaces,
          pods: someLabels,
        }),
        fc.record({ kind: fc.constant('pods' as const), namespaces: someNamespaces }),
        ...(direction === 'ingress'
          ? []
          : [
              nets(4).map((cidrs) => ({ kind: 'networks' as const, cidrs })),
              nets(6).map((cidrs) => ({ kind: 'networks' as const, cidrs })),
            ]),
      ),
      { minLength: 1, maxLength: 2 },
    ),
    ports: fc.array(
      pick(
        { protocol: 'TCP' as const, first: 8000, last: 8000 },
        { protocol: 'UDP' as const, first: 8500, last: 9500 },
      ),
      { maxLength: 2 },
    ),
  });

const clusterPolicy: fc.Arbitrary<Omit<ClusterNetworkPolicy, 'name'>> = fc.record({
  kind: fc.constant('ClusterNetworkPolicy' as const),
  tier: pick('Admin', 'Baseline'),
  priority: fc.nat({ max: 3 }),
  subject: fc.record({ namespaces: someNamespaces, pods: someLabels }),
  ingress: fc.array(clusterRule('ingress'), { maxLength: 2 }),
  egress: fc.array(clusterRule('egress'), { maxLength: 2 }),
});

/** Leads to the pods `a` and `b`, each at the port that is called `web` there. */
const WEB: Service = {
  namespace: 'prod',
  name: 'web',
  labels: {},
  type: 'ClusterIP',
  clusterIps: ['10.96.0.10', 'fd00:96::10'].map(parseIp),
  clusterIpSource: 'input',
  headless: false,
  selector: {},
  ports: [{ name: 'web', protocol: 'TCP', port: 80, targetPort: 'web' }],
  externalIps: [],
  loadBalancerIps: [],
  loadBalancerSourceRanges: [],
  externalTrafficPolicy: 'Cluster',
  internalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
};

const TIERS: readonly CalicoTier[] = [
  { name: 'first', order: 10, defaultAction: 'Pass' },
  { name: 'last', order: 2_000_000, defaultAction: 'Deny' },
  { name: 'unordered', defaultAction: 'Pass' },
];

const SETS: readonly NetworkSet[] = [
  { name: 'world', labels: { role: 'set' }, nets: [parsePrefix('10.244.2.0/23')] },
  { name: 'six', labels: { role: 'set' }, nets: [parsePrefix('::/0')] },
  { name: 'own', namespace: 'dev', labels: { role: 'set' }, nets: [parsePrefix('192.0.2.0/24')] },
];

const named = <T>(list: readonly T[]): readonly (T & { readonly name: string })[] =>
  list.map((each, index) => ({ ...each, name: `p${index}` }));

const flows: readonly (Flow & PolicyFlow)[] = Object.entries(PODS).flatMap(([from, source]) =>
  Object.entries(PODS).flatMap(([to, destination]) =>
    from === to
      ? []
      : ([4, 6] as const).flatMap((family) =>
          (
            [
              ['TCP', 8000],
              ['TCP', 8001],
              ['UDP', 9000],
              ['ICMP', 0],
            ] as const
          ).map(([protocol, number]): Flow & PolicyFlow => ({
            from: { kind: 'pod', namespace: source.namespace, name: from },
            to: { kind: 'pod', namespace: destination.namespace, name: to },
            protocol,
            port: number,
            family,
          })),
        ),
  ),
);

it('a packet ends as the reference evaluator and compiled policies say, under policies of every kind', () => {
  fc.assert(
    fc.property(
      fc.array(calicoPolicy, { maxLength: 4 }),
      fc.array(clusterPolicy, { maxLength: 3 }),
      (calicoPolicies, clusterPolicies) => {
        const cluster: Cluster = {
          ...testCluster({
            nodes: { n1: ['172.18.0.2', 'fd00:18::2'], n2: ['172.18.0.3', 'fd00:18::3'] },
            pods: PODS,
            namespaces: { prod: { team: 'blue' } },
            podNetworks: ['10.244.0.0/16', 'fd00:244::/64'],
          }),
          services: new Map([['prod/web', WEB]]),
          serviceAccounts: new Map([
            ['prod/default', { namespace: 'prod', name: 'default', labels: { role: 'app' } }],
          ]),
          clusterNetworkPolicies: named(clusterPolicies),
          calico: {
            policies: named(calicoPolicies),
            stagedPolicies: [],
            tiers: TIERS,
            networkSets: SETS,
            hostEndpoints: [],
            profiles: [],
          },
        };
        const path = calico.install(cluster, calico.configure(undefined));
        const compiled = compilePolicies(path.cluster, translatePolicies(path.cluster), {
          endpointSlices: () => endpointSlicesOf(path.cluster),
        });
        for (const flow of flows) {
          const { outcome } = path.send(flow, { trace: false });
          const allowed = outcome === 'delivered' || outcome === 'refused';
          expect({ flow, outcome, allowed }).toEqual({
            flow,
            outcome,
            allowed: path.verdict(flow).allowed,
          });
          expect({ flow, allowed: compiled.verdict(flow) }).toEqual({ flow, allowed });
        }
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
