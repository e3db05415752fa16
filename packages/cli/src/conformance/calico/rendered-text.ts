import {
  actionText,
  type FelixChain,
  type FelixRule,
  felixRuleText,
  type IptablesFeatures,
  matchText,
} from '@podpath/calico/conformance';

/** The vectors are of an iptables that knows neither. */
const OLD_IPTABLES: IptablesFeatures = { randomFully: false, nflogSize: false };

/** Rules as lines that append to a chain called test, without hashes. */
export const rulesText = (rules: readonly FelixRule[]): readonly string[] =>
  rules.map((rule) => felixRuleText('test', rule, '', OLD_IPTABLES));

/** A rule with its match, action and comments apart. */
export const ruleParts = ({ match = [], action, comments = [] }: FelixRule): unknown => ({
  match: matchText(match),
  ...(action === undefined ? {} : { action: actionText(action, OLD_IPTABLES) }),
  ...(comments.length === 0 ? {} : { comment: comments }),
});

export const chainParts = ({ name, rules }: FelixChain): unknown => ({
  name,
  rules: rules.map(ruleParts),
});
