import type { Cluster, Pod } from '@podpath/cluster';
import type { PolicyFlow } from './flow.ts';
import type { PolicyModel } from './model.ts';
import { createParties, type Party } from './parties.ts';
import { ruleMatches, type Traffic } from './rule-match.ts';
import { createSelection, type SelectingTier } from './selection.ts';
import { translateNetworkPolicies } from './translate-network-policies.ts';
import type { Direction, DirectionVerdict, Verdict } from './verdict.ts';

/** Judges flows of one cluster, as it was when the evaluator was made. */
export interface PolicyEvaluator {
  /** Throws `PolicyFlowError` when an end does not exist or the ends have no address family in common. */
  verdict(flow: PolicyFlow): Verdict;
}

/**
 * The plain evaluator that every other way to a verdict is held to. It follows the API text step by step
 * and is clever only where whole-cluster questions would otherwise be out of reach: the policies that select
 * a pod are found once per pod.
 *
 * Where the API leaves room: a host-network pod counts as its node, traffic between a pod and the node it
 * runs on is exempt, and address ranges match pods by their addresses.
 */
export const createEvaluator = (
  cluster: Cluster,
  model: PolicyModel = translateNetworkPolicies(cluster),
): PolicyEvaluator => {
  const parties = createParties(cluster);
  const selection = createSelection(model);

  /** Each end is judged by its own policies alone. */
  const judge = (
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
    verdict: (flow) => {
      const { from, to } = parties.resolve(flow);
      const traffic: Traffic = { protocol: flow.protocol, port: flow.port, destination: to };
      const egress = judge('egress', from, to, traffic);
      const ingress = judge('ingress', to, from, traffic);
      return { allowed: egress.allowed && ingress.allowed, egress, ingress };
    },
  };
};

/** A pod's traffic to itself never leaves it, and a node and its own pods always reach each other. */
const isExempt = (pod: Pod, other: Party): boolean => other.pod === pod || other.node === pod.node;

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
