import { meaningfulLines } from './located.ts';

/** A table of `nft list ruleset`, found by its outline alone. */
export interface NftTableOutline {
  /** `ip`, `ip6`, `inet`, `arp`, `bridge` or `netdev`. */
  readonly family: string;
  readonly name: string;
  readonly line: number;
  /** The table's own text, behind as many blank lines as keep its line numbers. */
  readonly text: string;
  /** Hooks at which a chain of it has rules, or drops by its policy. */
  readonly hooks: readonly string[];
}

const TABLE = /^table (\S+) (\S+) \{/;
const HOOK = /^\s*type \S+ hook (\S+) .*priority/;

/**
 * The tables of `nft list ruleset`, none of whose rules is read. Text that is no such listing has no tables in it.
 */
export function outlineNft(text: string): readonly NftTableOutline[] {
  const tables: Draft[] = [];
  let open: Draft | undefined;
  let chain: { hook: string; matters: boolean } | undefined;
  for (const { line, value } of meaningfulLines(text)) {
    const [, family, name] = TABLE.exec(value) ?? [];
    if (family !== undefined && name !== undefined) {
      open = { family, name, line, lines: [], hooks: new Set() };
      tables.push(open);
    }
    if (open === undefined) continue;
    open.lines.push(value);
    const hook = HOOK.exec(value)?.[1];
    if (/^\s+chain /.test(value)) chain = undefined;
    else if (hook !== undefined) chain = { hook, matters: value.includes('policy drop') };
    else if (chain !== undefined && !/^\s*\}/.test(value)) chain.matters = true;
    if (chain?.matters === true) open.hooks.add(chain.hook);
    if (/^\t\}/.test(value)) chain = undefined;
    if (/^\}/.test(value)) open = undefined;
  }
  return tables.map(({ family, name, line, lines, hooks }) => ({
    family,
    name,
    line,
    text: `${'\n'.repeat(line - 1)}${lines.join('\n')}\n`,
    hooks: [...hooks],
  }));
}

interface Draft {
  readonly family: string;
  readonly name: string;
  readonly line: number;
  readonly lines: string[];
  readonly hooks: Set<string>;
}
