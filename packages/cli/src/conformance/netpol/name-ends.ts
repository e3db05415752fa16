import { type Cluster, podByIp } from '@podpath/cluster';
import type { PolicyEnd, PolicyFlow } from '@podpath/policy';

/** Names the pods and nodes that vectors give by address: packets are sent by somebody, not by an address. */
export const nameEnds = <Flow extends PolicyFlow>(cluster: Cluster, flow: Flow): Flow => ({
  ...flow,
  from: nameEnd(cluster, flow.from),
  to: nameEnd(cluster, flow.to),
});

const nameEnd = (cluster: Cluster, end: PolicyEnd): PolicyEnd => {
  if (end.kind !== 'address') return end;
  for (const { name, addresses } of cluster.nodes.values()) {
    if (addresses.includes(end.address)) return { kind: 'node', name };
  }
  const pod = podByIp(cluster, end.address);
  return pod === undefined ? end : { kind: 'pod', namespace: pod.namespace, name: pod.name };
};
