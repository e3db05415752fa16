import type { Ip } from '@podpath/net';
import type { Cluster } from './cluster.ts';
import type { Pod } from './objects.ts';

/** The key of a pod in `Cluster.pods`: `namespace/name`. */
export const podKey = ({ namespace, name }: Pick<Pod, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

/** The pods of a namespace, in the cluster's order. Indexed once for each cluster. */
export const podsOf = (cluster: Cluster, namespace: string): readonly Pod[] =>
  indexOf(cluster).byNamespace.get(namespace) ?? [];

/** The pods on a node, in the cluster's order. Indexed once for each cluster. */
export const podsOn = (cluster: Cluster, node: string): readonly Pod[] =>
  indexOf(cluster).byNode.get(node) ?? [];

/**
 * The pod that has an address of its own; `undefined` for a node's address, whoever shares it. When
 * two have the same, the first. Indexed once for each cluster.
 */
export const podByIp = (cluster: Cluster, ip: Ip): Pod | undefined => indexOf(cluster).byIp.get(ip);

/** The first pod of the top workload called `namespace/name`, of whatever kind. */
export const firstPodOf = (cluster: Cluster, workload: string): Pod | undefined =>
  indexOf(cluster).byWorkload.get(workload);

interface Index {
  readonly byNamespace: ReadonlyMap<string, readonly Pod[]>;
  readonly byNode: ReadonlyMap<string, readonly Pod[]>;
  readonly byIp: ReadonlyMap<Ip, Pod>;
  readonly byWorkload: ReadonlyMap<string, Pod>;
}

const indexes = new WeakMap<Cluster, Index>();

const indexOf = (cluster: Cluster): Index => {
  let index = indexes.get(cluster);
  if (index === undefined) {
    const pods = [...cluster.pods.values()];
    const byIp = new Map<Ip, Pod>();
    const byWorkload = new Map<string, Pod>();
    for (const pod of pods) {
      const workload = `${pod.namespace}/${pod.owner.name}`;
      if (!byWorkload.has(workload)) byWorkload.set(workload, pod);
      if (pod.hostNetwork) continue;
      for (const ip of pod.ips) if (!byIp.has(ip)) byIp.set(ip, pod);
    }
    index = {
      byNamespace: Map.groupBy(pods, ({ namespace }) => namespace),
      byNode: Map.groupBy(pods, ({ node }) => node),
      byIp,
      byWorkload,
    };
    indexes.set(cluster, index);
  }
  return index;
};
