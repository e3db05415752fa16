import type { Ip, Prefix } from '@podpath/net';
import type {
  CalicoPolicy,
  CalicoProfile,
  CalicoTier,
  HostEndpoint,
  NetworkSet,
  StagedPolicy,
} from '../calico/objects.ts';
import type { ClusterNetworkPolicy } from '../cluster-network-policy.ts';
import type {
  ContainerPort,
  EndpointSlice,
  Labels,
  Namespace,
  NetworkPolicy,
  Pod,
  Service,
  ServiceAccount,
} from '../objects.ts';
import type { SourceLocation } from '../source-location.ts';
import type { OwnerReference } from './metadata.ts';

/** What the input says, object by object, before anything is made up or related. */
export interface Inventory {
  readonly namespaces: Namespace[];
  readonly nodes: NodeInput[];
  readonly pods: PodInput[];
  readonly workloads: Workload[];
  readonly services: ServiceInput[];
  readonly endpointSlices: EndpointSlice[];
  /** Slices made of `Endpoints`, which count only where there are no real slices. */
  readonly endpoints: EndpointSlice[];
  readonly networkPolicies: NetworkPolicy[];
  readonly clusterNetworkPolicies: ClusterNetworkPolicy[];
  readonly serviceAccounts: ServiceAccount[];
  readonly calico: CalicoInventory;
  readonly ignoredKinds: Map<string, number>;
  /** Files found in directories that hold something else than Kubernetes objects. */
  readonly otherFiles: Set<string>;
}

/** The objects of projectcalico.org. */
export interface CalicoInventory {
  readonly policies: CalicoPolicy[];
  readonly stagedPolicies: StagedPolicy[];
  readonly tiers: CalicoTier[];
  readonly networkSets: NetworkSet[];
  readonly hostEndpoints: HostEndpoint[];
  readonly profiles: CalicoProfile[];
}

export const emptyInventory = (): Inventory => ({
  namespaces: [],
  nodes: [],
  pods: [],
  workloads: [],
  services: [],
  endpointSlices: [],
  endpoints: [],
  networkPolicies: [],
  clusterNetworkPolicies: [],
  serviceAccounts: [],
  calico: {
    policies: [],
    stagedPolicies: [],
    tiers: [],
    networkSets: [],
    hostEndpoints: [],
    profiles: [],
  },
  ignoredKinds: new Map(),
  otherFiles: new Set(),
});

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export interface Toleration {
  /** Absent: every key. */
  readonly key: string | undefined;
  readonly operator: 'Exists' | 'Equal';
  readonly value: string;
  /** Absent: every effect. */
  readonly effect: string | undefined;
}

export interface NodeInput {
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly addresses: readonly Ip[];
  readonly podCidrs: readonly Prefix[];
  /** The taints that keep pods from being placed. */
  readonly taints: readonly Taint[];
  readonly source: SourceLocation | undefined;
}

/** The parts of a pod's spec that networking and placement read. */
export interface PodSpec {
  readonly nodeName: string | undefined;
  readonly nodeSelector: Labels;
  readonly tolerations: readonly Toleration[];
  readonly hostNetwork: boolean;
  readonly serviceAccount: string | undefined;
  readonly ports: readonly ContainerPort[];
  readonly hostname: string | undefined;
  readonly subdomain: string | undefined;
}

export interface PodInput {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly spec: PodSpec;
  readonly ips: readonly Ip[];
  readonly hostIps: readonly Ip[];
  readonly phase: Pod['phase'];
  readonly ready: boolean;
  readonly owner: OwnerReference | undefined;
  readonly source: SourceLocation | undefined;
}

/** Anything that makes pods from a template. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly owner: OwnerReference | undefined;
  readonly template: { readonly labels: Labels; readonly spec: PodSpec };
  /** How many pods; a DaemonSet has one on each node that takes it. */
  readonly replicas: number | 'one-per-node';
  /** StatefulSet: the first ordinal. */
  readonly firstOrdinal: number;
  /** Job: pods carry their index in name and labels. */
  readonly indexed: boolean;
  /** Whether its selector picks the template's pods; the API server refuses it otherwise. */
  readonly selectsOwnPods: boolean;
  readonly source: SourceLocation | undefined;
}

/** A Service whose addresses and node ports may still have to be made up. */
export interface ServiceInput {
  readonly service: Service;
  /** Families it wants cluster addresses of, as far as it says. */
  readonly families: readonly (4 | 6)[];
  readonly familyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  /** Whether ports without a node port get one. */
  readonly wantsNodePorts: boolean;
  readonly wantsHealthCheckPort: boolean;
}
