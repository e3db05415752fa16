import type { Prefix } from '@podpath/net';
import type { LabelSelector, PortProtocol } from './objects.ts';
import type { SourceLocation } from './source-location.ts';

/**
 * A cluster-scoped policy of policy.networking.k8s.io, whichever kind it was written as: v1alpha2's ClusterNetworkPolicy,
 * or v1alpha1's AdminNetworkPolicy (the tier Admin) and BaselineAdminNetworkPolicy (the tier Baseline).
 */
export interface ClusterNetworkPolicy {
  readonly kind: 'ClusterNetworkPolicy' | 'AdminNetworkPolicy' | 'BaselineAdminNetworkPolicy';
  readonly name: string;
  readonly tier: 'Admin' | 'Baseline';
  /** Lower comes first. */
  readonly priority: number;
  readonly subject: NamespacedPods;
  readonly ingress: readonly ClusterNetworkPolicyRule[];
  readonly egress: readonly ClusterNetworkPolicyRule[];
  readonly source?: SourceLocation;
}

/** Pods of the pod network, in namespaces that match. */
export interface NamespacedPods {
  readonly namespaces: LabelSelector;
  /** Absent: all of them. */
  readonly pods?: LabelSelector;
}

export interface ClusterNetworkPolicyRule {
  readonly name?: string;
  readonly action: 'Allow' | 'Deny' | 'Pass';
  /** Never empty; one of them has to match. */
  readonly peers: readonly ClusterNetworkPolicyPeer[];
  /** Empty: every protocol and port. */
  readonly ports: readonly ClusterNetworkPolicyPort[];
  readonly source?: SourceLocation;
}

export type ClusterNetworkPolicyPeer =
  | ({ readonly kind: 'pods' } & NamespacedPods)
  | { readonly kind: 'nodes'; readonly selector: LabelSelector }
  | { readonly kind: 'networks'; readonly cidrs: readonly Prefix[] }
  | { readonly kind: 'domains'; readonly names: readonly string[] };

export type ClusterNetworkPolicyPort =
  /** Without numbers: all of the protocol. */
  | { readonly protocol: PortProtocol; readonly first?: number; readonly last?: number }
  /** A container port of the destination, whatever its protocol. */
  | { readonly name: string };
