import type { Match, Rule, Target } from '../rule.ts';
import { EVERY_HOOK, HOOK_BIT } from './hooks.ts';

/** Whether a rule wakes conntrack. NOTRACK does not: there is then nothing to exempt from. */
export const needsConntrack = ({ matches, target }: Rule): boolean =>
  matches.some(matchNeedsConntrack) || (target !== undefined && targetNeedsConntrack(target));

const matchNeedsConntrack = (match: Match): boolean =>
  match.kind === 'opaque' ? CONNTRACK_MODULES.has(match.module) : CONNTRACK_MATCHES.has(match.kind);

const targetNeedsConntrack = (target: Target): boolean => {
  if (target.kind === 'opaque') return CONNTRACK_EXTENSIONS.has(target.name);
  if (target.kind === 'ct') return target.notrack !== true;
  return CONNTRACK_TARGETS.has(target.kind);
};

const CONNTRACK_MATCHES: ReadonlySet<Match['kind']> = new Set([
  'conntrack',
  'connection',
  'connmark',
  'connlimit',
]);

/** Modules that are not emulated, or not with every option, but wake conntrack all the same. */
const CONNTRACK_MODULES: ReadonlySet<string> = new Set([
  'cluster',
  'connbytes',
  'connlabel',
  'connlimit',
  'connmark',
  'conntrack',
  'helper',
  'state',
]);

const CONNTRACK_EXTENSIONS: ReadonlySet<string> = new Set([
  'CONNMARK',
  'CT',
  'DNAT',
  'MASQUERADE',
  'NETMAP',
  'REDIRECT',
  'SNAT',
  'SYNPROXY',
]);

const CONNTRACK_TARGETS: ReadonlySet<Target['kind']> = new Set([
  'connmark-set',
  'connmark-save',
  'connmark-restore',
  'dnat',
  'snat',
  'masquerade',
  'redirect',
]);

/** The hooks from which a chain with this rule may be reached. */
export const hooksOf = ({ matches, target }: Rule): number =>
  matches.reduce((hooks, match) => hooks & hooksOfMatch(match), hooksOfTarget(target));

const hooksOfTarget = (target: Target | undefined): number => {
  switch (target?.kind) {
    case 'dnat':
    case 'redirect':
      return HOOK_BIT.PREROUTING | HOOK_BIT.OUTPUT;
    case 'tcp-mss':
      return target.mss === 'path-mtu'
        ? HOOK_BIT.FORWARD | HOOK_BIT.OUTPUT | HOOK_BIT.POSTROUTING
        : EVERY_HOOK;
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
    case 'owner':
      return HOOK_BIT.OUTPUT | HOOK_BIT.POSTROUTING;
    case 'mac':
      return HOOK_BIT.PREROUTING | HOOK_BIT.INPUT | HOOK_BIT.FORWARD;
    case 'policy':
      return match.direction === 'in'
        ? EVERY_HOOK & ~(HOOK_BIT.OUTPUT | HOOK_BIT.POSTROUTING)
        : EVERY_HOOK & ~(HOOK_BIT.PREROUTING | HOOK_BIT.INPUT);
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
