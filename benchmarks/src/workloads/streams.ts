import type { Cluster, Flow, Pod } from '@podpath/cluster';
import { createRandom } from './random.ts';

/** IPv4 addresses of pods all over the cluster, with one in ten beyond it. */
export function addressStream(cluster: Cluster, count: number, seed: number): Uint32Array {
  const random = createRandom(seed);
  const addresses: number[] = [];
  for (const pod of cluster.pods.values()) {
    for (const address of pod.ips) if (typeof address === 'number') addresses.push(address);
  }
  return Uint32Array.from({ length: count }, () => {
    const pick = addresses[random.below(addresses.length)];
    if (pick === undefined || random.below(10) === 0) return 0xcb00_7100 + random.below(256);
    return pick;
  });
}

const NODES_ON_THE_WAY = 8;

/** New TCP connections between pods on the first nodes: a walk brings to life only what it touches. */
export function flowStream(cluster: Cluster, count: number, seed: number): readonly Flow[] {
  const random = createRandom(seed);
  const nodes = new Set([...cluster.nodes.keys()].slice(0, NODES_ON_THE_WAY));
  const pods = [...cluster.pods.values()].filter((pod) => nodes.has(pod.node));
  const pick = (): Pod => {
    const pod = pods[random.below(pods.length)];
    if (pod === undefined) throw new RangeError('the cluster has no pods on its first nodes');
    return pod;
  };
  const end = (pod: Pod): Flow['from'] => ({
    kind: 'pod',
    namespace: pod.namespace,
    name: pod.name,
  });
  return Array.from({ length: count }, () => {
    const from = pick();
    let to = pick();
    while (to === from) to = pick();
    return { from: end(from), to: end(to), protocol: 'TCP', port: 80 };
  });
}
