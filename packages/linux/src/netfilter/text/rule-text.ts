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
  'fragment',
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
  for (const { module, options } of modulesOf(rule, family)) {
    parts.push(`-m ${module}`);
    for (const text of options) if (text !== undefined && text !== '') parts.push(text);
  }
  if (rule.target !== undefined) parts.push(formatTarget(rule.target));
  return parts.join(' ');
};

/** A module with the options given to it. */
interface ModuleText {
  readonly module: string;
  readonly options: (string | undefined)[];
}

/**
 * Ports and flags of one header go into one module, whatever stands between them: they only look at
 * the packet, so that it does not matter when. No option is given twice in a module.
 */
const modulesOf = ({ matches }: Rule, family: IpFamily): readonly ModuleText[] => {
  const modules: ModuleText[] = [];
  for (const match of matches) {
    const text = formatMatch(match, family);
    if (text?.module === undefined) continue;
    const { module, options, place } = text;
    const open = modules.find(
      (each) => each.module === module && place !== undefined && each.options[place] === undefined,
    );
    if (place === undefined) modules.push({ module, options: [options] });
    else if (open !== undefined) open.options[place] = options;
    else {
      const placed: (string | undefined)[] = [undefined, undefined, undefined, undefined];
      placed[place] = options;
      modules.push({ module, options: placed });
    }
  }
  return modules;
};
