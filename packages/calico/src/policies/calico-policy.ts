import type { SourceLocation } from '@podpath/cluster';
import type { Prefix } from '@podpath/net';
import type { PolicyDirection, PolicyId } from '../names/chain-names.ts';
import type { PolicyPort } from './policy-port.ts';

/** A policy in the terms of Calico's own API (projectcalico.org/v3): what a NetworkPolicy is converted to. */
export interface CalicoPolicy {
  readonly id: PolicyId;
  readonly tier: string;
  /** Lower comes first; equal orders go by name. */
  readonly order: number;
  /** Which endpoints it applies to. In a namespaced policy, within its namespace. */
  readonly selector: string;
  readonly types: readonly PolicyDirection[];
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  readonly source?: SourceLocation;
}

export interface CalicoRule {
  readonly action: 'Allow' | 'Deny' | 'Pass' | 'Log';
  /** `TCP`, `UDP`, `SCTP`; absent: every protocol. */
  readonly protocol?: string;
  readonly source: EntityRule;
  readonly destination: EntityRule;
}

/** One end of a rule. An empty one matches anything. */
export interface EntityRule {
  readonly nets?: readonly Prefix[];
  readonly notNets?: readonly Prefix[];
  readonly selector?: string;
  readonly namespaceSelector?: string;
  readonly ports?: readonly PolicyPort[];
}

/** Rules and labels that every endpoint with the profile gets. Namespaces and service accounts become profiles. */
export interface Profile {
  readonly name: string;
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  readonly labelsToApply: Readonly<Record<string, string>>;
}
