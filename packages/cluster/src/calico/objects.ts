import type { Ip, IpFamily, Prefix } from '@podpath/net';
import type { ContainerPort, LabelSelector, Labels, NetworkPolicyRule } from '../objects.ts';
import type { SourceLocation } from '../source-location.ts';
import type { Selector } from './selector.ts';

/** The objects of projectcalico.org/v3 that say what may pass: parsed, validated, defaulted, immutable. */

/** A selector as it was written, and what it means. */
export interface CalicoSelectorText {
  readonly text: string;
  readonly selector: Selector;
}

export interface CalicoPolicy {
  readonly kind: 'NetworkPolicy' | 'GlobalNetworkPolicy';
  /** Absent: it is a GlobalNetworkPolicy. */
  readonly namespace?: string;
  readonly name: string;
  readonly tier: string;
  /** Lower comes first; absent comes last. */
  readonly order?: number;
  readonly selector: CalicoSelectorText;
  /** Of a GlobalNetworkPolicy. Absent: no matter which namespace, or none. */
  readonly namespaceSelector?: CalicoSelectorText;
  readonly serviceAccountSelector?: CalicoSelectorText;
  /** After defaulting. */
  readonly types: readonly ('Ingress' | 'Egress')[];
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  readonly doNotTrack: boolean;
  readonly preDnat: boolean;
  readonly applyOnForward: boolean;
  readonly source?: SourceLocation;
}

/**
 * A policy that is not enforced yet. `Set` would put the policy in the place of the enforced one of its name, `Delete`
 * would take that away; `Learn` and `Ignore` would do nothing.
 */
export type StagedPolicy = {
  readonly stagedAction: 'Set' | 'Delete' | 'Learn' | 'Ignore';
} & (
  | {
      readonly kind: 'StagedNetworkPolicy' | 'StagedGlobalNetworkPolicy';
      readonly policy: CalicoPolicy;
    }
  | {
      readonly kind: 'StagedKubernetesNetworkPolicy';
      readonly policy: StagedKubernetesPolicy;
    }
);

/** What NetworkPolicy of networking.k8s.io has. */
export interface StagedKubernetesPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: LabelSelector;
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress: readonly NetworkPolicyRule[];
  readonly egress: readonly NetworkPolicyRule[];
  readonly source?: SourceLocation;
}

/** A protocol by the name that Calico gives it, or IANA's number. */
export type CalicoProtocol = 'TCP' | 'UDP' | 'ICMP' | 'ICMPv6' | 'SCTP' | 'UDPLite' | number;

/** Everything that is given has to hold. */
export interface CalicoRule {
  readonly action: 'Allow' | 'Deny' | 'Log' | 'Pass';
  readonly ipVersion?: IpFamily;
  readonly protocol?: CalicoProtocol;
  readonly notProtocol?: CalicoProtocol;
  readonly icmp?: CalicoIcmp;
  readonly notIcmp?: CalicoIcmp;
  readonly source: CalicoEntity;
  readonly destination: CalicoEntity;
  /** Whether it also asks for HTTP methods or paths, which only an application layer sees. */
  readonly http: boolean;
  /** Where it was written. */
  readonly location?: SourceLocation;
}

/** Nothing given: every message. A code comes with its type only. */
export interface CalicoIcmp {
  readonly type?: number;
  readonly code?: number;
}

/** One end of a rule. An empty one matches anything. */
export interface CalicoEntity {
  readonly nets?: readonly Prefix[];
  readonly notNets?: readonly Prefix[];
  readonly selector?: CalicoSelectorText;
  readonly notSelector?: CalicoSelectorText;
  readonly namespaceSelector?: CalicoSelectorText;
  readonly ports?: readonly CalicoPort[];
  readonly notPorts?: readonly CalicoPort[];
  readonly serviceAccounts?: {
    readonly names: readonly string[];
    readonly selector?: CalicoSelectorText;
  };
  readonly services?: { readonly namespace: string; readonly name: string };
}

/** Numbers `first` to `last`, both included, or a port's name. */
export type CalicoPort = { readonly first: number; readonly last: number } | string;

export interface CalicoTier {
  readonly name: string;
  /** Lower comes first; absent comes last. */
  readonly order?: number;
  readonly defaultAction: 'Deny' | 'Pass';
}

/** NetworkSet, and without a namespace GlobalNetworkSet. */
export interface NetworkSet {
  readonly namespace?: string;
  readonly name: string;
  readonly labels: Labels;
  readonly nets: readonly Prefix[];
}

export interface HostEndpoint {
  readonly name: string;
  readonly labels: Labels;
  readonly node: string;
  /** `*` for all interfaces that no other has; absent: the one that has an expected address. */
  readonly interfaceName?: string;
  readonly expectedIps: readonly Ip[];
  readonly profiles: readonly string[];
  readonly ports: readonly ContainerPort[];
  readonly source?: SourceLocation;
}

export interface CalicoProfile {
  readonly name: string;
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  readonly labelsToApply: Labels;
  readonly source?: SourceLocation;
}

/** All of a cluster's. */
export interface CalicoObjects {
  readonly policies: readonly CalicoPolicy[];
  readonly stagedPolicies: readonly StagedPolicy[];
  readonly tiers: readonly CalicoTier[];
  readonly networkSets: readonly NetworkSet[];
  readonly hostEndpoints: readonly HostEndpoint[];
  readonly profiles: readonly CalicoProfile[];
}
