import type { CalicoPort, Labels, SourceLocation } from '@podpath/cluster';
import type { IpFamily, Prefix } from '@podpath/net';
import type { PolicyDirection, PolicyId } from '../names/chain-names.ts';
import type { IcmpMatch } from './active-rule.ts';

/** A policy as Felix gets it from any API: what a policy of Kubernetes is converted to, and one of Calico's own read as. */
export interface CalicoPolicy {
  readonly id: PolicyId;
  readonly tier: string;
  /** Lower comes first, absent last; equal orders go by name. */
  readonly order?: number;
  /** Which endpoints it applies to. In a namespaced policy, within its namespace. */
  readonly selector: string;
  readonly types: readonly PolicyDirection[];
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  readonly source?: SourceLocation;
}

export interface CalicoRule {
  readonly action: 'Allow' | 'Deny' | 'Pass' | 'Log';
  readonly ipVersion?: IpFamily;
  /** `TCP`, `UDP`, `SCTP` and more, or a number; absent: every protocol. */
  readonly protocol?: string | number;
  readonly notProtocol?: string | number;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  readonly source: EntityRule;
  readonly destination: EntityRule;
}

/** One end of a rule. An empty one matches anything. */
export interface EntityRule {
  readonly nets?: readonly Prefix[];
  readonly notNets?: readonly Prefix[];
  readonly selector?: string;
  readonly notSelector?: string;
  readonly namespaceSelector?: string;
  readonly serviceAccounts?: { readonly names: readonly string[]; readonly selector?: string };
  readonly services?: { readonly namespace: string; readonly name: string };
  readonly ports?: readonly CalicoPort[];
  readonly notPorts?: readonly CalicoPort[];
}

/** Rules and labels that every endpoint with the profile gets. Namespaces and service accounts become profiles. */
export interface Profile {
  readonly name: string;
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  readonly labelsToApply: Labels;
}
