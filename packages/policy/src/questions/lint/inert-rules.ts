import type { CalicoPolicy, Cluster, NetworkPolicy } from '@podpath/cluster';
import { refOfCalico } from '../../translate-policies.ts';
import { type PolicyRef, refOf } from '../../verdict.ts';
import { type Finding, finding } from './finding.ts';

/** Rules of a direction that the policy's types leave out: nobody asks them. */
export function* inertRules({ networkPolicies, calico }: Cluster): Generator<Finding> {
  for (const policy of networkPolicies) yield* inert(policy, policy.policyTypes, refOf(policy));
  for (const policy of calico.policies) yield* inert(policy, policy.types, refOfCalico(policy));
}

function* inert(
  policy: NetworkPolicy | CalicoPolicy,
  types: readonly ('Ingress' | 'Egress')[],
  ref: PolicyRef,
): Generator<Finding> {
  for (const direction of ['ingress', 'egress'] as const) {
    if (types.includes(direction === 'ingress' ? 'Ingress' : 'Egress')) continue;
    for (const [index, rule] of policy[direction].entries()) {
      const source = 'peers' in rule ? rule.source : rule.location;
      const rest = source === undefined ? {} : { source };
      const message = `has no effect: the policy's types leave ${direction} out`;
      yield finding('rule-inert', 'warning', { policy: ref, direction, index, ...rest }, message);
    }
  }
}
