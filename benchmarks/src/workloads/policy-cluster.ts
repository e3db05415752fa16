import {
  type Cluster,
  EMPTY_CLUSTER,
  type LabelSelector,
  type Labels,
  type Namespace,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type Node,
  type Pod,
} from '@podpath/cluster';
import { parsePrefix } from '@podpath/net';
import { createRandom } from './random.ts';

/** A cluster that policies are compiled for, and the seed that made it. */
export interface PolicyWorkload {
  readonly name: string;
  readonly nodes: number;
  readonly namespaces: number;
  readonly pods: number;
  readonly policies: number;
  readonly seed: number;
  /** Whether every pod has a value of its own for a label that policies read. */
  readonly adversarial?: boolean;
}

export const POLICY_CLUSTERS: readonly PolicyWorkload[] = [
  { name: 'S', nodes: 3, namespaces: 4, pods: 100, policies: 20, seed: 1 },
  { name: 'M', nodes: 100, namespaces: 80, pods: 5_000, policies: 500, seed: 2 },
  { name: 'L', nodes: 1_000, namespaces: 700, pods: 50_000, policies: 5_000, seed: 3 },
  { name: 'XL', nodes: 5_000, namespaces: 2_000, pods: 150_000, policies: 20_000, seed: 4 },
  {
    name: 'adversarial',
    nodes: 100,
    namespaces: 80,
    pods: 20_000,
    policies: 2_000,
    seed: 5,
    adversarial: true,
  },
];

const REPLICAS = 5;
const APPS = 200;
const TEAMS = 60;
const TIERS = ['edge', 'service', 'store', 'batch'];
export const PORTS = [80, 443, 3000, 5432, 6379, 8000, 8080, 8443, 9090, 9200, 27_017];

const namespaceName = (index: number): string => (index === 0 ? 'kube-system' : `ns-${index}`);

/** App `at` of a namespace, of which there are some dozens, out of the names that the whole cluster uses. */
const appName = (namespace: number, at: number): string =>
  `app-${(namespace * 7 + at * 13) % APPS}`;

/** Objects as they are after loading. The pods of an app differ in nothing but the hash of their template. */
export function buildPolicyCluster(workload: PolicyWorkload): Cluster {
  const { nodes, namespaces, pods, adversarial = false } = workload;
  const random = createRandom(workload.seed);
  const appsPerNamespace = Math.max(2, Math.ceil(pods / namespaces / REPLICAS));
  const podAt = (index: number): Pod => {
    const namespace = index % namespaces;
    const at = Math.floor(index / namespaces) % appsPerNamespace;
    const version = 1 + random.below(2);
    const app = appName(namespace, at);
    return {
      namespace: namespaceName(namespace),
      name: `${app}-${index}`,
      labels: {
        app,
        tier: TIERS[at % TIERS.length] ?? 'edge',
        version: `v${version}`,
        team: `team-${(namespace + at) % TEAMS}`,
        'pod-template-hash': `${app}-${version}`,
        ...(adversarial ? { instance: `instance-${index}` } : {}),
      },
      node: `node-${index % nodes}`,
      ips: [0x0a00_0000 + 256 + index],
      addressSource: 'input',
      hostNetwork: false,
      ports: [
        { name: 'http', port: at % 3 === 0 ? 8000 : 8080, protocol: 'TCP' },
        { name: 'metrics', port: 9090, protocol: 'TCP' },
      ],
      phase: 'Running',
      ready: true,
      owner: { kind: 'Deployment', name: app },
    };
  };
  return {
    ...EMPTY_CLUSTER,
    nodes: byName(Array.from({ length: nodes }, (_, index) => nodeAt(index))),
    namespaces: byName(Array.from({ length: namespaces }, (_, index) => namespaceAt(index))),
    pods: new Map(
      Array.from({ length: pods }, (_, index) => {
        const pod = podAt(index);
        return [`${pod.namespace}/${pod.name}`, pod];
      }),
    ),
    networkPolicies: Array.from({ length: workload.policies }, (_, index) =>
      buildPolicy(workload, index, appsPerNamespace, random),
    ),
  };
}

const byName = <Item extends { readonly name: string }>(items: readonly Item[]) =>
  new Map(items.map((item) => [item.name, item]));

const nodeAt = (index: number): Node => ({
  name: `node-${index}`,
  labels: { zone: `zone-${index % 3}` },
  addresses: [0xac10_0000 + index],
  addressSource: 'input',
  podCidrs: [],
  podCidrSource: 'made-up',
  annotations: {},
});

const namespaceAt = (index: number): Namespace => {
  const name = namespaceName(index);
  const stage = index % 5 === 0 ? 'test' : 'live';
  return {
    name,
    labels: { 'kubernetes.io/metadata.name': name, team: `team-${index % TEAMS}`, stage },
  };
};

type Random = ReturnType<typeof createRandom>;

/** One of the kinds of policies that clusters have, in turn: of every ten in a namespace, one closes it. */
function buildPolicy(
  { namespaces, pods, adversarial = false }: PolicyWorkload,
  index: number,
  apps: number,
  random: Random,
): NetworkPolicy {
  const space = index % namespaces;
  const namespace = namespaceName(space);
  const app = (): Labels => ({ app: appName(space, random.below(apps)) });
  const tcp = (port: number | string): NetworkPolicyPort => ({ protocol: 'TCP', port });
  const anyPort = () => tcp(PORTS[random.below(PORTS.length)] ?? 80);
  const policy = (
    podSelector: LabelSelector,
    parts: Partial<Pick<NetworkPolicy, 'ingress' | 'egress' | 'policyTypes'>>,
  ): NetworkPolicy => ({
    namespace,
    name: `policy-${index}`,
    podSelector,
    policyTypes: ['Ingress'],
    ingress: [],
    egress: [],
    ...parts,
  });
  const inSpace = (name: string, labels?: Labels): NetworkPolicyPeer => ({
    namespaceSelector: labelled({ 'kubernetes.io/metadata.name': name }),
    ...(labels === undefined ? {} : { podSelector: labelled(labels) }),
  });
  const admit = (peers: readonly NetworkPolicyPeer[], ...ports: readonly NetworkPolicyPort[]) =>
    policy(labelled(app()), { ingress: [{ peers, ports }] });

  if (adversarial && index % 2 === 0) {
    const instance = `instance-${space + namespaces * random.below(Math.floor(pods / namespaces))}`;
    return policy(labelled({ instance }), {
      ingress: [{ peers: [{ podSelector: labelled(app()) }], ports: [anyPort()] }],
    });
  }
  switch (Math.floor(index / namespaces) % 10) {
    case 0:
      return policy(labelled({}), { policyTypes: ['Ingress'] });
    case 1:
    case 2:
    case 3:
      return admit([{ podSelector: labelled(app()) }, { podSelector: labelled(app()) }], anyPort());
    case 4: {
      const other = random.below(namespaces);
      const peer = { app: appName(other, random.below(apps)) };
      return admit([inSpace(namespaceName(other), peer)], anyPort(), tcp('http'));
    }
    case 5:
      return policy(labelled({}), {
        ingress: [{ peers: [inSpace('kube-system')], ports: [tcp('metrics')] }],
      });
    case 6:
      return policy(labelled({ tier: 'store' }), {
        policyTypes: ['Egress'],
        egress: [
          {
            peers: [inSpace('kube-system')],
            ports: [{ protocol: 'UDP', port: 53 }, tcp(53)],
          },
          { peers: [{ podSelector: labelled({}) }], ports: [] },
        ],
      });
    case 7:
      return admit(
        [
          {
            namespaceSelector: labelled({ team: `team-${random.below(TEAMS)}`, stage: 'live' }),
            podSelector: labelled({ tier: TIERS[random.below(TIERS.length)] ?? 'edge' }),
          },
        ],
        anyPort(),
      );
    case 8:
      return policy(labelled({ tier: 'edge' }), {
        ingress: [
          { peers: [OUTSIDE], ports: [tcp(443), { protocol: 'TCP', port: 8000, endPort: 8100 }] },
        ],
      });
    default:
      return policy(labelled(app()), {
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          { peers: [{ podSelector: oneOf('tier', 'edge', 'service') }], ports: [anyPort()] },
        ],
        egress: [
          { peers: [OUTSIDE], ports: [tcp(443)] },
          { peers: [{ podSelector: labelled(app()) }], ports: [] },
        ],
      });
  }
}

const labelled = (matchLabels: Labels): LabelSelector => ({ matchLabels, matchExpressions: [] });
const oneOf = (key: string, ...values: readonly string[]): LabelSelector => ({
  matchLabels: {},
  matchExpressions: [{ key, operator: 'In', values }],
});

/** The world but for the cluster's own addresses. */
const OUTSIDE: NetworkPolicyPeer = {
  ipBlock: {
    cidr: parsePrefix('0.0.0.0/0'),
    except: ['10.0.0.0/8', '172.16.0.0/12'].map(parsePrefix),
  },
};
