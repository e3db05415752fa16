import { type Cluster, type Node, type Pod, podsOn } from '@podpath/cluster';

export interface Limits {
  readonly nodes: number;
  /** Over all nodes. */
  readonly pods: number;
}

/** What a machine builds in seconds. */
export const LAB_LIMITS: Limits = { nodes: 4, pods: 40 };

/** A cluster that a lab can hold, and what of the one given is not in it, in sentences. */
export interface CutCluster {
  readonly cluster: Cluster;
  readonly leftOut: readonly string[];
}

/**
 * Cuts a cluster down to a few nodes and pods. Nodes are taken for the workloads that they add, pods one of each workload
 * first; endpoints go with their pods. Services and policies all stay.
 */
export function cutCluster(cluster: Cluster, limits: Limits = LAB_LIMITS): CutCluster {
  const running = [...cluster.pods.values()].filter(({ ips }) => ips.length > 0);
  if (cluster.nodes.size <= limits.nodes && running.length <= limits.pods) {
    return { cluster, leftOut: [] };
  }
  const nodes = chooseNodes(cluster, limits.nodes);
  const pods = choosePods(
    nodes.map(({ name }) => podsOn(cluster, name).filter(({ ips }) => ips.length > 0)),
    limits.pods,
  );
  const kept = new Map(
    [...cluster.pods].filter(([, pod]) => pods.has(pod)).map(([key, pod]) => [key, pod] as const),
  );
  const endpointSlices = cluster.endpointSlices.map((slice) => ({
    ...slice,
    endpoints: slice.endpoints.filter(({ pod }) => pod === undefined || kept.has(pod)),
  }));
  return {
    cluster: {
      ...cluster,
      nodes: new Map(nodes.map((node) => [node.name, node])),
      pods: kept,
      endpointSlices,
    },
    leftOut: [
      `built are ${nodes.length} of ${cluster.nodes.size} nodes and ${kept.size} of ${running.length} pods ` +
        `(at most ${limits.nodes} and ${limits.pods} in real namespaces), with every Service and policy; ` +
        'endpoints that are not built are left out of their Services',
    ],
  };
}

const workloadOf = ({ namespace, owner }: Pod): string =>
  `${owner.kind} ${namespace}/${owner.name}`;

/** One after the other the node with the most workloads that no earlier one has; the first of equals. */
function chooseNodes(cluster: Cluster, most: number): readonly Node[] {
  const workloads = new Map(
    [...cluster.nodes.values()].map((node) => [
      node,
      new Set(podsOn(cluster, node.name).map(workloadOf)),
    ]),
  );
  const covered = new Set<string>();
  const chosen: Node[] = [];
  while (chosen.length < Math.min(most, cluster.nodes.size)) {
    let best: Node | undefined;
    let bestNew = -1;
    for (const [node, own] of workloads) {
      const added = [...own].filter((workload) => !covered.has(workload)).length;
      if (added > bestNew) [best, bestNew] = [node, added];
    }
    if (best === undefined) break;
    for (const workload of workloads.get(best) ?? []) covered.add(workload);
    workloads.delete(best);
    chosen.push(best);
  }
  return chosen;
}

/** From node to node in turn, pods of workloads that are not there yet first. */
function choosePods(byNode: readonly (readonly Pod[])[], most: number): ReadonlySet<Pod> {
  const chosen = new Set<Pod>();
  const covered = new Set<string>();
  const takeInTurn = (isWanted: (pod: Pod) => boolean): void => {
    const queues = byNode.map((pods) => pods.filter((pod) => !chosen.has(pod)));
    for (let turn = 0; turn < Math.max(0, ...queues.map(({ length }) => length)); turn++) {
      for (const pod of queues.flatMap((queue) => queue.slice(turn, turn + 1))) {
        if (chosen.size >= most) return;
        if (!isWanted(pod)) continue;
        covered.add(workloadOf(pod));
        chosen.add(pod);
      }
    }
  };
  takeInTurn((pod) => !covered.has(workloadOf(pod)));
  takeInTurn(() => true);
  return chosen;
}
