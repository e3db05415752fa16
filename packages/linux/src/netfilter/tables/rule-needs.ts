import type { Match, Rule, Target } from '../rule.ts';
import { EVERY_HOOK, HOOK_BIT } from './hooks.ts';

/** Whether a rule wakes conntrack. NOTRACK does not: there is then nothing to exempt from. */
export const needsConntrack = ({ matches, target }: Rule): boolean =>
  matches.some(({ kind }) => kind === 'conntrack' || kind === 'connmark') ||
  (target !== undefined && CONNTRACK_TARGETS.has(target.kind));

const CONNTRACK_TARGETS: ReadonlySet<Target['kind']> = new Set([
  'connmark-save',
  'connmark-restore',
  'dnat',
  'snat',
  'masquerade',
]);

/** The hooks from which a chain with this rule may be reached. */
export const hooksOf = ({ matches, target }: Rule): number =>
  matches.reduce((hooks, match) => hooks & hooksOfMatch(match), hooksOfTarget(target));

const hooksOfTarget = (target: Target | undefined): number => {
  switch (target?.kind) {
    case 'dnat':
      return HOOK_BIT.PREROUTING | HOOK_BIT.OUTPUT;
    case 'snat':
      return HOOK_BIT.POSTROUTING | HOOK_BIT.INPUT;
    case 'masquerade':
      return HOOK_BIT.POSTROUTING;
    case 'reject':
      return HOOK_BIT.INPUT | HOOK_BIT.FORWARD | HOOK_BIT.OUTPUT;
    default:
      return EVERY_HOOK;
  }
};

const hooksOfMatch = (match: Match): number => {
  switch (match.kind) {
    case 'rpfilter':
      return HOOK_BIT.PREROUTING;
    case 'address-type':
      if (match.limitInterface === 'in')
        return EVERY_HOOK & ~(HOOK_BIT.OUTPUT | HOOK_BIT.POSTROUTING);
      if (match.limitInterface === 'out')
        return EVERY_HOOK & ~(HOOK_BIT.PREROUTING | HOOK_BIT.INPUT);
      return EVERY_HOOK;
    case 'physdev':
      return (match.out !== undefined || match.isOut === true) && match.isBridged !== true
        ? EVERY_HOOK & ~HOOK_BIT.OUTPUT
        : EVERY_HOOK;
    default:
      return EVERY_HOOK;
  }
};
