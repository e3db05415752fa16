import type { Cluster, Flow, Pod } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import { naiveAllows } from '../peers/naive-policy.ts';
import { expectWay } from '../peers/pod-to-pod.ts';
import { install, PLUGINS } from '../plugins.ts';
import { buildCluster, CLUSTERS, onCluster, type Workload } from '../workloads/workload.ts';
import type { Subject, Suite, Timed } from './suite.ts';

const PORT = 80;
const LEAST_NODES = 100;

export const installing: Suite = {
  name: 'installing',
  title: 'Installing',
  about:
    'How long it takes from a loaded cluster to the end of its first connection: the plugin plans the whole cluster, ' +
    'and two of its nodes are programmed with all their pods. What is not asked about is not built.',
  quantity: 'duration',
  measure: 'time to the first answer',
  workloadTitle: 'Cluster',
  workloads: CLUSTERS.filter(({ nodes }) => nodes >= LEAST_NODES).map((workload) =>
    onCluster(
      workload,
      `${workload.pods} pods and ${workload.policies} policies on ${workload.nodes} nodes; one TCP connection between pods on two nodes`,
      PLUGINS.map(
        (plugin): Subject => ({
          name: plugin.name,
          role: 'plugin',
          prepare: () => firstFlow(plugin, workload),
        }),
      ),
    ),
  ),
};

function firstFlow(plugin: NetworkPlugin, workload: Workload): Timed {
  const cluster = buildCluster(workload);
  const flow = (path: { readonly cluster: Cluster }): readonly [Flow, readonly [Pod, Pod]] => {
    const pair = allowedPair(path.cluster);
    const [from, to] = pair.map(({ namespace, name }) => ({
      kind: 'pod' as const,
      namespace,
      name,
    }));
    if (from === undefined || to === undefined) throw new RangeError('no pair');
    return [{ from, to, protocol: 'TCP', port: PORT }, pair];
  };
  return {
    kind: 'timed',
    operations: 1,
    holds: { nodes: workload.nodes, pods: workload.pods },
    run: () => {
      const path = install(plugin, cluster);
      return path.send(flow(path)[0], { trace: false }).outcome === 'delivered' ? 1 : 0;
    },
    check: () => {
      const path = install(plugin, cluster);
      const [asked, pair] = flow(path);
      expectWay(path, pair, 'first', path.send(asked));
      return 1;
    },
  };
}

/** The first two pods on different nodes that policy lets speak. */
function allowedPair(cluster: Cluster): readonly [Pod, Pod] {
  const pods = [...cluster.pods.values()];
  const [from] = pods;
  const to = pods.find(
    (pod) => from !== undefined && pod.node !== from.node && naiveAllows(cluster, from, pod, PORT),
  );
  if (from === undefined || to === undefined) throw new RangeError('policy lets no pair speak');
  return [from, to];
}
