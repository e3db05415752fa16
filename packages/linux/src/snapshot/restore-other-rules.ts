import type { IpFamily } from '@podpath/net';
import type { BuiltinChain } from '../netfilter/rule.ts';
import { parseIptables } from '../parse/iptables/parse-iptables.ts';
import type { NamespaceRestorer } from './namespace-restorer.ts';
import { opaqueRule } from './restore-nft.ts';

const BUILTIN: readonly BuiltinChain[] = [
  'PREROUTING',
  'INPUT',
  'FORWARD',
  'OUTPUT',
  'POSTROUTING',
];

/**
 * A machine may have rules of both iptables-legacy and iptables-nft, and the kernel walks both. podpath has one set of
 * tables: where the other one has rules at a hook, a packet comes to no known end. Throws ParseError.
 */
export function restoreOtherRules(restorer: NamespaceRestorer, family: IpFamily): void {
  const program = family === 4 ? 'iptables' : 'ip6tables';
  for (const backend of ['legacy', 'nft']) {
    const file = `${program}-${backend}-save.txt`;
    const text = restorer.dump.text(file);
    if (text === undefined) continue;
    const source = { file: restorer.dump.path(file), family, form: 'save' } as const;
    const hooks = new Set<BuiltinChain>();
    for (const { value } of parseIptables(text, source)) {
      const hook = BUILTIN.find((chain) => chain === value.chain);
      const decides = value.op === 'append' || (value.op === 'policy' && value.policy === 'DROP');
      if (hook !== undefined && decides) hooks.add(hook);
    }
    if (hooks.size === 0) continue;
    const title = `rules of ${program}-${backend} beside those of ${program}`;
    restorer.note(`${title} (${[...hooks].join(', ')}): what a packet meets of them is not known`);
    restorer.apply(
      file,
      [...hooks].map((hook) => opaqueRule(family, hook, title)),
    );
  }
}
