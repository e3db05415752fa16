import { formatPolicyRef, placeOf } from '../explanation.ts';
import type { AskedTier, PoliciesOf, PolicySubject } from './policies-of.ts';

/** Answers for people: per direction the tiers, their policies, and what happens when none decides. */
export const formatPoliciesOf = (answers: readonly PoliciesOf[]): string =>
  answers.map(formatOne).join('\n');

const formatOne = ({ subject, ingress, egress }: PoliciesOf): string =>
  [
    nameOf(subject),
    ...formatDirection('ingress', ingress, subject),
    ...formatDirection('egress', egress, subject),
    '',
  ].join('\n');

const nameOf = (subject: PolicySubject): string => {
  switch (subject.kind) {
    case 'pods':
      return subject.pods.map((name) => `${subject.namespace}/${name}`).join(', ');
    case 'node':
      return subject.hostEndpoint === undefined
        ? `node ${subject.node}, which has no host endpoint`
        : `node ${subject.node} (HostEndpoint ${subject.hostEndpoint}${placeOf(subject.source)})`;
    case 'outside':
      return 'an address outside, which no policy is about';
  }
};

const formatDirection = (
  direction: string,
  tiers: readonly AskedTier[],
  subject: PolicySubject,
): readonly string[] => {
  if (tiers.length === 0) return [`  ${direction}: no policy, ${atTheEnd(subject)}`];
  const lines = tiers.flatMap(({ tier, stage, unmatched, policies }, index) => {
    const isLast = index === tiers.length - 1;
    const next = isLast ? atTheEnd(subject) : 'the next';
    return [
      `    tier ${tier}${stage === 'endpoint' ? '' : `, ${stage}`}`,
      ...policies.map(
        ({ policy, rules }) => `      ${formatPolicyRef(policy)}: ${countOf(rules.length)}`,
      ),
      `      otherwise ${unmatched === 'deny' && decides(stage) ? 'denied' : next}`,
    ];
  });
  return [`  ${direction}`, ...lines];
};

const atTheEnd = (subject: PolicySubject): string =>
  subject.kind === 'node' && subject.hostEndpoint !== undefined ? 'what profiles say' : 'allowed';

/** Early stages leave what they do not decide to later ones. */
const decides = (stage: AskedTier['stage']): boolean => stage === 'endpoint' || stage === 'forward';

const countOf = (rules: number): string => (rules === 1 ? '1 rule' : `${rules || 'no'} rules`);
