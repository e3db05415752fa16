import { formatPrefix, type Prefix } from '@podpath/net';
import type { RuleChange, RuleSpec } from '../commands.ts';
import type { Namespace } from '../namespace.ts';
import { refusal } from './refuse.ts';

/** `ip rule add|delete`. Throws EEXIST, ENOENT. */
export function changeRule(namespace: Namespace, command: RuleChange): void {
  const { rule } = command;
  const { rules } = rule.family === 4 ? namespace.ipv4 : namespace.ipv6;
  if (command.kind === 'rule-delete') {
    const index = rules.findIndex((other) => isMeant(rule, other));
    if (index < 0) throw refusal(command, 'ENOENT', 'no rule like this');
    rules.splice(index, 1);
    return;
  }
  const key = keyOf(rule);
  if (rules.some((other) => keyOf(other) === key)) {
    throw refusal(command, 'EEXIST', 'File exists: the same rule');
  }
  const after = rules.findIndex(({ priority }) => priority > rule.priority);
  rules.splice(after < 0 ? rules.length : after, 0, rule);
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
    (oif === undefined || oif === rule.oif)
  );
}

const sameAction = (a: RuleSpec['action'], b: RuleSpec['action']): boolean =>
  a.kind === 'lookup' ? b.kind === 'lookup' && a.table === b.table : a.kind === b.kind;

const wide = (prefix: Prefix | undefined): boolean => prefix === undefined || prefix.length === 0;

const samePrefix = (a: Prefix | undefined, b: Prefix | undefined): boolean =>
  a?.address === b?.address && a?.length === b?.length;

/** Everything that tells two rules apart: the kernel does not ask whether they are negated. */
function keyOf(rule: RuleSpec): string {
  const { priority, from, to, fwmark, iif, oif, action } = rule;
  const prefixKey = (prefix: Prefix | undefined): string =>
    prefix === undefined || prefix.length === 0 ? '' : formatPrefix(prefix);
  return [
    priority,
    prefixKey(from),
    prefixKey(to),
    fwmark?.value,
    fwmark?.mask,
    iif,
    oif,
    action.kind,
    action.kind === 'lookup' ? action.table : '',
  ].join(' ');
}
