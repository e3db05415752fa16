import type { ActiveRule } from '../policies/active-rule.ts';
import type { FelixRule } from './felix-rule.ts';
import { felixRuleText } from './felix-text.ts';
import { FELIX_DEFAULTS } from './render-config.ts';

/** Rules as Felix writes them, without hashes and `-A`, for tests that are read along. */
export const textOf = (rules: readonly FelixRule[]): readonly string[] =>
  rules.map((rule) => felixRuleText('', rule, '', FELIX_DEFAULTS.features).replace(/^-A +/, ''));

/** A rule that allows anything, but for the parts given. */
export const activeRule = (parts: Partial<ActiveRule>): ActiveRule => ({
  action: 'allow',
  source: {},
  destination: {},
  ...parts,
});

export const ports = (...numbers: readonly number[]) =>
  numbers.map((port) => ({ first: port, last: port }));
