import type { Ip, Prefix } from '@podpath/net';
import type { SourceLocation } from './source-location.ts';

/** The Kubernetes objects as the rest of podpath sees them: parsed, validated, defaulted, immutable. */

export type Labels = Readonly<Record<string, string>>;

/** Transport protocols a container port, Service port or policy can name. */
export type PortProtocol = 'TCP' | 'UDP' | 'SCTP';

/** Whether addresses stood in the input or podpath made them up. */
export type AddressSource = 'input' | 'made-up';

export interface Namespace {
  readonly name: string;
  /** Always has `kubernetes.io/metadata.name`. */
  readonly labels: Labels;
  /** Absent when the namespace was only implied by an object inside it. */
  readonly source?: SourceLocation;
}

export interface Node {
  readonly name: string;
  readonly labels: Labels;
  /** InternalIP addresses, at most one per family, the primary first. */
  readonly addresses: readonly Ip[];
  readonly addressSource: AddressSource;
  /** `spec.podCIDRs`, at most one per family. */
  readonly podCidrs: readonly Prefix[];
  readonly podCidrSource: AddressSource;
  readonly annotations: Readonly<Record<string, string>>;
  readonly source?: SourceLocation;
}

export interface ContainerPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: PortProtocol;
  readonly hostPort?: number;
}

export interface WorkloadRef {
  /** `Deployment`, `StatefulSet`, …; `Pod` for a pod on its own. */
  readonly kind: string;
  readonly name: string;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Name of the node it runs on; every pod has one after loading. */
  readonly node: string;
  /** At most one per family, the primary first. A host-network pod has its node's addresses. */
  readonly ips: readonly Ip[];
  readonly addressSource: AddressSource;
  readonly hostNetwork: boolean;
  /** The ServiceAccount that it runs as. Absent: `default`. */
  readonly serviceAccount?: string;
  /** Ports of all containers, init containers with restartPolicy Always included. */
  readonly ports: readonly ContainerPort[];
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly owner: WorkloadRef;
  readonly source?: SourceLocation;
}

/** An identity that pods run as. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

export interface ServicePort {
  readonly name: string;
  readonly protocol: PortProtocol;
  readonly port: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Empty for headless and ExternalName Services. */
  readonly clusterIps: readonly Ip[];
  readonly clusterIpSource: AddressSource;
  readonly headless: boolean;
  readonly externalName?: string;
  /** Absent: the Service has no selector and its endpoints are managed by hand. */
  readonly selector?: Labels;
  readonly ports: readonly ServicePort[];
  readonly externalIps: readonly Ip[];
  readonly loadBalancerIps: readonly Ip[];
  readonly loadBalancerSourceRanges: readonly Prefix[];
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly internalTrafficPolicy: 'Cluster' | 'Local';
  readonly sessionAffinitySeconds?: number;
  readonly publishNotReadyAddresses: boolean;
  readonly healthCheckNodePort?: number;
  readonly source?: SourceLocation;
}

export interface Endpoint {
  readonly addresses: readonly Ip[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName?: string;
  readonly hostname?: string;
  /** `namespace/name` of the pod behind it, if any. */
  readonly pod?: string;
  readonly zones?: readonly string[];
}

export interface EndpointSlice {
  readonly namespace: string;
  readonly name: string;
  /** Name of the Service it belongs to, from the label `kubernetes.io/service-name`. */
  readonly service: string;
  readonly family: 4 | 6;
  readonly ports: readonly {
    readonly name: string;
    readonly protocol: PortProtocol;
    readonly port?: number;
  }[];
  readonly endpoints: readonly Endpoint[];
  readonly source?: SourceLocation;
}

export type SelectorOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

export interface SelectorRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
}

/** A label selector. Empty matches everything; "not given" is `undefined`, never an empty selector. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly SelectorRequirement[];
}

export interface NetworkPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: LabelSelector;
  /** After defaulting. */
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress: readonly NetworkPolicyRule[];
  readonly egress: readonly NetworkPolicyRule[];
  readonly source?: SourceLocation;
}

export interface NetworkPolicyRule {
  /** Who may be at the other end; empty means anyone at all. */
  readonly peers: readonly NetworkPolicyPeer[];
  /** Empty means every protocol and port. */
  readonly ports: readonly NetworkPolicyPort[];
  readonly source?: SourceLocation;
}

export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: Prefix; readonly except: readonly Prefix[] };
}

export interface NetworkPolicyPort {
  readonly protocol: PortProtocol;
  /** A number, a container port's name, or absent for every port of the protocol. */
  readonly port?: number | string;
  readonly endPort?: number;
}
