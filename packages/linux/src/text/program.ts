import type { Command, IpsetCommand, IptablesCommand, Program } from '../commands.ts';
import { formatConntrackCommand } from '../netfilter/text/conntrack-command-text.ts';
import { formatIpsetCommands, formatIptablesCommands } from '../netfilter/text.ts';
import type { NftCommand } from '../nftables/model/command.ts';
import { formatNftCommand } from '../nftables/text/command-text.ts';
import { fdbLine, portLine } from './bridge-commands.ts';
import { ipLines } from './ip-commands.ts';
import { formatWireguardCommand } from './wireguard-text.ts';

/** A program that reads a section from its standard input. */
export type ProgramTool =
  | 'ip'
  /** Rules of IPv6: nothing in a batch line of `ip` could tell their family. */
  | 'ip -6'
  | 'bridge'
  | 'sysctl'
  | 'iptables-restore'
  | 'ip6tables-restore'
  | 'ipset'
  | 'conntrack'
  | 'nft'
  /** Configurations stand in it as what shells call here-documents. */
  | 'wg';

/** Text for one tool. `ip` and `bridge` read it with `-batch -`, `sysctl` with `-p -`, `conntrack` with `-R -`, `nft` with `-f -`, a shell what is for `wg`, the others as `restore`. */
export interface ProgramSection {
  readonly tool: ProgramTool;
  readonly text: string;
}

/**
 * A program as the text that the real tools read, in order: consecutive commands of one tool make a
 * section, except that each transaction of nft is one. A veth's peer namespace stands in it by its emulated name.
 */
export function programSections(program: Program): readonly ProgramSection[] {
  const runs: Run[] = [];
  for (const command of program.commands) {
    for (const part of partsOf(command)) {
      const last = runs.at(-1);
      // Two transactions of nft are not one.
      if (last?.tool === part.tool && part.tool !== 'nft') last.parts.push(part);
      else runs.push({ tool: part.tool, parts: [part] });
    }
  }
  return runs.map(({ tool, parts }) => ({ tool, text: textOf(parts) }));
}

/** A program for people to read: a section for each tool, under the command that reads it. */
export const formatProgram = (program: Program): string =>
  programSections(program)
    .map(({ tool, text }) => `# ${program.namespace}: ${INVOCATIONS[tool]}\n${text}`)
    .join('\n');

const INVOCATIONS: Readonly<Record<ProgramTool, string>> = {
  ip: 'ip -batch -',
  'ip -6': 'ip -6 -batch -',
  bridge: 'bridge -batch -',
  sysctl: 'sysctl -p -',
  'iptables-restore': 'iptables-restore --noflush',
  'ip6tables-restore': 'ip6tables-restore --noflush',
  ipset: 'ipset restore',
  conntrack: 'conntrack -R -',
  nft: 'nft -f -',
  wg: 'sh -e',
};

type Part =
  | {
      readonly tool: 'ip' | 'ip -6' | 'bridge' | 'sysctl' | 'conntrack' | 'wg';
      readonly line: string;
    }
  | {
      readonly tool: 'iptables-restore' | 'ip6tables-restore';
      readonly command: IptablesCommand;
    }
  | { readonly tool: 'ipset'; readonly command: IpsetCommand }
  | { readonly tool: 'nft'; readonly command: NftCommand };

interface Run {
  readonly tool: ProgramTool;
  readonly parts: Part[];
}

function partsOf(command: Command): readonly Part[] {
  switch (command.kind) {
    case 'iptables': {
      const tool = command.family === 4 ? 'iptables-restore' : 'ip6tables-restore';
      return [{ tool, command }];
    }
    case 'ipset':
      return [{ tool: 'ipset', command }];
    case 'conntrack':
      return [{ tool: 'conntrack', line: formatConntrackCommand(command) }];
    case 'nft':
      return [{ tool: 'nft', command }];
    case 'wireguard':
      return [{ tool: 'wg', line: formatWireguardCommand(command).trimEnd() }];
    case 'sysctl':
      return [{ tool: 'sysctl', line: `${command.key} = ${command.value}` }];
    case 'fdb-append':
    case 'fdb-replace':
    case 'fdb-delete':
      return [{ tool: 'bridge', line: fdbLine(command) }];
    case 'rule-add':
    case 'rule-delete': {
      const tool = command.rule.family === 4 ? 'ip' : 'ip -6';
      return ipLines(command).map((line) => ({ tool, line }));
    }
    case 'link-set': {
      const port = portLine(command);
      if (port === undefined) return ipLines(command).map((line) => ({ tool: 'ip', line }));
      // A port is told how to behave once it is one, and before it is up.
      const { up, ...before } = command;
      const first = ipLines(before);
      const last = up === undefined ? [] : ipLines({ kind: 'link-set', dev: command.dev, up });
      return [
        ...first.map((line): Part => ({ tool: 'ip', line })),
        { tool: 'bridge', line: port },
        ...last.map((line): Part => ({ tool: 'ip', line })),
      ];
    }
    default:
      return ipLines(command).map((line) => ({ tool: 'ip', line }));
  }
}

function textOf(parts: readonly Part[]): string {
  const lines: string[] = [];
  const iptables: IptablesCommand[] = [];
  const ipset: IpsetCommand[] = [];
  for (const part of parts) {
    if ('line' in part) lines.push(`${part.line}\n`);
    else if (part.tool === 'nft') lines.push(formatNftCommand(part.command));
    else if (part.tool === 'ipset') ipset.push(part.command);
    else iptables.push(part.command);
  }
  if (iptables.length > 0) return formatIptablesCommands(iptables);
  return ipset.length > 0 ? formatIpsetCommands(ipset) : lines.join('');
}
