import {
  type CalicoPolicy,
  type CalicoRule,
  type Cluster,
  type HostEndpoint,
  type NetworkSet,
  parseCalicoSelector,
} from '@podpath/cluster';
import { type Ip, parsePrefix } from '@podpath/net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Knowledge } from './address-knowledge.ts';
import { model } from './compiled/test-models.ts';
import { cluster as anyCluster, KNOWLEDGE } from './compiled/test-worlds.ts';
import { type ConnectionSet, formatConnections } from './connection-set.ts';
import { createEvaluator } from './evaluator.ts';
import type { PolicyEnd } from './flow.ts';
import type { PolicyModel } from './model.ts';
import { type ReachabilityEnd, reachability } from './reachability.ts';
import { namespaces, pods, policies } from './test-arbitraries.ts';
import { testCluster } from './test-cluster.ts';
import { clusterPolicies } from './test-model-arbitraries.ts';
import { translatePolicies } from './translate-policies.ts';

/** Every member of a row: each of its pods or nodes, or the first and last address of each range outside. */
const members = (end: ReachabilityEnd, taken: ReadonlySet<Ip>): readonly PolicyEnd[] => {
  switch (end.kind) {
    case 'workload':
      return end.pods.map((name) => ({ kind: 'pod', namespace: end.namespace, name }));
    case 'nodes':
      return end.nodes.map((name) => ({ kind: 'node', name }));
    case 'outside':
      return end.ranges
        .flatMap(({ first, last }) => [first, last])
        .filter((address) => !taken.has(address))
        .map((address) => ({ kind: 'address', address }));
  }
};

/** Where something runs; a pod and its own node always reach each other, whatever the row says. */
const locationOf = (cluster: Cluster, end: PolicyEnd): string | undefined => {
  if (end.kind === 'node') return end.name;
  return end.kind === 'pod' ? cluster.pods.get(`${end.namespace}/${end.name}`)?.node : undefined;
};

// Pods of one owner that differ in labels and addresses, so that rows have to part.
const owned = pods.map((pod, index) => ({
  ...pod,
  owner: { kind: 'Deployment', name: index % 2 === 0 ? 'even' : 'odd' },
}));
const takenIn = ({ pods: all, nodes }: Cluster): ReadonlySet<Ip> =>
  new Set([
    ...[...all.values()].flatMap(({ ips }) => ips),
    ...[...nodes.values()].flatMap(({ addresses }) => addresses),
  ]);

const expectCellsToHold = (
  cluster: Cluster,
  model: PolicyModel = translatePolicies(cluster),
  knowledge: Knowledge = {},
): number => {
  const { ends, connections } = reachability(cluster, { model, knowledge });
  const evaluator = createEvaluator(cluster, model, knowledge);
  const taken = takenIn(cluster);
  const sets = new Map<string, ConnectionSet>();
  let compared = 0;
  for (const [i, row] of ends.entries()) {
    for (const [j, column] of ends.entries()) {
      for (const family of [4, 6] as const) {
        const cell = connections(i, j, family);
        if (cell === undefined) continue;
        const text = formatConnections(cell);
        expect(sets.get(text) ?? cell, 'equal sets are the same object').toBe(cell);
        sets.set(text, cell);
        for (const from of members(row, taken)) {
          for (const to of members(column, taken)) {
            if (JSON.stringify(named(from)) === JSON.stringify(named(to))) continue;
            const exact = evaluator.connections({ from, to, family });
            const isOwnNode =
              from.kind !== to.kind && locationOf(cluster, from) === locationOf(cluster, to);
            const expected = isOwnNode ? 'everything' : formatConnections(cell);
            expect(`${i} ${j} ${family} ${formatConnections(exact)}`).toBe(
              `${i} ${j} ${family} ${expected}`,
            );
            compared += 1;
          }
        }
      }
    }
  }
  return compared;
};

it('a cell holds for every pair of members of its row and column', () => {
  fc.assert(
    fc.property(policies, (list) => {
      const cluster = testCluster({ namespaces, pods: owned, policies: list });
      expect(expectCellsToHold(cluster)).toBeGreaterThan(100);
    }),
    { numRuns: 50 },
  );
});

const named = (end: PolicyEnd): readonly string[] => {
  if (end.kind === 'pod') return [end.namespace, end.name];
  return [end.kind === 'node' ? end.name : `${end.address}`];
};

it('a cell holds under policies of every kind, network sets and host endpoints', () => {
  const set = (name: string, cidr: string): NetworkSet => ({
    name,
    labels: { app: 'web', tier: name },
    nets: [parsePrefix(cidr)],
  });
  const hosts: readonly HostEndpoint[] = ['node-1', 'node-2'].map((node, index) => ({
    name: node,
    labels: { host: node },
    node,
    interfaceName: index === 0 ? '*' : 'eth0',
    expectedIps: [],
    profiles: [],
    ports: [],
  }));
  const rule = (action: CalicoRule['action'], parts: Partial<CalicoRule>): CalicoRule => ({
    action,
    source: {},
    destination: {},
    http: false,
    ...parts,
  });
  const text = (selector: string) => ({ text: selector, selector: parseCalicoSelector(selector) });
  const web = { selector: text("app == 'web'") };
  const calicoRules = fc.array(
    fc.constantFrom(
      rule('Deny', { source: web, destination: { selector: text("tier == 'back'") } }),
      rule('Allow', { protocol: 'TCP', destination: { ports: ['http', { first: 90, last: 99 }] } }),
      rule('Pass', { notProtocol: 'TCP', source: { notSelector: text("tier == 'x'") } }),
      rule('Deny', {
        protocol: 'UDP',
        destination: { notPorts: ['dns'], notNets: [parsePrefix('8.0.0.0/8')] },
      }),
      rule('Allow', { source: { nets: [parsePrefix('10.0.0.0/15')] } }),
    ),
    { maxLength: 3 },
  );
  const calicoPolicy = fc
    .record({
      selector: fc
        .constantFrom('all()', "tier == 'back'", "host == 'node-1'", 'has(host)')
        .map(text),
      types: fc.subarray(['Ingress' as const, 'Egress' as const], { minLength: 1 }),
      ingress: calicoRules,
      egress: calicoRules,
      applyOnForward: fc.boolean(),
    })
    .map(
      (parts): CalicoPolicy => ({
        kind: 'GlobalNetworkPolicy',
        name: 'g',
        tier: 'default',
        doNotTrack: false,
        preDnat: false,
        ...parts,
      }),
    );
  fc.assert(
    fc.property(policies, clusterPolicies, fc.tuple(calicoPolicy, calicoPolicy), (...args) => {
      const [list, scoped, [first, second]] = args;
      const base = testCluster({ namespaces, pods: owned, policies: list.slice(0, 2) });
      const cluster: Cluster = {
        ...base,
        clusterNetworkPolicies: scoped,
        calico: {
          ...base.calico,
          policies: [first, { ...second, name: 'h' }],
          networkSets: [set('x', '10.0.0.0/23'), set('back', '8.8.8.0/24')],
          hostEndpoints: hosts,
        },
      };
      expectCellsToHold(cluster);
    }),
    { numRuns: 30 },
  );
}, 60_000);

it.each([
  ['pods, nodes, sets and what is outside', false],
  ['host endpoints too', true],
])(
  'a cell holds under every feature of the model: %s',
  (_, hosts) => {
    let compared = 0;
    fc.assert(
      fc.property(anyCluster(hosts), model, (world, rules) => {
        // Two workloads, so that rows have to part.
        const pods = [...world.pods].map(
          ([key, pod], index) =>
            [key, { ...pod, owner: { kind: 'Deployment', name: `d${index % 2}` } }] as const,
        );
        compared += expectCellsToHold({ ...world, pods: new Map(pods) }, rules, KNOWLEDGE);
      }),
      { numRuns: 60 },
    );
    expect(compared).toBeGreaterThan(10_000);
  },
  120_000,
);

it('every pod of the pod network is in one row', () => {
  fc.assert(
    fc.property(policies, (list) => {
      const { ends } = reachability(testCluster({ namespaces, pods: owned, policies: list }));
      const inRows = ends.flatMap((end) =>
        end.kind === 'workload' ? end.pods.map((name) => `${end.namespace}/${name}`) : [],
      );
      const expected = owned
        .filter(({ hostNetwork }) => !hostNetwork)
        .map(({ namespace, name }) => `${namespace}/${name}`);
      expect(inRows.toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 50 },
  );
});
