import type {
  Cluster,
  ClusterNetworkPolicyRule,
  NetworkPolicy,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '@podpath/cluster';
import type { PolicyDeviation } from '@podpath/cni';
import { familyOf, type Ip, parsePrefix } from '@podpath/net';
import type { PolicyEnd, PolicyFlow } from '@podpath/policy';
import { isNotUnderstood } from '../../lint/plugin-findings.ts';

/** Whether a plugin's known deviation can change the answer for this flow in this cluster. */
export const deviationTouches = (
  id: PolicyDeviation['id'],
  cluster: Cluster,
  flow: PolicyFlow,
): boolean => {
  const source = placeOf(cluster, flow.from);
  const destination = placeOf(cluster, flow.to);
  switch (id) {
    case 'named-ports-reject-policy':
      return portsOf(cluster).some(({ port }) => typeof port === 'string');
    case 'end-port-ignored':
      return portsOf(cluster).some(({ endPort }) => endPort !== undefined);
    case 'ipv6-unsupported':
      return (
        isIpv6(cluster, flow) ||
        peersOf(cluster).some(
          ({ ipBlock }) => ipBlock !== undefined && familyOf(ipBlock.cidr.address) === 6,
        )
      );
    case 'pod-to-own-node-unpoliced':
    case 'pod-to-own-node-policed':
      return !source.isNode && destination.isNode && source.node === destination.node;
    case 'node-source-is-tunnel-address':
      return source.isNode && !destination.isNode && source.node !== destination.node;
    case 'node-to-local-pod-unpoliced':
      return source.isNode && !destination.isNode && source.node === destination.node;
    case 'local-host-unpoliced':
      return source.isNode !== destination.isNode && source.node === destination.node;
    case 'unlisted-type-rules-apply':
      return cluster.networkPolicies.some(
        ({ policyTypes, ingress, egress }) =>
          (ingress.length > 0 && !policyTypes.includes('Ingress')) ||
          (egress.length > 0 && !policyTypes.includes('Egress')),
      );
    case 'cluster-policies-ignored':
      return cluster.clusterNetworkPolicies.length > 0;
    case 'cluster-policies-fail-closed':
      return cluster.clusterNetworkPolicies.some(({ ingress, egress }) =>
        [...ingress, ...egress].some(isNotUnderstood),
      );
    case 'calico-policies-ignored':
      return cluster.calico.policies.length > 0;
    case 'host-endpoints-ignored':
      return cluster.calico.hostEndpoints.length > 0;
    case 'selector-name-clash':
      return peersOf(cluster).some(
        ({ podSelector, namespaceSelector }) =>
          namespaceSelector !== undefined &&
          podSelector !== undefined &&
          Object.keys(podSelector.matchLabels).length === 0 &&
          podSelector.matchExpressions.length === 0,
      );
  }
};

/**
 * The cluster whose policies mean by the API what these are with the deviations, for those that can be put that
 * way; absent when one cannot.
 */
export const deviatedCluster = (
  ids: readonly PolicyDeviation['id'][],
  cluster: Cluster,
): Cluster | undefined => {
  let policies: readonly NetworkPolicy[] = cluster.networkPolicies;
  let { clusterNetworkPolicies } = cluster;
  for (const id of ids) {
    if (id === 'named-ports-reject-policy') {
      policies = policies.filter((policy) =>
        portsIn(policy).every(({ port }) => typeof port !== 'string'),
      );
    } else if (id === 'end-port-ignored') {
      policies = policies.map((policy) => ({
        ...policy,
        ingress: policy.ingress.map(withoutEndPorts),
        egress: policy.egress.map(withoutEndPorts),
      }));
    } else if (id === 'cluster-policies-ignored') {
      clusterNetworkPolicies = [];
    } else if (id === 'cluster-policies-fail-closed') {
      clusterNetworkPolicies = clusterNetworkPolicies.map((policy) => ({
        ...policy,
        ingress: policy.ingress.flatMap(failingClosed),
        egress: policy.egress.flatMap(failingClosed),
      }));
    } else {
      return undefined;
    }
  }
  return { ...cluster, networkPolicies: policies, clusterNetworkPolicies };
};

const EVERYWHERE = ['0.0.0.0/0', '::/0'].map(parsePrefix);

const failingClosed = (rule: ClusterNetworkPolicyRule): readonly ClusterNetworkPolicyRule[] => {
  if (!isNotUnderstood(rule)) return [rule];
  if (rule.action === 'Allow') return [];
  return [{ ...rule, action: 'Deny', peers: [{ kind: 'networks', cidrs: EVERYWHERE }], ports: [] }];
};

const withoutEndPorts = (rule: NetworkPolicyRule): NetworkPolicyRule => ({
  ...rule,
  ports: rule.ports.map(({ endPort: _, ...port }) => port),
});

/** Whether IPv6 would be dialled. */
export const isIpv6 = (cluster: Cluster, { from, to, family }: PolicyFlow): boolean =>
  family === undefined
    ? [from, to].some((end) => end.kind === 'address' && familyOf(end.address) === 6) ||
      familyOf(placeOf(cluster, to).address ?? 0) === 6
    : family === 6;

const portsIn = ({ ingress, egress }: NetworkPolicy): readonly NetworkPolicyPort[] =>
  [...ingress, ...egress].flatMap(({ ports }) => ports);

const portsOf = (cluster: Cluster): readonly NetworkPolicyPort[] =>
  cluster.networkPolicies.flatMap(portsIn);

const peersOf = (cluster: Cluster) =>
  cluster.networkPolicies.flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].flatMap(({ peers }) => peers),
  );

interface Place {
  /** The address that is dialled by default. */
  readonly address: Ip | undefined;
  /** Absent outside the cluster. */
  readonly node?: string;
  readonly isNode: boolean;
}

const placeOf = (cluster: Cluster, end: PolicyEnd): Place => {
  switch (end.kind) {
    case 'pod': {
      const pod = cluster.pods.get(`${end.namespace}/${end.name}`);
      if (pod === undefined) return { address: undefined, isNode: false };
      return { address: pod.ips[0], node: pod.node, isNode: pod.hostNetwork };
    }
    case 'node':
      return { address: cluster.nodes.get(end.name)?.addresses[0], node: end.name, isNode: true };
    case 'address':
      return { address: end.address, isNode: false };
  }
};
