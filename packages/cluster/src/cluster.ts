import type { Prefix } from '@podpath/net';
import type { CalicoObjects } from './calico/objects.ts';
import type { ClusterNetworkPolicy } from './cluster-network-policy.ts';
import type {
  EndpointSlice,
  Namespace,
  NetworkPolicy,
  Node,
  Pod,
  Service,
  ServiceAccount,
} from './objects.ts';

/** Everything loaded from one input. Iteration order of each map is deterministic. */
export interface Cluster {
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** By `namespace/name`. */
  readonly services: ReadonlyMap<string, Service>;
  readonly endpointSlices: readonly EndpointSlice[];
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly clusterNetworkPolicies: readonly ClusterNetworkPolicy[];
  /** By `namespace/name`; only those of the input. */
  readonly serviceAccounts: ReadonlyMap<string, ServiceAccount>;
  readonly calico: CalicoObjects;
  /** Pod networks that contain every made-up pod address, at most one per family. */
  readonly podNetworks: readonly Prefix[];
  readonly serviceNetworks: readonly Prefix[];
  /** Kinds that podpath does not read, with how many of each there were: `apps.example/v1 Widget` → 3. */
  readonly ignoredKinds: ReadonlyMap<string, number>;
  /** What was made up or assumed, in sentences for the user. */
  readonly notes: readonly string[];
}

/** A cluster without anything in it. */
export const EMPTY_CLUSTER: Cluster = {
  namespaces: new Map(),
  nodes: new Map(),
  pods: new Map(),
  services: new Map(),
  endpointSlices: [],
  networkPolicies: [],
  clusterNetworkPolicies: [],
  serviceAccounts: new Map(),
  calico: {
    policies: [],
    stagedPolicies: [],
    tiers: [],
    networkSets: [],
    hostEndpoints: [],
    profiles: [],
  },
  podNetworks: [],
  serviceNetworks: [],
  ignoredKinds: new Map(),
  notes: [],
};
