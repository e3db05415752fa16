import { PLUGINS } from '../plugins.ts';

/** What each finding's id means. */
export const LINT_RULES: ReadonlyMap<string, string> = new Map([
  ['policy-selects-nobody', 'The policy selects no pod and no host endpoint.'],
  ['rule-matches-nobody', 'Nobody is at the other end of the rule.'],
  ['peer-matches-nobody', 'One of the peers of the rule is nobody.'],
  ['named-port-unknown', 'The rule names a port that nobody has at the end that it leads to.'],
  ['rule-inert', 'The rule is of a direction that the types of the policy leave out.'],
  ['rule-shadowed', 'Another rule decides all that the rule would.'],
  ...PLUGINS.flatMap(({ name, title, features }) => [
    ...(features.enforcesPolicy
      ? []
      : [[`${name}/policies-ignored`, `${title} enforces no policies.`] as const]),
    ...features.policyDeviations.map(({ id, text }) => [`${name}/${id}`, text] as const),
  ]),
]);
