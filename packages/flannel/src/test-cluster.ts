import {
  type Cluster,
  EMPTY_CLUSTER,
  type EndpointSlice,
  type Node,
  type Pod,
} from '@podpath/cluster';
import { parseIp, parsePrefix } from '@podpath/net';

/** Builders of cluster objects for this package's tests. */

/** Without podCIDRs, a node whose podCIDRs podpath made up. */
export const testNode = (
  name: string,
  addresses: string | readonly string[],
  podCidrs: readonly string[] = [],
  more: Partial<Node> = {},
): Node => ({
  name,
  labels: {},
  addresses: [addresses].flat().map(parseIp),
  addressSource: 'input',
  podCidrs: podCidrs.map(parsePrefix),
  podCidrSource: podCidrs.length > 0 ? 'input' : 'made-up',
  annotations: {},
  ...more,
});

export const testPod = (
  name: string,
  node: string,
  ips: string | readonly string[],
  more: Partial<Pod> = {},
): Pod => ({
  namespace: 'default',
  name,
  labels: {},
  node,
  ips: [ips].flat().map(parseIp),
  addressSource: 'made-up',
  hostNetwork: false,
  ports: [],
  phase: 'Running',
  ready: true,
  owner: { kind: 'Pod', name },
  ...more,
});

export const givenPod = (name: string, node: string, ip: string): Pod =>
  testPod(name, node, ip, { addressSource: 'input' });

export const testCluster = (parts: {
  readonly nodes: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly endpointSlices?: readonly EndpointSlice[];
  readonly podNetworks?: readonly string[];
}): Cluster => ({
  ...EMPTY_CLUSTER,
  nodes: new Map(parts.nodes.map((node) => [node.name, node])),
  pods: new Map((parts.pods ?? []).map((pod) => [`${pod.namespace}/${pod.name}`, pod])),
  endpointSlices: parts.endpointSlices ?? [],
  podNetworks: (parts.podNetworks ?? ['10.244.0.0/16']).map(parsePrefix),
});
