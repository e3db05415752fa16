import type { IpFamily, Prefix } from '@podpath/net';
import type { LabelExpression } from './label-expression.ts';
import type { PolicyRef, RuleRef } from './verdict.ts';

/**
 * The one form that every policy API is translated into.
 *
 * Per end and direction, tiers are asked in order. In a tier, only policies count that select the end and
 * police the direction; their rules are read in order and the first that matches decides: `allow` and `deny`
 * are final, `pass` leaves the tier, `log` decides nothing. When none decides, the tier's `unmatched` does. After
 * the last tier a pod's connection is allowed; that of a host endpoint is what its profiles say, and denied when
 * they say nothing.
 *
 * NetworkPolicy fits because its rules only allow, so that order cannot matter, and its tier denies at the end.
 */
export interface PolicyModel {
  readonly tiers: readonly Tier[];
  /** Of host endpoints, by name. Absent ones have no rules. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** What host endpoints let through before any policy is asked. */
  readonly failsafes: Readonly<Record<'ingress' | 'egress', readonly TrafficMatch[]>>;
}

/** A model that says nothing. */
export const EMPTY_MODEL: PolicyModel = {
  tiers: [],
  profiles: new Map(),
  failsafes: { ingress: [], egress: [] },
};

export interface Tier {
  readonly name: string;
  /** For an end that a policy of the tier selects, when no rule decides: denied, or left to the next tier. */
  readonly unmatched: 'deny' | 'pass';
  /** In the order in which they are asked. */
  readonly policies: readonly Policy[];
}

export interface Policy {
  readonly ref: PolicyRef;
  /** The pods and host endpoints that it is about. */
  readonly subject: LabelExpression;
  /** Absent: `endpoint` alone. */
  readonly stages?: readonly Stage[];
  /** Absent: the policy says nothing about ingress. Empty: it polices ingress and matches nothing. */
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/**
 * When a policy is asked. All but `endpoint` are for host endpoints only.
 * - `endpoint`: of connections that end at the pod or host itself.
 * - `forward`: of what the host forwards between its pods and elsewhere.
 * - `pre-dnat`: of whatever enters the host, to itself or to forward, before Services are resolved; ingress only.
 * - `untracked`: of whatever enters or leaves the host, before connections are tracked.
 *
 * The last two only decide early: what they leave undecided goes on to `endpoint` or `forward`.
 */
export type Stage = 'endpoint' | 'forward' | 'pre-dnat' | 'untracked';

export interface Profile {
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

/** Matches where the source, the destination and the traffic do; of each list one has to. */
export interface Rule {
  readonly ref: RuleRef;
  readonly action: 'allow' | 'deny' | 'pass' | 'log';
  readonly from: 'anyone' | readonly EndMatch[];
  readonly to: 'anyone' | readonly EndMatch[];
  /** `any` includes protocols without ports. */
  readonly traffic: 'any' | readonly TrafficMatch[];
}

/** Who is at an end. Everything that is given has to hold; nothing given is anyone. */
export interface EndMatch {
  /** Something at the address has such labels: a pod, a host endpoint, a network set. */
  readonly labels?: LabelExpression;
  /** Nothing at the address has such labels. */
  readonly notLabels?: LabelExpression;
  /** The address is in one of them, whoever has it. */
  readonly nets?: readonly Prefix[];
  /** The address is in none of them. */
  readonly notNets?: readonly Prefix[];
  /** The address is an endpoint of the Service; at the destination, with the port that is dialled. */
  readonly service?: { readonly namespace: string; readonly name: string };
  /** The address is that of a node with such labels of its own. */
  readonly nodes?: LabelExpression;
  /** The address was an answer to a question for one of these names; `*.` stands for one label or more. */
  readonly domains?: readonly string[];
}

/** What is sent. Everything that is given has to hold. */
export interface TrafficMatch {
  readonly family?: IpFamily;
  /** IANA's number. */
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  readonly sourcePorts?: readonly PortMatch[];
  readonly notSourcePorts?: readonly PortMatch[];
  /** Of the destination. */
  readonly ports?: readonly PortMatch[];
  readonly notPorts?: readonly PortMatch[];
}

export interface IcmpMatch {
  readonly type: number;
  readonly code?: number;
}

export type PortMatch =
  /** Ports `first` to `last`, both included. */
  | { readonly first: number; readonly last: number }
  /**
   * The port that what the end's labels select, or whatever is at the end, declares by this name, in the protocol that is sent;
   * with `protocol`, only in that.
   */
  | { readonly name: string; readonly protocol?: number };
