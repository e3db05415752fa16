import {
  isStaged,
  type PolicyDirection,
  type PolicyId,
  policyChainName,
} from '../names/chain-names.ts';
import { policyGroupChainName } from '../names/policy-group-name.ts';
import { markClear, markNotClear } from '../rendering/felix-match.ts';
import { type FelixChain, type FelixRule, jump, RETURN } from '../rendering/felix-rule.ts';
import type { Marks } from '../rendering/marks.ts';

/** Adjacent policies of a tier with the same selector: they apply to the same endpoints, all or none. */
export interface PolicyGroup {
  readonly selector: string;
  readonly policies: readonly PolicyId[];
}

/** Puts adjacent policies with equal selectors into groups. Order is kept. */
export const groupPolicies = (
  policies: readonly { readonly id: PolicyId; readonly selector: string }[],
): readonly PolicyGroup[] => {
  const groups: { selector: string; policies: PolicyId[] }[] = [];
  for (const { id, selector } of policies) {
    const last = groups.at(-1);
    if (last?.selector === selector) last.policies.push(id);
    else groups.push({ selector, policies: [id] });
  }
  return groups;
};

/** Policies that act. Staged ones are only reported on. */
export const enforced = (group: PolicyGroup): readonly PolicyId[] =>
  group.policies.filter((id) => !isStaged(id.kind));

/** Whether a group has a chain to itself. A single policy is jumped to directly. */
export const hasOwnChain = (group: PolicyGroup): boolean => enforced(group).length > 1;

/** The chains that an endpoint chain has to jump to for a group. */
export const groupTargets = (direction: PolicyDirection, group: PolicyGroup): readonly string[] =>
  hasOwnChain(group)
    ? [policyGroupChainName(direction, group.selector, group.policies)]
    : enforced(group).map((id) => policyChainName(direction, id));

/** After this many policies a group returns early if one of them has decided. */
const POLICIES_PER_CHECK = 5;

/** The chain of a group: its policies in order, until one of them accepts or passes. */
export const policyGroupChain = (
  direction: PolicyDirection,
  group: PolicyGroup,
  marks: Marks,
): FelixChain => {
  const decided = (marks.accept | marks.pass) >>> 0;
  return {
    name: policyGroupChainName(direction, group.selector, group.policies),
    rules: enforced(group).flatMap((id, index): readonly FelixRule[] => {
      const action = jump(policyChainName(direction, id));
      if (index % POLICIES_PER_CHECK !== 0) return [{ match: [markClear(decided)], action }];
      return index === 0
        ? [{ action }]
        : [
            { match: [markNotClear(decided)], action: RETURN, comments: ['Return on verdict'] },
            { action },
          ];
    }),
  };
};
