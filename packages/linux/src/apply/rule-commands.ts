import type { Prefix } from '@podpath/net';
import type { RuleChange, RulePorts, RuleSpec } from '../commands.ts';
import type { Namespace } from '../namespace.ts';
import { readsFlow } from '../routing/rule-match.ts';
import { refusal } from './refuse.ts';

/** `ip rule add|delete`. Throws EEXIST, ENOENT, EINVAL. */
export function changeRule(namespace: Namespace, command: RuleChange): void {
  const { rule } = command;
  const fib = rule.family === 4 ? namespace.ipv4 : namespace.ipv6;
  const { rules } = fib;
  check(command);
  if (command.kind === 'rule-delete') {
    const index = rules.findIndex((other) => isMeant(rule, other));
    if (index < 0) throw refusal(command, 'ENOENT', 'no rule like this');
    rules.splice(index, 1);
    fib.hasCustomRules = true;
    return;
  }
  if (rules.some((other) => isTaken(rule, other))) {
    throw refusal(command, 'EEXIST', 'File exists: the same rule');
  }
  const after = rules.findIndex(({ priority }) => priority > rule.priority);
  rules.splice(after < 0 ? rules.length : after, 0, rule);
  fib.hasCustomRules = true;
  if (readsFlow(rule)) fib.readsFlows = true;
}

/** Deleting takes the first rule that has everything that the command says of it (`fib_nl_delrule`). */
function isMeant(wanted: RuleSpec, rule: RuleSpec): boolean {
  const { fwmark, iif, oif, action } = wanted;
  return (
    wanted.priority === rule.priority &&
    sameAction(action, rule.action) &&
    (wide(wanted.from) || samePrefix(wanted.from, rule.from)) &&
    (wide(wanted.to) || samePrefix(wanted.to, rule.to)) &&
    (fwmark === undefined ||
      (fwmark.value === rule.fwmark?.value && fwmark.mask === rule.fwmark.mask)) &&
    (iif === undefined || iif === rule.iif) &&
    (oif === undefined || oif === rule.oif) &&
    (wanted.tos === undefined || wanted.tos === rule.tos) &&
    (wanted.protocol === undefined || wanted.protocol === rule.protocol) &&
    (wanted.sourcePorts === undefined || samePorts(wanted.sourcePorts, rule.sourcePorts)) &&
    (wanted.destinationPorts === undefined ||
      samePorts(wanted.destinationPorts, rule.destinationPorts)) &&
    (suppressed(action) === undefined || suppressed(action) === suppressed(rule.action))
  );
}

const sameAction = (a: RuleSpec['action'], b: RuleSpec['action']): boolean =>
  a.kind === 'lookup' ? b.kind === 'lookup' && a.table === b.table : a.kind === b.kind;

const suppressed = (action: RuleSpec['action']): number | undefined =>
  action.kind === 'lookup' ? action.suppressPrefixLength : undefined;

const samePorts = (a: RulePorts | undefined, b: RulePorts | undefined): boolean =>
  a?.first === b?.first && a?.last === b?.last;

const wide = (prefix: Prefix | undefined): boolean => prefix === undefined || prefix.length === 0;

const samePrefix = (a: Prefix | undefined, b: Prefix | undefined): boolean =>
  a?.address === b?.address && a?.length === b?.length;

/**
 * Whether there is such a rule already (`rule_exists`): whether it is negated does not count, and one with
 * a source or destination of its own counts for the new rule without.
 */
const isTaken = (rule: RuleSpec, other: RuleSpec): boolean =>
  rule.priority === other.priority &&
  sameAction(rule.action, other.action) &&
  (wide(rule.from) || samePrefix(rule.from, other.from)) &&
  (wide(rule.to) || samePrefix(rule.to, other.to)) &&
  (rule.fwmark?.value ?? 0) === (other.fwmark?.value ?? 0) &&
  (rule.fwmark?.mask ?? 0) === (other.fwmark?.mask ?? 0) &&
  rule.iif === other.iif &&
  rule.oif === other.oif &&
  (rule.tos ?? 0) === (other.tos ?? 0) &&
  rule.protocol === other.protocol &&
  samePorts(rule.sourcePorts, other.sourcePorts) &&
  samePorts(rule.destinationPorts, other.destinationPorts) &&
  suppressed(rule.action) === suppressed(other.action);

/** What makes no sense in a rule (`fib_nl2rule`, `fib4_rule_configure`). */
function check(command: RuleChange): void {
  const {
    family,
    priority,
    tos = 0,
    protocol,
    action,
    sourcePorts,
    destinationPorts,
  } = command.rule;
  if ((tos & 0x03) !== 0) {
    throw refusal(command, 'EINVAL', 'Invalid dsfield (tos): ECN bits must be 0.');
  }
  if (family === 4 && (tos & ~0x1c) !== 0) throw refusal(command, 'EINVAL', 'Invalid tos.');
  if (protocol !== undefined && !(Number.isInteger(protocol) && protocol >= 1 && protocol <= 255)) {
    throw refusal(command, 'EINVAL', `${protocol} is no protocol from 1 to 255`);
  }
  if (!arePorts(sourcePorts)) throw refusal(command, 'EINVAL', 'Invalid sport range.');
  if (!arePorts(destinationPorts)) throw refusal(command, 'EINVAL', 'Invalid dport range.');
  if (action.kind === 'goto' && action.priority <= priority) {
    throw refusal(command, 'EINVAL', 'Backward goto not supported.');
  }
}

const MAX_PORT = 65_534;

const arePorts = (ports: RulePorts | undefined): boolean =>
  ports === undefined || (ports.first > 0 && ports.first <= ports.last && ports.last <= MAX_PORT);
