import type { FlowProtocol, Pod } from '@podpath/cluster';
import type { PolicyModel } from './model.ts';
import type { Party } from './parties.ts';
import { ruleMatches, type Traffic } from './rule-match.ts';
import { createSelection, type SelectingTier, type Selection } from './selection.ts';
import type { Direction, DirectionVerdict, Verdict } from './verdict.ts';

/** Judges connections between resolved ends. */
export interface Judge {
  readonly selection: Selection;
  verdict(from: Party, to: Party, protocol: FlowProtocol, port: number): Verdict;
}

/** Each end is judged by its own policies alone, and both have to allow. */
export const createJudge = (model: PolicyModel): Judge => {
  const selection = createSelection(model);

  const judgeEnd = (
    direction: Direction,
    self: Party,
    other: Party,
    traffic: Traffic,
  ): DirectionVerdict => {
    if (self.pod === undefined) return { allowed: true, reason: 'not-policed' };
    if (isExempt(self.pod, other)) return { allowed: true, reason: 'exempt' };
    for (const tier of selection.of(self, direction)) {
      const verdict = judgeTier(tier, other, traffic);
      if (verdict !== undefined) return verdict;
    }
    return { allowed: true, reason: 'not-isolated' };
  };

  return {
    selection,
    verdict: (from, to, protocol, port) => {
      const traffic: Traffic = { protocol, port, destination: to };
      const egress = judgeEnd('egress', from, to, traffic);
      const ingress = judgeEnd('ingress', to, from, traffic);
      return { allowed: egress.allowed && ingress.allowed, egress, ingress };
    },
  };
};

/** A pod's traffic to itself never leaves it, and a node and its own pods always reach each other. */
export const isExempt = (pod: Pod, other: Party): boolean =>
  other.pod === pod || other.node === pod.node;

/** `undefined` when the tier leaves the decision to the next one. */
const judgeTier = (
  { tier, policies }: SelectingTier,
  other: Party,
  traffic: Traffic,
): DirectionVerdict | undefined => {
  const isolatedBy = tier.unmatched === 'deny' ? policies.map(({ ref }) => ref) : [];
  const matching = policies
    .flatMap(({ rules }) => rules)
    .filter((rule) => ruleMatches(rule, other, traffic));
  const [first] = matching;
  if (first === undefined) {
    return tier.unmatched === 'deny'
      ? { allowed: false, reason: 'denied-by-isolation', tier: tier.name, isolatedBy }
      : undefined;
  }
  switch (first.action) {
    case 'pass':
      return undefined;
    case 'deny':
      return { allowed: false, reason: 'denied-by-rule', tier: tier.name, rule: first.ref };
    case 'allow': {
      const rules = matching.filter(({ action }) => action === 'allow').map(({ ref }) => ref);
      return { allowed: true, reason: 'allowed-by-rule', tier: tier.name, rules, isolatedBy };
    }
  }
};
