import { formatRuleRef } from '../../explanation.ts';
import { getOrAdd } from '../../get-or-add.ts';
import { valuesNeeded } from '../../label-expression.ts';
import type { Policy, PolicyModel, Rule } from '../../model.ts';
import { NAMESPACE } from '../../scoped-labels.ts';
import type { Direction } from '../../verdict.ts';
import { follows, ruleCovers } from './covers.ts';
import { type Finding, finding } from './finding.ts';

/**
 * Rules that never decide anything because another one, which is asked of the same ends, decides all that they would. Of rules
 * that only allow, which come first is no matter; elsewhere the other one has to come before.
 */
export function* shadowedRules(model: PolicyModel): Generator<Finding> {
  for (const direction of ['ingress', 'egress'] as const) {
    const placed = placedRules(model, direction);
    const candidatesFor = indexByNamespace(placed);
    for (const rule of placed) {
      for (const other of candidatesFor(rule.policy)) {
        if (!hides(other, rule)) continue;
        yield findingOf(rule, other);
        break;
      }
    }
  }
}

/** A rule, its policy, and when it is asked. */
interface PlacedRule {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly tier: number;
  /** Among all rules of the direction. */
  readonly position: number;
  /** Whether all rules of the tier allow, so that their order does not matter. */
  readonly onlyAllows: boolean;
  /** Whether a rule before it may have left its tier. */
  readonly isAfterPass: boolean;
}

const placedRules = ({ tiers }: PolicyModel, direction: Direction): readonly PlacedRule[] => {
  const placed: PlacedRule[] = [];
  for (const [tier, { policies }] of tiers.entries()) {
    const rules = policies.flatMap((policy) =>
      (policy[direction] ?? []).map((rule) => ({ policy, rule })),
    );
    const onlyAllows = rules.every(({ rule }) => rule.action === 'allow');
    let isAfterPass = false;
    for (const each of rules) {
      placed.push({ ...each, tier, position: placed.length, onlyAllows, isAfterPass });
      isAfterPass ||= each.rule.action === 'pass';
    }
  }
  return placed;
};

/** The rules of policies that may be about all that a policy is about, in order. */
const indexByNamespace = (
  placed: readonly PlacedRule[],
): ((policy: Policy) => readonly PlacedRule[]) => {
  const anywhere: PlacedRule[] = [];
  const named = new Map<string, PlacedRule[]>();
  for (const rule of placed) {
    const names = valuesNeeded(rule.policy.subject, NAMESPACE);
    if (names === undefined) anywhere.push(rule);
    for (const name of new Set(names)) getOrAdd(named, name, () => []).push(rule);
  }
  const inOrder = (rules: readonly PlacedRule[]) =>
    [...anywhere, ...rules].toSorted((a, b) => a.position - b.position);
  const candidates = new Map([...named].map(([name, rules]) => [name, inOrder(rules)]));
  return ({ subject }) => {
    const [name] = valuesNeeded(subject, NAMESPACE) ?? [];
    return (name === undefined ? undefined : candidates.get(name)) ?? anywhere;
  };
};

const hides = (other: PlacedRule, hidden: PlacedRule): boolean => {
  if (other === hidden || other.rule.action === 'log') return false;
  const isBefore = other.position < hidden.position;
  if (other.tier > hidden.tier || (!isBefore && !hidden.onlyAllows)) return false;
  // What passes ends its own tier alone.
  const mayPass = other.isAfterPass || other.rule.action === 'pass';
  if (other.tier < hidden.tier && mayPass) return false;
  if (!isAskedOf(other.policy, hidden.policy) || !ruleCovers(other.rule, hidden.rule)) return false;
  // Of two that are equal only the later is said to be hidden.
  return (
    isBefore || !(isAskedOf(hidden.policy, other.policy) && ruleCovers(hidden.rule, other.rule))
  );
};

/** Whether a policy is asked of all ends that the other is asked of, at the same stages. */
const isAskedOf = (wide: Policy, narrow: Policy): boolean =>
  wide === narrow || (stagesOf(wide) === stagesOf(narrow) && follows(wide.subject, narrow.subject));

const stagesOf = ({ stages = ['endpoint'] }: Policy): string => stages.join();

const VERBS = { allow: 'allows', deny: 'denies', pass: 'passes on', log: 'logs' } as const;

const findingOf = ({ rule }: PlacedRule, { rule: other }: PlacedRule): Finding => {
  const same = rule.action === other.action;
  const message = same
    ? `adds nothing to ${formatRuleRef(other.ref)}`
    : `is never reached: ${formatRuleRef(other.ref)} ${VERBS[other.action]} before`;
  return finding('rule-shadowed', same ? 'info' : 'warning', rule.ref, message, other.ref);
};
