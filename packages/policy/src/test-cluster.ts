import {
  type Cluster,
  type ContainerPort,
  EMPTY_CLUSTER,
  type FlowProtocol,
  type LabelSelector,
  type Labels,
  type Namespace,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type NetworkPolicyRule,
  type Node,
  type Pod,
} from '@podpath/cluster';
import { parseIp, parsePrefix } from '@podpath/net';
import type { PolicyEnd, PolicyFlow } from './flow.ts';

/** Clusters for tests, in as few words as possible: three nodes, namespaces with a label `team`. */

const testNode = (name: string, ...addresses: readonly string[]): Node => ({
  name,
  labels: {},
  addresses: addresses.map(parseIp),
  addressSource: 'input',
  podCidrs: [],
  podCidrSource: 'made-up',
  annotations: {},
});

const NODES: readonly Node[] = [
  testNode('node-1', '192.168.0.1', 'fd01::1'),
  testNode('node-2', '192.168.0.2', 'fd01::2'),
  testNode('node-3', '192.168.0.3', 'fd01::3'),
];

export const testNamespace = (name: string, labels: Labels = {}): Namespace => ({
  name,
  labels: { ...labels, 'kubernetes.io/metadata.name': name },
});

/** `id` is `namespace/name`. */
export const testPod = (
  id: string,
  addresses: string | readonly string[],
  more: Partial<Omit<Pod, 'ports'>> & { readonly ports?: readonly string[] } = {},
): Pod => {
  const [namespace = '', name = ''] = id.split('/');
  const { ports, ...rest } = more;
  return {
    namespace,
    name,
    labels: { app: name },
    node: 'node-1',
    ips: [addresses].flat().map(parseIp),
    addressSource: 'input',
    hostNetwork: false,
    ports: (ports ?? []).map(testPort),
    phase: 'Running',
    ready: true,
    owner: { kind: 'Pod', name },
    ...rest,
  };
};

/** `http=TCP/80` or `TCP/80`. */
const testPort = (text: string): ContainerPort => {
  const [, name, protocol, port] = /^(?:(.+)=)?(TCP|UDP|SCTP)\/(\d+)$/.exec(text) ?? [];
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') throw new Error(text);
  return { protocol, port: Number(port), ...(name === undefined ? {} : { name }) };
};

export const labelled = (matchLabels: Labels): LabelSelector => ({
  matchLabels,
  matchExpressions: [],
});

export const EVERYTHING = labelled({});

/** Types default as the API server defaults them. */
export const testPolicy = (
  id: string,
  podSelector: LabelSelector,
  spec: {
    readonly types?: NetworkPolicy['policyTypes'];
    readonly ingress?: readonly NetworkPolicyRule[];
    readonly egress?: readonly NetworkPolicyRule[];
  } = {},
): NetworkPolicy => {
  const [namespace = '', name = ''] = id.split('/');
  const { ingress = [], egress = [] } = spec;
  const defaultTypes =
    egress.length > 0 ? (['Ingress', 'Egress'] as const) : (['Ingress'] as const);
  return {
    namespace,
    name,
    podSelector,
    policyTypes: spec.types ?? defaultTypes,
    ingress,
    egress,
  };
};

export const testRule = (
  peers: readonly NetworkPolicyPeer[] = [],
  ports: readonly NetworkPolicyPort[] = [],
): NetworkPolicyRule => ({ peers, ports });

export const ipBlock = (cidr: string, ...except: readonly string[]): NetworkPolicyPeer => ({
  ipBlock: { cidr: parsePrefix(cidr), except: except.map(parsePrefix) },
});

export const testCluster = (parts: {
  readonly namespaces?: readonly Namespace[];
  readonly nodes?: readonly Node[];
  readonly pods: readonly Pod[];
  readonly policies?: readonly NetworkPolicy[];
}): Cluster => {
  const { nodes = NODES, pods, policies = [] } = parts;
  const namespaces =
    parts.namespaces ??
    [...new Set(pods.map(({ namespace }) => namespace))].map((name) => testNamespace(name));
  return {
    ...EMPTY_CLUSTER,
    namespaces: new Map(namespaces.map((namespace) => [namespace.name, namespace])),
    nodes: new Map(nodes.map((node) => [node.name, node])),
    pods: new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod])),
    networkPolicies: policies,
  };
};

/** `shop/web` is a pod, `node-1` a node, anything with a dot or colon an address. */
export const end = (text: string): PolicyEnd => {
  if (text.includes('/')) {
    const [namespace = '', name = ''] = text.split('/');
    return { kind: 'pod', namespace, name };
  }
  return /[.:]/.test(text)
    ? { kind: 'address', address: parseIp(text) }
    : { kind: 'node', name: text };
};

/** `shop/web -> 10.0.0.1 TCP/80`, `shop/web -> shop/db ICMP`; ` v6` at the end dials IPv6. */
export const flow = (text: string): PolicyFlow => {
  const match = /^(\S+) -> (\S+) (TCP|UDP|SCTP|ICMP)(?:\/(\d+))?( v6)?$/.exec(text);
  const [, from, to, protocol, port = '0', v6] = match ?? [];
  if (from === undefined || to === undefined) throw new Error(`not a flow: ${text}`);
  return {
    from: end(from),
    to: end(to),
    protocol: protocol as FlowProtocol,
    port: Number(port),
    ...(v6 === undefined ? {} : { family: 6 }),
  };
};
