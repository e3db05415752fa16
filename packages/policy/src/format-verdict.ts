import type { SourceLocation } from '@podpath/cluster';
import type { DirectionVerdict, PolicyRef, RuleRef, Verdict } from './verdict.ts';

/**
 * A verdict in a few lines: the answer, then why at each end.
 * For programs, a verdict is plain data: `JSON.stringify` gives the same text for the same cluster and flow.
 */
export const formatVerdict = (verdict: Verdict): string =>
  [
    verdict.allowed ? 'allowed' : 'denied',
    ...formatEnd('egress', 'source', verdict.egress),
    ...formatEnd('ingress', 'destination', verdict.ingress),
  ].join('\n');

const formatEnd = (
  direction: string,
  end: 'source' | 'destination',
  verdict: DirectionVerdict,
): readonly string[] => {
  const [first, ...more] = reasonOf(direction, end, verdict);
  const answer = verdict.allowed ? 'allowed' : 'denied';
  return [
    `  ${direction.padEnd(8)} ${answer}: ${first}`,
    ...more.map((line) => `${' '.repeat(11)}${line}`),
  ];
};

const reasonOf = (
  direction: string,
  end: 'source' | 'destination',
  verdict: DirectionVerdict,
): readonly string[] => {
  switch (verdict.reason) {
    case 'not-policed':
      return [`the ${end} is not a pod of the pod network`];
    case 'exempt':
      return ['a pod to itself, or a pod and its own node, is always allowed'];
    case 'not-isolated':
      return [`no policy isolates the ${end} for ${direction}`];
    case 'allowed-by-rule': {
      const [deciding, ...others] = verdict.rules.map(formatRuleRef);
      return [`by ${deciding}`, ...others.map((rule) => `also by ${rule}`)];
    }
    case 'failsafe':
      return ['the port is one that host endpoints keep open'];
    case 'no-profile':
      return [`no policy and no profile of the ${end}'s host endpoint lets it pass`];
    case 'denied-by-rule':
      return [`by ${formatRuleRef(verdict.rule)}`];
    case 'denied-by-isolation': {
      const [isolating, ...others] = verdict.isolatedBy.map(formatPolicyRef);
      return [
        `isolated by ${isolating}, and no rule allows it`,
        ...others.map((policy) => `also isolated by ${policy}`),
      ];
    }
  }
};

/** `NetworkPolicy shop/web ingress[0] (shop.yaml:12)`: the rule's own place, else its policy's. */
const formatRuleRef = ({ policy, direction, index, source }: RuleRef): string =>
  `${nameOf(policy)} ${direction}[${index}]${placeOf(source ?? policy.source)}`;

const formatPolicyRef = (policy: PolicyRef): string => `${nameOf(policy)}${placeOf(policy.source)}`;

const nameOf = ({ kind, namespace, name }: PolicyRef): string =>
  `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;

const placeOf = (source: SourceLocation | undefined): string =>
  source === undefined ? '' : ` (${source.file}:${source.line})`;
