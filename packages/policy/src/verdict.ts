import type { NetworkPolicy, SourceLocation } from '@podpath/cluster';

/** Points into the input: the policy, and the rule in it where one decided. */
export interface PolicyRef {
  /** As the input names it. */
  readonly kind: string;
  /** Only of kinds that are not Kubernetes' own, because names repeat: `projectcalico.org`. */
  readonly apiGroup?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly source?: SourceLocation;
}

export interface RuleRef {
  readonly policy: PolicyRef;
  readonly direction: Direction;
  /** Index in `spec.ingress` or `spec.egress`, from 0. */
  readonly index: number;
  /** As the rule calls itself. */
  readonly name?: string;
  readonly source?: SourceLocation;
}

export type Direction = 'ingress' | 'egress';

/**
 * Why one end lets a connection pass or not. `tier` is the one that decided.
 * - `not-policed`: that end is no pod of the pod network (a node, an outside address, a host-network pod), and no node with
 *   a host endpoint.
 * - `exempt`: the API exempts the pair (a pod to itself, a node and its own pods).
 * - `not-isolated`: no policy of this direction selects the pod, or none of those that do decides.
 * - `allowed-by-rule`: `rules` has every rule of the tier that would allow it alone, the deciding one first.
 * - `denied-by-rule`: a rule that denies was the first to match.
 * - `failsafe`: a port that every host endpoint keeps open, so that nobody locks himself out.
 * - `no-profile`: nothing let it pass a host endpoint, whose profiles have the last word.
 * - `denied-by-isolation`: `isolatedBy` has every policy that isolates the pod; none of their rules match.
 */
export type DirectionVerdict = Decision & {
  /** The rule that left each tier before that one; absent where none did. */
  readonly passed?: readonly RuleRef[];
};

type Decision =
  | { readonly allowed: true; readonly reason: 'not-policed' | 'exempt' | 'not-isolated' }
  | {
      readonly allowed: true;
      readonly reason: 'allowed-by-rule';
      readonly tier: string;
      readonly rules: readonly RuleRef[];
      readonly isolatedBy: readonly PolicyRef[];
    }
  | {
      readonly allowed: false;
      readonly reason: 'denied-by-rule';
      readonly tier: string;
      readonly rule: RuleRef;
    }
  | { readonly allowed: true; readonly reason: 'failsafe' }
  | { readonly allowed: false; readonly reason: 'no-profile' }
  | {
      readonly allowed: false;
      readonly reason: 'denied-by-isolation';
      readonly tier: string;
      readonly isolatedBy: readonly PolicyRef[];
    };

/** Policy's answer for one flow: allowed iff all that are asked allow it. Plain data: JSON as it stands. */
export interface Verdict {
  readonly allowed: boolean;
  /** At the source. */
  readonly egress: DirectionVerdict;
  /** At the destination. */
  readonly ingress: DirectionVerdict;
  /** At host endpoints of nodes that forward the connection for their pods; absent where there are none. */
  readonly hosts?: readonly HostVerdict[];
}

export interface HostVerdict {
  readonly node: string;
  readonly hostEndpoint: string;
  /** Where the host endpoint was written. */
  readonly source?: SourceLocation;
  readonly direction: Direction;
  readonly verdict: DirectionVerdict;
}

/** The reference to a NetworkPolicy that verdicts carry. */
export const refOf = (policy: NetworkPolicy): PolicyRef => ({
  kind: 'NetworkPolicy',
  namespace: policy.namespace,
  name: policy.name,
  ...(policy.source === undefined ? {} : { source: policy.source }),
});
