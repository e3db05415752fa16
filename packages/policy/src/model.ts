import type { LabelSelector, PortProtocol } from '@podpath/cluster';
import type { Prefix } from '@podpath/net';
import type { PolicyRef, RuleRef } from './verdict.ts';

/**
 * The one form that every policy API is translated into.
 *
 * Per end and direction, tiers are asked in order. In a tier, only policies count that select the pod and
 * police the direction; their rules are read in order and the first that matches decides: `allow` and `deny`
 * are final, `pass` leaves the tier. When none matches, the tier's `unmatched` decides. After the last tier
 * the connection is allowed.
 *
 * NetworkPolicy fits because its rules only allow, so that order cannot matter, and its tier denies at the end.
 */
export interface PolicyModel {
  readonly tiers: readonly Tier[];
}

export interface Tier {
  readonly name: string;
  /** For a pod that a policy of the tier selects, when no rule matches: denied, or left to the next tier. */
  readonly unmatched: 'deny' | 'pass';
  /** In the order in which they are asked. */
  readonly policies: readonly Policy[];
}

export interface Policy {
  readonly ref: PolicyRef;
  readonly subject: PodMatch;
  /** Absent: the policy says nothing about ingress. Empty: it polices ingress and matches nothing. */
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

export interface Rule {
  readonly ref: RuleRef;
  readonly action: 'allow' | 'deny' | 'pass';
  /** Who may be at the other end; one of them has to match. */
  readonly peers: 'anyone' | readonly Peer[];
  /** One of them has to match. `any` includes protocols without ports. */
  readonly ports: 'any' | readonly PortMatch[];
}

/** Pods of the pod network, never nodes or outside addresses. Both parts have to hold. */
export interface PodMatch {
  readonly namespaces: NamespaceMatch;
  /** Absent: every pod of the namespaces. */
  readonly pods?: LabelSelector;
}

export type NamespaceMatch =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'selected'; readonly selector: LabelSelector };

export type Peer =
  | ({ readonly kind: 'pods' } & PodMatch)
  /** Any address inside `cidr` and outside every `except`, a pod's or a node's too. */
  | { readonly kind: 'addresses'; readonly cidr: Prefix; readonly except: readonly Prefix[] };

export type PortMatch =
  | { readonly kind: 'protocol'; readonly protocol: PortProtocol }
  /** Destination ports `first` to `last`, both included. */
  | {
      readonly kind: 'range';
      readonly protocol: PortProtocol;
      readonly first: number;
      readonly last: number;
    }
  /** The container port of this name of the destination pod. Without `protocol`: whatever protocol it has. */
  | { readonly kind: 'named'; readonly name: string; readonly protocol?: PortProtocol };
