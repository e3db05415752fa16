import type { IpFamily } from '@podpath/net';
import {
  type PolicyDirection,
  type PolicyId,
  policyChainName,
  policyIdText,
  profileChainName,
} from '../names/chain-names.ts';
import type { ActiveRule } from '../policies/active-rule.ts';
import type { FelixChain, FelixRule } from './felix-rule.ts';
import { type RuleOwner, renderRule } from './policy-rules.ts';
import type { RenderConfig } from './render-config.ts';

/** A policy's chain for one direction. */
export const policyChain = (
  id: PolicyId,
  direction: PolicyDirection,
  rules: readonly ActiveRule[],
  family: IpFamily,
  config: RenderConfig,
): FelixChain => {
  const name = id.namespace === '' ? id.name : `${id.namespace}/${id.name}`;
  return {
    name: policyChainName(direction, id),
    rules: chainRules(
      rules,
      { kind: 'policy', direction, id: policyIdText(id) },
      `${id.kind} ${name} ${direction}`,
      family,
      config,
    ),
  };
};

/** A profile's chain for one direction. */
export const profileChain = (
  profile: string,
  direction: PolicyDirection,
  rules: readonly ActiveRule[],
  family: IpFamily,
  config: RenderConfig,
): FelixChain => ({
  name: profileChainName(direction, profile),
  rules: chainRules(
    rules,
    { kind: 'profile', direction, id: profile },
    `Profile ${profile} ${direction}`,
    family,
    config,
  ),
});

/** The first rule says what the chain is for; a chain without rules gets one that does nothing else. */
const chainRules = (
  activeRules: readonly ActiveRule[],
  owner: RuleOwner,
  comment: string,
  family: IpFamily,
  config: RenderConfig,
): readonly FelixRule[] => {
  const rules = activeRules.flatMap((rule, index) =>
    renderRule(rule, index, owner, family, config),
  );
  // A chain returns at its end anyway.
  while (rules.at(-1)?.action?.kind === 'return') rules.pop();
  const [first = {}, ...others] = rules;
  return [{ ...first, comments: [...(first.comments ?? []), comment] }, ...others];
};
