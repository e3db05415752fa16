import type { BuiltinChain, IptablesCommand, Match, Rule, TableName, Target } from '@podpath/linux';
import type { IpFamily } from '@podpath/net';
import { appendedRulesChain, hashComment, ruleHashes } from '../names/rule-hash.ts';
import type { FelixAction, FelixChain, FelixRule } from './felix-rule.ts';
import { felixRuleText, type IptablesFeatures, safeComment } from './felix-text.ts';

/** Where rules go. */
interface Place {
  readonly family: IpFamily;
  readonly table: TableName;
}

/** Makes chains and fills them. Chains come before rules, which may jump to any of them. */
export const chainCommands = (
  place: Place,
  chains: readonly FelixChain[],
  features: IptablesFeatures,
): readonly IptablesCommand[] => [
  ...chains.map(
    ({ name }): IptablesCommand => ({ kind: 'iptables', ...place, op: 'new-chain', chain: name }),
  ),
  ...chains.flatMap(({ name, rules }) =>
    hashedRules(name, rules, place.family, features).map(
      (rule): IptablesCommand => ({ kind: 'iptables', ...place, op: 'append', chain: name, rule }),
    ),
  ),
];

/** Puts rules on top of a kernel chain, the first one first. */
export const insertCommands = (
  place: Place,
  chain: BuiltinChain,
  rules: readonly FelixRule[],
  features: IptablesFeatures,
): readonly IptablesCommand[] =>
  hashedRules(chain, rules, place.family, features).map((rule, index) => ({
    kind: 'iptables',
    ...place,
    op: 'insert',
    chain,
    index: index + 1,
    rule,
  }));

/** Puts rules behind whatever is in a kernel chain. */
export const appendCommands = (
  place: Place,
  chain: BuiltinChain,
  rules: readonly FelixRule[],
  features: IptablesFeatures,
): readonly IptablesCommand[] =>
  hashedRules(appendedRulesChain(chain), rules, place.family, features).map((rule) => ({
    kind: 'iptables',
    ...place,
    op: 'append',
    chain,
    rule,
  }));

/** Rules with Felix's hash in a first comment. `chain` is the name that the hashes start from. */
export const hashedRules = (
  chain: string,
  rules: readonly FelixRule[],
  family: IpFamily,
  features: IptablesFeatures,
): readonly Rule[] => {
  const hashes = ruleHashes(chain, rules, (name, rule, hash) =>
    felixRuleText(name, rule, hash, features),
  );
  return rules.map((rule, index) => linuxRule(rule, hashes[index] ?? '', family, features));
};

const linuxRule = (
  rule: FelixRule,
  hash: string,
  family: IpFamily,
  features: IptablesFeatures,
): Rule => {
  const comments = [hashComment(hash), ...(rule.comments ?? []).map(safeComment)];
  const matches: Match[] = [
    ...comments.map((text): Match => ({ kind: 'comment', text })),
    ...(rule.match ?? []),
  ];
  return rule.action === undefined
    ? { matches }
    : { matches, target: linuxTarget(rule.action, family, features) };
};

const linuxTarget = (action: FelixAction, family: IpFamily, features: IptablesFeatures): Target => {
  switch (action.kind) {
    case 'reject':
      return {
        kind: 'reject',
        with: action.with ?? (family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'),
      };
    case 'set-mark':
      return { kind: 'mark', value: action.mark, mask: action.mark };
    case 'clear-mark':
      return { kind: 'mark', value: 0, mask: action.mark };
    case 'set-masked-mark':
      return { kind: 'mark', value: action.mark, mask: action.mask };
    case 'masquerade':
      return {
        kind: 'masquerade',
        ...(features.randomFully ? { randomFully: true } : {}),
        ...(action.ports === undefined ? {} : { ports: action.ports }),
      };
    case 'log':
      return { kind: 'log', prefix: `${action.prefix}: `, level: LOG_LEVEL };
    default:
      return action;
  }
};

const LOG_LEVEL = 5;
