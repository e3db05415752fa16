import type { Cluster, FlowProtocol, Pod } from '@podpath/cluster';

/** Pods that one controller made: policy and plugins treat them alike, so one stands for all. */
export interface Workload {
  /** `namespace/name` of the controller, or of the pod when it has none. */
  readonly name: string;
  readonly kind: string;
  /** The pod that stands for the workload. */
  readonly pod: Pod;
  readonly replicas: number;
  /** Ports that its containers declare. */
  readonly ports: readonly { readonly protocol: FlowProtocol; readonly port: number }[];
}

/** The workloads with an address, in the cluster's order. */
export function workloadsOf(cluster: Cluster): readonly Workload[] {
  const pods = new Map<string, Pod[]>();
  for (const pod of cluster.pods.values()) {
    if (pod.ips.length === 0) continue;
    const key = `${pod.owner.kind} ${pod.namespace}/${pod.owner.name}`;
    const known = pods.get(key);
    if (known === undefined) pods.set(key, [pod]);
    else known.push(pod);
  }
  const workloads: Workload[] = [];
  for (const members of pods.values()) {
    const [pod] = members;
    if (pod === undefined) continue;
    workloads.push({
      name: `${pod.namespace}/${pod.owner.name}`,
      kind: pod.owner.kind,
      pod,
      replicas: members.length,
      ports: pod.ports.map(({ protocol, port }) => ({ protocol, port })),
    });
  }
  return workloads;
}
