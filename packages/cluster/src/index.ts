export type { Cluster } from './cluster.ts';
export type { Flow, FlowEnd, FlowProtocol } from './flow.ts';
export type {
  AddressSource,
  ContainerPort,
  Endpoint,
  EndpointSlice,
  LabelSelector,
  Labels,
  Namespace,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
  Node,
  Pod,
  PortProtocol,
  SelectorOperator,
  SelectorRequirement,
  Service,
  ServicePort,
  WorkloadRef,
} from './objects.ts';
export type { SourceLocation } from './source-location.ts';
