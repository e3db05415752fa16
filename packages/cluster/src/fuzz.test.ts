import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { clusterFromObjects } from './cluster-from-objects.ts';
import { clusterFromText } from './load-cluster.ts';
import { ClusterLoadError } from './problem.ts';
import { node, object, pod, policy, service, workload } from './test-objects.ts';
import {
  ADMIN_NETWORK_POLICY,
  BASELINE_ADMIN_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  GLOBAL_NETWORK_POLICY,
  OTHER_CALICO_OBJECTS,
  TIER,
} from './test-policy-objects.ts';

/** Whatever goes in, a consistent cluster or a list of problems comes out. */
const load = (call: () => ReturnType<typeof clusterFromObjects>): 'loaded' | 'refused' => {
  try {
    const cluster = call();
    for (const [key, one] of cluster.pods) {
      expect(key).toBe(`${one.namespace}/${one.name}`);
      expect(cluster.nodes.has(one.node)).toBe(true);
      expect(cluster.namespaces.has(one.namespace)).toBe(true);
    }
    return 'loaded';
  } catch (error) {
    if (!(error instanceof ClusterLoadError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { reason, expected } of error.problems) expect([reason, expected]).not.toContain('');
    return 'refused';
  }
};

const SEEDS: readonly object[] = [
  node('a', {
    spec: {
      podCIDRs: ['10.1.0.0/24', 'fd01::/64'],
      taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
    },
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
  }),
  pod('shop/web', {
    metadata: {
      labels: { app: 'web' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', controller: true }],
    },
    spec: {
      nodeName: 'a',
      tolerations: [{ key: 'k', operator: 'Exists' }],
      containers: [{ ports: [{ containerPort: 80, name: 'http', protocol: 'TCP', hostPort: 80 }] }],
      initContainers: [{ restartPolicy: 'Always', ports: [{ containerPort: 81 }] }],
    },
    status: {
      phase: 'Running',
      podIPs: [{ ip: '10.1.0.5' }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }),
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) =>
    workload(kind, 'shop/web', { replicas: 2 }, { nodeSelector: { disk: 'ssd' } }),
  ),
  object('batch/v1', 'Job', 'shop/job', {
    spec: { parallelism: 2, completionMode: 'Indexed', template: { spec: {} } },
  }),
  object('batch/v1', 'CronJob', 'shop/cron', {
    spec: { jobTemplate: { spec: { template: { spec: {} } } } },
  }),
  service('shop/web', {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.9',
    selector: { app: 'web' },
    ipFamilies: ['IPv4'],
  }),
  object('discovery.k8s.io/v1', 'EndpointSlice', 'shop/web-x', {
    metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.1.0.5'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: 'web' },
      },
    ],
    ports: [{ name: '', port: 80 }],
  }),
  object('v1', 'Endpoints', 'shop/old', {
    subsets: [{ addresses: [{ ip: '10.1.0.6' }], ports: [{ port: 80 }] }],
  }),
  policy('shop/p', {
    podSelector: {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }],
    },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80, endPort: 90 }] }],
    egress: [
      {
        to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
        ports: [{ port: 'http' }],
      },
    ],
  }),
  { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'x' } }] },
  CLUSTER_NETWORK_POLICY,
  ADMIN_NETWORK_POLICY,
  BASELINE_ADMIN_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  { apiVersion: 'v1', kind: 'List', items: [TIER, GLOBAL_NETWORK_POLICY] },
  ...OTHER_CALICO_OBJECTS,
];

/** Values that are wrong in some place or other. */
const wrong = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    'x',
    'None',
    '80',
    '10.0.0.1',
    '10.0.0.0/8',
    'fd00::/8',
    'a/b/c',
    '__proto__',
    'IPv6',
    0,
    -1,
    1.5,
    65536,
    2 ** 31,
    2 ** 53,
    Number.NaN,
    true,
    false,
    [],
    {},
    [null],
    [[]],
    { a: null },
    [{}],
  ),
  fc.jsonValue(),
);

/** A seed with one member or item, wherever `steps` lead to, replaced. */
const mutate = (value: unknown, steps: readonly number[], replacement: unknown): unknown => {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) =>
      String(index) === key ? mutate(item, rest, replacement) : item,
    );
  }
  return { ...value, [key]: mutate(Object(value)[key], rest, replacement) };
};

const mutant = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 8 }),
    wrong,
  )
  .map(([seed, steps, replacement]) => mutate(seed, steps, replacement));

const options = { maxPods: 1000 };

const settings = fc.record(
  {
    nodes: fc.integer({ min: 1, max: 5 }),
    families: fc.constantFrom([4] as const, [6] as const, [6, 4] as const),
    strictCidrs: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe('arbitrary input', { timeout: 60_000 }, () => {
  test('the seeds are right', () => {
    for (const seed of SEEDS) expect(load(() => clusterFromObjects([seed]))).toBe('loaded');
  });

  test('any values at all', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (values) => {
        load(() => clusterFromObjects(values, options));
      }),
      { numRuns: 500 },
    );
  });

  test('objects of known kinds with any content', () => {
    const kinds = SEEDS.map((seed) => ({
      apiVersion: Object(seed).apiVersion,
      kind: Object(seed).kind,
    }));
    const content = fc.record({
      metadata: fc.oneof(fc.constant({ name: 'x' }), fc.jsonValue()),
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
      items: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), content, (kind, rest) => {
        load(() => clusterFromObjects([{ ...kind, ...rest }], options));
      }),
      { numRuns: 1000 },
    );
  });

  test('right objects with something wrong in them, several at once', () => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.array(mutant, { minLength: 1, maxLength: 4 }), settings, (objects, some) => {
        outcomes.add(load(() => clusterFromObjects(objects, { ...options, ...some })));
      }),
      { numRuns: 3000 },
    );
    expect([...outcomes].sort()).toEqual(['loaded', 'refused']);
  });

  test('the same as text, which knows where', () => {
    fc.assert(
      fc.property(mutant, fc.boolean(), (value, asYaml) => {
        const text = asYaml ? stringify(value) : JSON.stringify(value);
        fc.pre(typeof text === 'string');
        load(() => clusterFromText(text, 'fuzz', options));
      }),
      { numRuns: 1000 },
    );
  });

  test('manifests with characters changed, moved and lost', () => {
    const text = SEEDS.map((seed) => stringify(seed)).join('---\n');
    const edit = fc.tuple(
      fc.nat({ max: text.length }),
      fc.nat({ max: 5 }),
      fc.constantFrom('', ' ', '\n', ':', '-', '"', '{', '[', '&a ', '*a', '---\n', '\t', '\u0000'),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        const broken = edits.reduce(
          (some, [at, lost, added]) => some.slice(0, at) + added + some.slice(at + lost),
          text,
        );
        load(() => clusterFromText(broken, 'fuzz', options));
      }),
      { numRuns: 300 },
    );
  });
});
