import type { Pod } from '@podpath/cluster';
import { familyOf } from '@podpath/net';
import type { PolicyFlow } from './flow.ts';
import type { PolicyModel } from './model.ts';
import type { Party } from './parties.ts';
import { ECHO_REQUEST, hasPorts, isIcmp, protocolNumber } from './protocols.ts';
import { ruleMatches, type Traffic } from './rule-match.ts';
import { createSelection, type SelectingTier, type Selection } from './selection.ts';
import type { Direction, DirectionVerdict, RuleRef, Verdict } from './verdict.ts';

/** What is asked besides the ends. */
type Asked = Pick<PolicyFlow, 'protocol' | 'port' | 'sourcePort' | 'icmp'>;

/** Judges connections between resolved ends. */
export interface Judge {
  readonly selection: Selection;
  verdict(from: Party, to: Party, asked: Asked): Verdict;
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
    const passed: RuleRef[] = [];
    for (const tier of selection.of(self, direction)) {
      const verdict = judgeTier(tier, traffic, passed);
      if (verdict !== undefined) return withPassed(verdict, passed);
    }
    return withPassed({ allowed: true, reason: 'not-isolated' }, passed);
  };

  return {
    selection,
    verdict: (from, to, asked) => {
      const traffic = trafficOf(from, to, asked);
      const egress = judgeEnd('egress', from, to, traffic);
      const ingress = judgeEnd('ingress', to, from, traffic);
      return { allowed: egress.allowed && ingress.allowed, egress, ingress };
    },
  };
};

/** A pod's traffic to itself never leaves it, and a node and its own pods always reach each other. */
export const isExempt = (pod: Pod, other: Party): boolean =>
  other.pod === pod || other.node === pod.node;

/** The first of the ports that Linux gives to whoever wants none in particular. */
const FIRST_EPHEMERAL_PORT = 32_768;

const trafficOf = (from: Party, to: Party, asked: Asked): Traffic => {
  const family = familyOf(to.address);
  const protocol = protocolNumber(asked.protocol, family);
  const { port, sourcePort = FIRST_EPHEMERAL_PORT, icmp = ECHO_REQUEST[family] } = asked;
  return {
    from,
    to,
    family,
    protocol,
    ...(hasPorts(protocol) ? { sourcePort, port } : {}),
    ...(isIcmp(protocol) ? { icmp } : {}),
  };
};

/** `undefined` when the tier leaves the decision to the next one. Adds the rule that did so to `passed`. */
const judgeTier = (
  { tier, policies }: SelectingTier,
  traffic: Traffic,
  passed: RuleRef[],
): DirectionVerdict | undefined => {
  const isolatedBy = tier.unmatched === 'deny' ? policies.map(({ ref }) => ref) : [];
  const matching = policies
    .flatMap(({ rules }) => rules)
    .filter((rule) => rule.action !== 'log' && ruleMatches(rule, traffic));
  const [first] = matching;
  if (first === undefined) {
    return tier.unmatched === 'deny'
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

const withPassed = (verdict: DirectionVerdict, passed: readonly RuleRef[]): DirectionVerdict =>
  passed.length === 0 ? verdict : { ...verdict, passed };
