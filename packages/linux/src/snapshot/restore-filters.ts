import type { IpFamily } from '@podpath/net';
import type { IptablesCommand } from '../commands.ts';
import { formatRule } from '../netfilter/text.ts';
import { iptablesFile } from './namespace-dump.ts';
import type { NamespaceRestorer } from './namespace-restorer.ts';
import { restoreNft } from './restore-nft.ts';
import { restoreOtherRules } from './restore-other-rules.ts';

const FAMILIES: readonly IpFamily[] = [4, 6];

/** Sets, rules and listening sockets. Throws ParseError and SnapshotError. */
export function restoreFilters(restorer: NamespaceRestorer): void {
  const { dump } = restorer;
  restorer.applyLocated('ipset-save.txt', dump.ipset().commands);
  for (const family of FAMILIES) {
    const commands = dump.iptables(family);
    restorer.applyLocated(iptablesFile(family), commands);
    noteOpaque(
      restorer,
      commands.map(({ value }) => value),
      family,
    );
    restoreOtherRules(restorer, family);
  }
  restoreNft(restorer);
  restoreSockets(restorer);
}

/** Says once for all rules what in them is not emulated. */
function noteOpaque(
  restorer: NamespaceRestorer,
  commands: readonly IptablesCommand[],
  family: IpFamily,
): void {
  const kinds = new Map<string, number>();
  for (const command of commands) {
    if (command.op !== 'append') continue;
    const { matches, target } = command.rule;
    for (const match of matches) {
      if (match.kind === 'opaque') count(kinds, match.why ?? `-m ${match.module}`);
    }
    if (target?.kind === 'opaque') count(kinds, formatRule({ matches: [], target }, family));
  }
  if (kinds.size === 0) return;
  const texts = [...kinds].map(([text, times]) =>
    times === 1 ? text : `${text} (${times} times)`,
  );
  restorer.note(`what a packet meets of this is not emulated: ${texts.join(', ')}`);
}

const count = (kinds: Map<string, number>, text: string): void => {
  kinds.set(text, (kinds.get(text) ?? 0) + 1);
};

/** Sockets on a loopback address are for the namespace itself, which a flow from elsewhere does not reach them in. */
function restoreSockets(restorer: NamespaceRestorer): void {
  const sockets = restorer.dump.sockets();
  if (sockets === undefined) {
    restorer.note('listening sockets were not collected: connections to it will be refused');
    return;
  }
  for (const { protocol, port, loopbackOnly } of sockets) {
    if (!loopbackOnly) restorer.listen(protocol, port);
  }
}
