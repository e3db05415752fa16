import {
  type Cluster,
  matchesSelector,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type Pod,
} from '@podpath/cluster';
import { prefixContains } from '@podpath/net';

/**
 * What a tool writes that has just read the API: every policy is looked at for every flow. It knows pods, numeric
 * ports and TCP, which is all that the benchmark's clusters have. Oracle and peer.
 */
export function naiveAllows(cluster: Cluster, from: Pod, to: Pod, port: number): boolean {
  return side(cluster, from, to, port, 'Egress') && side(cluster, to, from, port, 'Ingress');
}

function side(
  cluster: Cluster,
  pod: Pod,
  other: Pod,
  port: number,
  direction: 'Ingress' | 'Egress',
): boolean {
  let isolated = false;
  for (const policy of cluster.networkPolicies) {
    if (policy.namespace !== pod.namespace || !policy.policyTypes.includes(direction)) continue;
    if (!matchesSelector(policy.podSelector, pod.labels)) continue;
    isolated = true;
    const rules = direction === 'Ingress' ? policy.ingress : policy.egress;
    for (const rule of rules) {
      const portOk =
        rule.ports.length === 0 ||
        rule.ports.some(
          (each) => each.protocol === 'TCP' && (each.port === undefined || each.port === port),
        );
      const peerOk =
        rule.peers.length === 0 || rule.peers.some((peer) => matches(cluster, policy, peer, other));
      if (portOk && peerOk) return true;
    }
  }
  return !isolated;
}

function matches(
  cluster: Cluster,
  policy: NetworkPolicy,
  peer: NetworkPolicyPeer,
  pod: Pod,
): boolean {
  const { ipBlock, namespaceSelector, podSelector } = peer;
  if (ipBlock !== undefined) {
    return pod.ips.some(
      (address) =>
        prefixContains(ipBlock.cidr, address) &&
        !ipBlock.except.some((except) => prefixContains(except, address)),
    );
  }
  const namespaceOk =
    namespaceSelector === undefined
      ? pod.namespace === policy.namespace
      : matchesSelector(namespaceSelector, cluster.namespaces.get(pod.namespace)?.labels ?? {});
  return namespaceOk && (podSelector === undefined || matchesSelector(podSelector, pod.labels));
}
