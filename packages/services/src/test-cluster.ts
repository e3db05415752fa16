import {
  type Cluster,
  EMPTY_CLUSTER,
  type Endpoint,
  type EndpointSlice,
  type Node,
  type Pod,
  type Service,
  type ServicePort,
} from '@podpath/cluster';
import { familyOf, parseIp, parsePrefix } from '@podpath/net';

/** Builders of cluster objects for this package's tests: what a test does not say is left at its default. */

export const testNode = (name: string, address: string, more: Partial<Node> = {}): Node => ({
  name,
  labels: {},
  addresses: [parseIp(address)],
  addressSource: 'input',
  podCidrs: [],
  podCidrSource: 'input',
  annotations: {},
  ...more,
});

export const testPod = (name: string, ips: readonly string[], more: Partial<Pod> = {}): Pod => ({
  namespace: 'default',
  name,
  labels: {},
  node: 'node1',
  ips: ips.map(parseIp),
  addressSource: 'input',
  hostNetwork: false,
  ports: [],
  phase: 'Running',
  ready: true,
  owner: { kind: 'Pod', name },
  ...more,
});

export const testPort = (port: number, more: Partial<ServicePort> = {}): ServicePort => ({
  name: '',
  protocol: 'TCP',
  port,
  targetPort: port,
  ...more,
});

export const testService = (
  name: string,
  clusterIps: readonly string[],
  ports: readonly ServicePort[],
  more: Partial<Service> = {},
): Service => ({
  namespace: 'default',
  name,
  labels: {},
  type: 'ClusterIP',
  clusterIps: clusterIps.map(parseIp),
  clusterIpSource: 'input',
  headless: false,
  ports,
  externalIps: [],
  loadBalancerIps: [],
  loadBalancerSourceRanges: [],
  externalTrafficPolicy: 'Cluster',
  internalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
  ...more,
});

export const testEndpoint = (address: string, more: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [parseIp(address)],
  ready: true,
  serving: true,
  terminating: false,
  ...more,
});

export const testSlice = (
  service: string,
  ports: EndpointSlice['ports'],
  endpoints: readonly Endpoint[],
  more: Partial<EndpointSlice> = {},
): EndpointSlice => ({
  namespace: 'default',
  name: `${service}-abcde`,
  service,
  family: familyOf(endpoints[0]?.addresses[0] ?? 0),
  ports,
  endpoints,
  ...more,
});

export const testCluster = (parts: {
  readonly nodes?: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly services?: readonly Service[];
  readonly slices?: readonly EndpointSlice[];
  readonly podNetworks?: readonly string[];
}): Cluster => ({
  ...EMPTY_CLUSTER,
  nodes: new Map((parts.nodes ?? []).map((node) => [node.name, node])),
  pods: new Map((parts.pods ?? []).map((pod) => [`${pod.namespace}/${pod.name}`, pod])),
  services: new Map(
    (parts.services ?? []).map((service) => [`${service.namespace}/${service.name}`, service]),
  ),
  endpointSlices: parts.slices ?? [],
  podNetworks: (parts.podNetworks ?? ['10.244.0.0/16']).map(parsePrefix),
});
