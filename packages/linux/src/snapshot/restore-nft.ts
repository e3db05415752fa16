import type { IpFamily } from '@podpath/net';
import type { IptablesCommand } from '../commands.ts';
import type { BuiltinChain } from '../netfilter/rule.ts';
import { parseNft } from '../nftables/parse/parse-nft.ts';
import { type NftTableOutline, outlineNft } from '../parse/nft-outline.ts';
import { ParseError } from '../parse/parse-error.ts';
import type { NamespaceRestorer } from './namespace-restorer.ts';
import { SnapshotError } from './snapshot-error.ts';

const FILE = 'nft-ruleset.txt';

/**
 * Tables of nftables beside those that iptables keeps there. One that is not emulated, or not in full, is not walked: a
 * packet that comes to a hook where it has rules comes to no known end. Throws SnapshotError.
 */
export function restoreNft(restorer: NamespaceRestorer): void {
  const text = restorer.dump.text(FILE);
  if (text === undefined) return;
  for (const table of outlineNft(text)) {
    if (table.hooks.length === 0 || isOfIptables(restorer, table)) continue;
    const problem = load(restorer, table);
    if (problem !== undefined) makeOpaque(restorer, table, problem);
  }
}

const IPTABLES_FAMILIES: Readonly<Record<string, IpFamily>> = { ip: 4, ip6: 6 };

/** iptables shows what it keeps in nftables itself. */
function isOfIptables(restorer: NamespaceRestorer, { family, name }: NftTableOutline): boolean {
  const known = IPTABLES_FAMILIES[family];
  return known !== undefined && restorer.dump.iptablesTables(known).has(name);
}

/** Returns what in the table is not emulated. */
function load(restorer: NamespaceRestorer, { text }: NftTableOutline): string | undefined {
  try {
    const error = restorer.attempt(parseNft(text, restorer.dump.path(FILE)));
    return error?.message;
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
}

const HOOKS: Readonly<Record<string, BuiltinChain>> = {
  prerouting: 'PREROUTING',
  input: 'INPUT',
  forward: 'FORWARD',
  output: 'OUTPUT',
  postrouting: 'POSTROUTING',
};
const FAMILIES: Readonly<Record<string, readonly IpFamily[]>> = { ip: [4], ip6: [6], inet: [4, 6] };

function makeOpaque(restorer: NamespaceRestorer, table: NftTableOutline, problem: string): void {
  const title = `nftables table ${table.family} ${table.name}`;
  const families = FAMILIES[table.family];
  const hooks = table.hooks.flatMap((hook) => HOOKS[hook] ?? []);
  if (families === undefined || hooks.length < table.hooks.length) {
    throw new SnapshotError(
      restorer.dump.path(`${FILE}:${table.line}`),
      `${title} sees packets before podpath can tell (${table.hooks.join(', ')})`,
      'tables of ip, ip6 or inet at hooks from prerouting to postrouting',
    );
  }
  restorer.note(`${title} is not emulated (${problem}): what a packet meets of it is not known`);
  for (const family of families) {
    restorer.apply(
      FILE,
      hooks.map((hook) => opaqueRule(family, hook, title)),
    );
  }
}

/** A rule at the head of a hook that every packet meets and that nobody knows the meaning of. */
export const opaqueRule = (family: IpFamily, hook: BuiltinChain, why: string): IptablesCommand => ({
  kind: 'iptables',
  family,
  table: 'mangle',
  op: 'insert',
  chain: hook,
  index: 1,
  rule: {
    matches: [{ kind: 'opaque', module: 'nft', options: '', why }],
    target: { kind: 'drop' },
  },
});
