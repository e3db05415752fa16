import {
  type Cluster,
  EMPTY_CLUSTER,
  type Labels,
  type Namespace,
  type NetworkPolicy,
  type Node,
  type Pod,
} from '@podpath/cluster';
import { parseIp, parsePrefix } from '@podpath/net';

interface PodParts {
  readonly node: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  /** Given in the input; made up when absent. */
  readonly ips?: readonly string[];
  readonly ports?: Pod['ports'];
  readonly hostNetwork?: boolean;
  readonly phase?: Pod['phase'];
}

interface ClusterParts {
  /** Node names with their addresses. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  /** Pods by name. */
  readonly pods?: Readonly<Record<string, PodParts>>;
  readonly namespaces?: Readonly<Record<string, Labels>>;
  readonly podNetworks?: readonly string[];
  readonly networkPolicies?: readonly NetworkPolicy[];
}

/** A cluster in a few words, for tests. Pods are in namespace `prod` unless they say otherwise. */
export const testCluster = (parts: ClusterParts): Cluster => {
  const nodes = new Map<string, Node>();
  for (const [name, addresses] of Object.entries(parts.nodes)) {
    nodes.set(name, {
      name,
      labels: {},
      addresses: addresses.map(parseIp),
      addressSource: 'input',
      podCidrs: [],
      podCidrSource: 'made-up',
      annotations: {},
    });
  }
  const pods = new Map<string, Pod>();
  const namespaces = new Map<string, Namespace>();
  for (const [name, pod] of Object.entries(parts.pods ?? {})) {
    const namespace = pod.namespace ?? 'prod';
    namespaces.set(namespace, { name: namespace, labels: namespaceLabels(namespace, parts) });
    pods.set(`${namespace}/${name}`, {
      namespace,
      name,
      labels: pod.labels ?? {},
      node: pod.node,
      ips:
        pod.hostNetwork === true
          ? (nodes.get(pod.node)?.addresses ?? [])
          : (pod.ips ?? []).map(parseIp),
      addressSource: pod.ips === undefined ? 'made-up' : 'input',
      hostNetwork: pod.hostNetwork ?? false,
      ports: pod.ports ?? [],
      phase: pod.phase ?? 'Running',
      ready: true,
      owner: { kind: 'Pod', name },
    });
  }
  return {
    ...EMPTY_CLUSTER,
    namespaces,
    nodes,
    pods,
    networkPolicies: parts.networkPolicies ?? [],
    podNetworks: (parts.podNetworks ?? ['10.244.0.0/16']).map(parsePrefix),
    serviceNetworks: [parsePrefix('10.96.0.0/12')],
  };
};

const namespaceLabels = (name: string, parts: ClusterParts): Labels => ({
  'kubernetes.io/metadata.name': name,
  ...parts.namespaces?.[name],
});
