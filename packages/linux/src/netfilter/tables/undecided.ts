import type { Rule, Target } from '../rule.ts';

/** Targets that are not emulated and bear on nothing that is: the packet goes on to the next rule. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CONNSECMARK',
  'LED',
  'LOG',
  'NFLOG',
  'RATEEST',
  'SECMARK',
  'TRACE',
  'ULOG',
]);

/**
 * Why nobody can tell what becomes of a packet that passes the other matches of a rule; `undefined` for a rule that is
 * emulated, or that changes nothing whether it matches or not.
 */
export const undecidedBy = ({ matches, target }: Rule): string | undefined => {
  if (!hasEffect(target)) return undefined;
  for (const match of matches) {
    if (match.kind !== 'opaque') continue;
    return `uses ${match.why ?? `-m ${match.module}`}, which podpath does not emulate`;
  }
  return target?.kind === 'opaque'
    ? `uses -j ${target.name}${optionsOf(target)}, which podpath does not emulate`
    : undefined;
};

/** Whether a rule can be told to matter not at all: it has a match that is not emulated, and no effect. */
export const isIdle = ({ matches, target }: Rule): boolean =>
  !hasEffect(target) && matches.some(({ kind }) => kind === 'opaque');

const hasEffect = (target: Target | undefined): boolean => {
  switch (target?.kind) {
    case undefined:
    case 'log':
    case 'nflog':
      return false;
    case 'opaque':
      return !WITHOUT_EFFECT.has(target.name);
    default:
      return true;
  }
};

const optionsOf = ({ options }: Extract<Target, { readonly kind: 'opaque' }>): string =>
  options === '' ? '' : ` ${options}`;
