import type { Rule } from './model.ts';
import { ruleMatches, type Traffic } from './rule-match.ts';
import type { SelectingTier } from './selection.ts';
import type { DirectionVerdict, RuleRef } from './verdict.ts';

/**
 * What the policies of an end say, tier by tier; `undefined` when all of them leave it open. With `early`, a tier that
 * decides nothing leaves it open even where it would deny. Rules that left a tier are added to `passed`.
 */
export const judgeTiers = (
  tiers: readonly SelectingTier[],
  traffic: Traffic,
  passed: RuleRef[],
  early = false,
): DirectionVerdict | undefined => {
  for (const tier of tiers) {
    const verdict = judgeTier(tier, traffic, passed, early);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
};

const judgeTier = (
  { tier, policies }: SelectingTier,
  traffic: Traffic,
  passed: RuleRef[],
  early: boolean,
): DirectionVerdict | undefined => {
  const denies = tier.unmatched === 'deny' && !early;
  const isolatedBy = denies ? policies.map(({ ref }) => ref) : [];
  const matching = matchingRules(
    policies.flatMap(({ rules }) => rules),
    traffic,
  );
  const [first] = matching;
  if (first === undefined) {
    return denies
      ? { allowed: false, reason: 'denied-by-isolation', tier: tier.name, isolatedBy }
      : undefined;
  }
  switch (first.action) {
    case 'deny':
      return { allowed: false, reason: 'denied-by-rule', tier: tier.name, rule: first.ref };
    case 'allow': {
      const rules = matching.filter(({ action }) => action === 'allow').map(({ ref }) => ref);
      return { allowed: true, reason: 'allowed-by-rule', tier: tier.name, rules, isolatedBy };
    }
    default:
      passed.push(first.ref);
      return undefined;
  }
};

/** The rules that match and decide something. */
export const matchingRules = (rules: readonly Rule[], traffic: Traffic): readonly Rule[] =>
  rules.filter((rule) => rule.action !== 'log' && ruleMatches(rule, traffic));
