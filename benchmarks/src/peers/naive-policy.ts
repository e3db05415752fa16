import {
  type Cluster,
  matchesSelector,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type Pod,
  type PortProtocol,
} from '@podpath/cluster';
import { prefixContains } from '@podpath/net';

/**
 * What a tool writes that has just read the API: every policy is looked at for every flow. It knows pods and their
 * ports, which is all that it is asked about. Oracle and peer.
 */
export function naiveAllows(
  cluster: Cluster,
  from: Pod,
  to: Pod,
  port: number,
  protocol: PortProtocol = 'TCP',
): boolean {
  if (from === to) return true;
  const opens = (each: NetworkPolicyPort): boolean => opensPort(each, to, port, protocol);
  return side(cluster, from, to, opens, 'Egress') && side(cluster, to, from, opens, 'Ingress');
}

function opensPort(
  { port: wanted, endPort, protocol }: NetworkPolicyPort,
  to: Pod,
  port: number,
  asked: PortProtocol,
): boolean {
  if (protocol !== asked) return false;
  if (wanted === undefined) return true;
  if (typeof wanted === 'number') return wanted <= port && port <= (endPort ?? wanted);
  return to.ports.some(
    (declared) => declared.name === wanted && declared.protocol === asked && declared.port === port,
  );
}

function side(
  cluster: Cluster,
  pod: Pod,
  other: Pod,
  opens: (port: NetworkPolicyPort) => boolean,
  direction: 'Ingress' | 'Egress',
): boolean {
  let isolated = false;
  for (const policy of cluster.networkPolicies) {
    if (policy.namespace !== pod.namespace || !policy.policyTypes.includes(direction)) continue;
    if (!matchesSelector(policy.podSelector, pod.labels)) continue;
    isolated = true;
    const rules = direction === 'Ingress' ? policy.ingress : policy.egress;
    for (const rule of rules) {
      const portOk = rule.ports.length === 0 || rule.ports.some(opens);
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
