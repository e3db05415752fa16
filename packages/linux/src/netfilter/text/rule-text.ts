import type { IpFamily } from '@podpath/net';
import type { Match, Rule } from '../rule.ts';
import { formatMatch } from './match-text.ts';
import { formatTarget } from './target-text.ts';

/** Options of iptables itself, which are printed before all modules, in this order. */
const FIRST: readonly Match['kind'][] = [
  'source',
  'destination',
  'in-interface',
  'out-interface',
  'protocol',
];

/**
 * A rule as `iptables-save` prints it, from after the chain's name: addresses, devices and protocol
 * first, then the other matches in their order, then the target. Two rules are the same to
 * `iptables -D` when these texts are.
 */
export const formatRule = (rule: Rule, family: IpFamily): string => {
  const parts: string[] = [];
  for (const kind of FIRST) {
    for (const match of rule.matches) {
      if (match.kind !== kind) continue;
      const text = formatMatch(match, family);
      if (text !== undefined) parts.push(text.options);
    }
  }
  let open: string | undefined;
  const used = new Set<string>();
  for (const match of rule.matches) {
    if (FIRST.includes(match.kind)) continue;
    const text = formatMatch(match, family);
    if (text?.module === undefined) continue;
    // A port and another of the same header share one module, but no option is given twice in it.
    const name = optionName(text.options);
    if (open !== text.module || !MERGED.has(text.module) || used.has(name)) {
      parts.push(`-m ${text.module}`);
      open = text.module;
      used.clear();
    }
    used.add(name);
    if (text.options !== '') parts.push(text.options);
  }
  if (rule.target !== undefined) parts.push(formatTarget(rule.target));
  return parts.join(' ');
};

const MERGED: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

const optionName = (options: string): string => /--[a-z-]+/.exec(options)?.[0] ?? '';
