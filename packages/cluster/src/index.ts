export { canonicalSelector as canonicalCalicoSelector } from './calico/canonical-selector.ts';
export {
  type LabelLookup,
  matchesSelector as matchesCalicoSelector,
} from './calico/matches-selector.ts';
export type {
  CalicoEntity,
  CalicoIcmp,
  CalicoObjects,
  CalicoPolicy,
  CalicoPort,
  CalicoProfile,
  CalicoProtocol,
  CalicoRule,
  CalicoSelectorText,
  CalicoTier,
  HostEndpoint,
  NetworkSet,
  StagedKubernetesPolicy,
  StagedPolicy,
} from './calico/objects.ts';
export { parseSelector as parseCalicoSelector } from './calico/parse-selector.ts';
export { parsePolicyPort as parseCalicoPort } from './calico/policy-port.ts';
export type { Selector as CalicoSelector } from './calico/selector.ts';
export { SelectorError } from './calico/selector-error.ts';
export { type Cluster, EMPTY_CLUSTER } from './cluster.ts';
export { clusterFromObjects } from './cluster-from-objects.ts';
export { podByIp, podKey, podsOf, podsOn } from './cluster-index.ts';
export type {
  ClusterNetworkPolicy,
  ClusterNetworkPolicyPeer,
  ClusterNetworkPolicyPort,
  ClusterNetworkPolicyRule,
  NamespacedPods,
} from './cluster-network-policy.ts';
export type { Flow, FlowEnd, FlowProtocol } from './flow.ts';
export { FlowEndError, formatFlowEnd, parseFlowEnd } from './flow-end.ts';
export type { InputStream } from './input/input-files.ts';
export { createDiskReader, type DirectoryEntry, type InputReader } from './input/input-reader.ts';
export { formatSelector, matchesSelector } from './label-selector.ts';
export { clusterFromText, type LoadOptions, loadCluster } from './load-cluster.ts';
export { type Named, nearMatches } from './near-match.ts';
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
  ServiceAccount,
  ServicePort,
  WorkloadRef,
} from './objects.ts';
export type { ClusterOptions } from './options.ts';
export {
  ClusterLoadError,
  type FieldProblem,
  formatPlace,
  formatProblem,
  type Problem,
  type ProblemType,
} from './problem.ts';
export type { SourceLocation } from './source-location.ts';
export { type NetworkPolicyValidation, validateNetworkPolicy } from './validate-network-policy.ts';
export { validateObject } from './validate-object.ts';
export { withPodAddresses } from './with-pod-addresses.ts';
