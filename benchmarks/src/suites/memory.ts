import type { DataPath, NetworkPlugin } from '@podpath/cni';
import { install, PLUGINS } from '../plugins.ts';
import {
  connections,
  idleNamespaces,
  iptablesRules,
  nftablesRules,
  routes,
  THINGS,
} from '../workloads/many-things.ts';
import { buildCluster, type Workload } from '../workloads/workload.ts';
import type { Subject, Suite, SuiteWorkload, Weighed } from './suite.ts';

const NODES = 8;
/** As many as a kubelet takes on by default. */
const MOST_PODS = 110;
const FEW_PODS = 10;
const SEED = 7;

const clusterOf = (podsPerNode: number): Workload => ({
  name: `${podsPerNode} pods a node`,
  nodes: NODES,
  pods: NODES * podsPerNode,
  policies: 50,
  seed: SEED,
});

export const memory: Suite = {
  name: 'memory',
  title: 'Memory',
  about:
    'How many bytes of heap an emulated node takes up, with everything that the plugin programs on it, and how many ' +
    'each further pod does: its namespace, its cable and what the node holds for it. The cluster’s own objects are not counted.',
  quantity: 'memory',
  measure: 'bytes of heap',
  workloadTitle: 'What',
  workloads: [
    parts('namespace, idle', `a namespace with nothing in it but lo, of ${THINGS}`, idleNamespaces),
    parts(
      'iptables rule',
      `a rule of a chain of ${THINGS}, of addresses, ports and devices`,
      iptablesRules,
    ),
    parts('nftables rule', `the same rule in the words of nftables`, nftablesRules),
    parts('route', `an IPv4 route of ${THINGS} by one device`, routes),
    parts('connection', `an entry of conntrack, of ${THINGS} TCP connections`, connections),
    workload('node, no pods', `a node that has no pods, on average over ${NODES}`, (plugin) =>
      nodes(plugin, 0),
    ),
    workload(
      `node, ${MOST_PODS} pods`,
      `a node with the namespaces of its ${MOST_PODS} pods, on average over ${NODES} nodes`,
      (plugin) => nodes(plugin, MOST_PODS),
    ),
    workload(
      'pod',
      `a pod: what nodes of ${MOST_PODS} pods take up more than nodes of ${FEW_PODS}, shared out`,
      pods,
    ),
  ],
};

function parts(name: string, description: string, prepare: () => Weighed): SuiteWorkload {
  return {
    name,
    description,
    size: { things: THINGS },
    seed: SEED,
    quick: true,
    subjects: [{ name: 'emulated', role: 'own', prepare }],
  };
}

function workload(
  name: string,
  description: string,
  weigh: (plugin: NetworkPlugin) => Weighed,
): SuiteWorkload {
  const { pods: count, policies, seed } = clusterOf(MOST_PODS);
  return {
    name,
    description,
    size: { nodes: NODES, pods: count, policies },
    seed,
    quick: true,
    subjects: PLUGINS.map(
      (plugin): Subject => ({ name: plugin.name, role: 'plugin', prepare: () => weigh(plugin) }),
    ),
  };
}

function nodes(plugin: NetworkPlugin, podsPerNode: number): Weighed {
  const cluster = buildCluster(clusterOf(podsPerNode));
  const make = (): DataPath => awake(install(plugin, cluster));
  const { rules, setMembers } = make().cost('node-0');
  return {
    kind: 'weighed',
    things: NODES,
    make,
    check: () => countNamespaces(make(), podsPerNode),
    holds: { namespaces: 1 + podsPerNode, rules, 'set members': setMembers },
  };
}

function pods(plugin: NetworkPlugin): Weighed {
  const many = nodes(plugin, MOST_PODS);
  const few = nodes(plugin, FEW_PODS);
  return {
    ...many,
    things: NODES * (MOST_PODS - FEW_PODS),
    makeWithout: few.make,
    holds: { namespaces: 1 },
  };
}

/** Every node programmed: what the cost of one is asked for. */
function awake(path: DataPath): DataPath {
  for (const node of path.cluster.nodes.keys()) path.namespace({ kind: 'node', name: node });
  return path;
}

/** The oracle is arithmetic: each node has its pods' cables, and each pod answers for its address. */
function countNamespaces(path: DataPath, podsPerNode: number): number {
  let found = 0;
  for (const { namespace, name, ips, node } of path.cluster.pods.values()) {
    const pod = path.namespace({ kind: 'pod', namespace, name });
    const has = pod.devices().flatMap(({ addresses }) => addresses.map(({ address }) => address));
    if (!ips.every((ip) => has.includes(ip))) throw new Error(`${name} on ${node} has no address`);
    found++;
  }
  if (found !== NODES * podsPerNode) throw new Error(`${found} pods, not ${NODES * podsPerNode}`);
  return NODES + found;
}
