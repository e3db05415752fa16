import { formatPrefix } from '@podpath/net';
import type { RuleChange, RuleSpec } from '../commands.ts';
import type { Namespace } from '../namespace.ts';
import { refusal } from './refuse.ts';

/** `ip rule add|delete`. Throws EEXIST, ENOENT. */
export function changeRule(namespace: Namespace, command: RuleChange): void {
  const { rule } = command;
  const { rules } = rule.family === 4 ? namespace.ipv4 : namespace.ipv6;
  const key = keyOf(rule);
  const index = rules.findIndex((other) => keyOf(other) === key);
  if (command.kind === 'rule-delete') {
    if (index < 0) throw refusal(command, 'ENOENT', 'no rule like this');
    rules.splice(index, 1);
    return;
  }
  if (index >= 0) throw refusal(command, 'EEXIST', 'File exists: the same rule');
  const after = rules.findIndex(({ priority }) => priority > rule.priority);
  rules.splice(after < 0 ? rules.length : after, 0, rule);
}

/** Everything that tells two rules apart. */
function keyOf(rule: RuleSpec): string {
  const { priority, not, from, to, fwmark, iif, oif, action } = rule;
  return [
    priority,
    not === true,
    from === undefined || from.length === 0 ? '' : formatPrefix(from),
    to === undefined || to.length === 0 ? '' : formatPrefix(to),
    fwmark?.value,
    fwmark?.mask,
    iif,
    oif,
    action.kind,
    action.kind === 'lookup' ? action.table : '',
  ].join(' ');
}
