import type { IpsetStore } from '../ipset/ipset-store.ts';
import { protocolNumber } from '../protocol-names.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { Match, Rule } from '../rule.ts';
import { checkMatch } from './check-match.ts';
import { checkTarget } from './check-target.ts';
import type { RulePlace } from './rule-place.ts';

/** What iptables and the kernel's checks of matches and targets hold against a rule, apart from its hooks. */
export const checkRule = (rule: Rule, place: RulePlace, sets: IpsetStore): Refusal | undefined => {
  const protocol = protocolOf(rule);
  const once = new Set<string>();
  for (const match of rule.matches) {
    if (ONCE.has(match.kind)) {
      if (once.has(match.kind)) return invalid(`more than one ${match.kind} match`);
      once.add(match.kind);
    }
    const refusal = checkMatch(match, protocol, place, sets);
    if (refusal !== undefined) return refusal;
  }
  return rule.target === undefined ? undefined : checkTarget(rule.target, protocol, place, sets);
};

/** Matches that are options of iptables itself, which may be given once. */
const ONCE: ReadonlySet<Match['kind']> = new Set([
  'source',
  'destination',
  'in-interface',
  'out-interface',
  'protocol',
  'fragment',
]);

/** The protocol that a rule is limited to; `undefined` when it is open or inverted. */
const protocolOf = ({ matches }: Rule): number | undefined => {
  for (const match of matches) {
    if (match.kind === 'protocol' && match.invert !== true) return protocolNumber(match.protocol);
  }
  return undefined;
};
