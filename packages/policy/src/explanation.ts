import type { SourceLocation } from '@podpath/cluster';
import type { Direction, DirectionVerdict, PolicyRef, RuleRef, Verdict } from './verdict.ts';

/** One of those who are asked about a connection, and what it says, in words. */
export interface ExplainedStep {
  /** Which end it is, or which host endpoint on the way. */
  readonly who: 'source' | 'destination' | { readonly node: string; readonly hostEndpoint: string };
  readonly direction: Direction;
  readonly allowed: boolean;
  /** Whether it took a rule to decide it, and not just that nobody minds. */
  readonly rulesDecide: boolean;
  /** The rule that decided or what else did, first; then what else would have, and what passed it on. Never empty. */
  readonly reasons: readonly string[];
}

/** The steps of a verdict, in the order in which the connection comes to them. */
export const explain = ({ egress, ingress, hosts = [] }: Verdict): readonly ExplainedStep[] => [
  explainStep('source', 'egress', egress),
  ...hosts.map(({ node, hostEndpoint, direction, verdict }) =>
    explainStep({ node, hostEndpoint }, direction, verdict),
  ),
  explainStep('destination', 'ingress', ingress),
];

/** One step, in words. */
export const explainStep = (
  who: ExplainedStep['who'],
  direction: Direction,
  verdict: DirectionVerdict,
): ExplainedStep => ({
  who,
  direction,
  allowed: verdict.allowed,
  rulesDecide: !IDLE.has(verdict.reason),
  reasons: [
    ...reasonsOf(typeof who === 'string' ? who : 'host endpoint', direction, verdict),
    ...(verdict.passed ?? []).map((rule) => `passed on by ${formatRuleRef(rule)}`),
  ],
});

const IDLE: ReadonlySet<DirectionVerdict['reason']> = new Set([
  'not-policed',
  'exempt',
  'not-isolated',
]);

const reasonsOf = (
  end: 'source' | 'destination' | 'host endpoint',
  direction: Direction,
  verdict: DirectionVerdict,
): readonly string[] => {
  switch (verdict.reason) {
    case 'not-policed':
      return [`the ${end} is not a pod of the pod network`];
    case 'exempt':
      return ['a pod to itself, or a pod and its own node, is always allowed'];
    case 'not-isolated':
      return [`no policy isolates the ${end} for ${direction}`];
    case 'failsafe':
      return ['the port is one that host endpoints keep open'];
    case 'no-profile':
      return [`no policy and no profile of the ${end}'s host endpoint lets it pass`];
    case 'allowed-by-rule': {
      const [deciding, ...others] = verdict.rules.map(formatRuleRef);
      return [
        `by ${deciding}${tierOf(verdict.rules[0]?.policy, verdict.tier)}`,
        ...others.map((rule) => `also by ${rule}`),
      ];
    }
    case 'denied-by-rule':
      return [`by ${formatRuleRef(verdict.rule)}${tierOf(verdict.rule.policy, verdict.tier)}`];
    case 'denied-by-isolation': {
      const [first] = verdict.isolatedBy;
      const [isolating, ...others] = verdict.isolatedBy.map(formatPolicyRef);
      return [
        `isolated by ${isolating}${tierOf(first, verdict.tier)}, and no rule allows it`,
        ...others.map((policy) => `also isolated by ${policy}`),
      ];
    }
  }
};

/** NetworkPolicies are in one tier only, which goes without saying. */
const tierOf = (policy: PolicyRef | undefined, tier: string): string =>
  policy?.kind === 'NetworkPolicy' && policy.apiGroup === undefined ? '' : `, tier ${tier}`;

/** `NetworkPolicy shop/web ingress[0] (shop.yaml:12)`: the rule's own place, else its policy's. */
export const formatRuleRef = ({ policy, direction, index, name, source }: RuleRef): string => {
  const called = name === undefined ? '' : ` "${name}"`;
  return `${nameOf(policy)} ${direction}[${index}]${called}${placeOf(source ?? policy.source)}`;
};

export const formatPolicyRef = (policy: PolicyRef): string =>
  `${nameOf(policy)}${placeOf(policy.source)}`;

/** `NetworkPolicy shop/web`; Calico has kinds of the same names. */
export const nameOf = ({ kind, apiGroup, namespace, name }: PolicyRef): string =>
  [
    ...(apiGroup === undefined ? [] : ['Calico']),
    kind,
    namespace === undefined ? name : `${namespace}/${name}`,
  ].join(' ');

export const placeOf = (source: SourceLocation | undefined): string =>
  source === undefined ? '' : ` (${source.file}:${source.line})`;
