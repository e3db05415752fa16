import type { Command, Program } from '../commands.ts';
import type { IpsetType } from '../netfilter/rule.ts';
import { parseNft } from '../nftables/parse/parse-nft.ts';
import type { ProgramTool } from '../text/program.ts';
import { parseBridgeBatch } from './bridge-batch.ts';
import { parseConntrackBatch } from './conntrack-batch.ts';
import { parseIpBatch } from './ip-batch.ts';
import { parseIpset } from './ipset-save.ts';
import { parseIptables } from './iptables/parse-iptables.ts';
import type { Located } from './located.ts';
import { ParseError, shown } from './parse-error.ts';
import { parseSysctl } from './sysctl-text.ts';
import { parseWireguardSection } from './wireguard-section.ts';

const HEADER = /^# (\S+): (.+)$/;

const TOOLS: ReadonlyMap<string, ProgramTool> = new Map<string, ProgramTool>([
  ['ip -batch -', 'ip'],
  ['ip -6 -batch -', 'ip -6'],
  ['bridge -batch -', 'bridge'],
  ['sysctl -p -', 'sysctl'],
  ['iptables-restore --noflush', 'iptables-restore'],
  ['ip6tables-restore --noflush', 'ip6tables-restore'],
  ['ipset restore', 'ipset'],
  ['conntrack -R -', 'conntrack'],
  ['nft -f -', 'nft'],
  ['sh -e', 'wg'],
]);

/**
 * Reads programs as `formatProgram` prints them: sections, each under a line `# NAMESPACE: COMMAND`. Sections of one
 * namespace that follow each other are one program. Throws ParseError.
 */
export function parseProgram(text: string, file: string): readonly Program[] {
  const programs: { readonly namespace: string; readonly commands: Command[] }[] = [];
  const setTypes = new Map<string, Map<string, IpsetType>>();
  for (const section of sectionsOf(text, file)) {
    const types = setTypes.get(section.namespace) ?? new Map<string, IpsetType>();
    setTypes.set(section.namespace, types);
    const commands = commandsOf(section, file, types).map(({ value }) => value);
    const last = programs.at(-1);
    if (last?.namespace === section.namespace) last.commands.push(...commands);
    else programs.push({ namespace: section.namespace, commands: [...commands] });
  }
  return programs;
}

interface Section {
  readonly namespace: string;
  readonly tool: ProgramTool;
  /** Number of its first line in the whole text. */
  readonly firstLine: number;
  readonly lines: string[];
}

function sectionsOf(text: string, file: string): readonly Section[] {
  const sections: Section[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [, namespace = '', invocation] = HEADER.exec(line) ?? [];
    const tool = invocation === undefined ? undefined : TOOLS.get(invocation);
    if (tool !== undefined) {
      sections.push({ namespace, tool, firstLine: index + 2, lines: [] });
    } else if (sections.length > 0) {
      sections.at(-1)?.lines.push(line);
    } else if (line.trim() !== '' && !line.startsWith('#')) {
      const expected = `a line # NAMESPACE: COMMAND, the command being one of ${[...TOOLS.keys()].join(', ')}`;
      throw new ParseError({ file, line: index + 1 }, `${shown(line)} is in no section`, expected);
    }
  }
  return sections;
}

function commandsOf(
  { tool, firstLine, lines }: Section,
  file: string,
  setTypes: Map<string, IpsetType>,
): readonly Located<Command>[] {
  // Blank lines before it keep the numbers of a section's lines those of the whole text.
  const text = `${'\n'.repeat(firstLine - 1)}${lines.join('\n')}`;
  switch (tool) {
    case 'ip':
      return parseIpBatch(text, { file, family: 4 });
    case 'ip -6':
      return parseIpBatch(text, { file, family: 6 });
    case 'bridge':
      return parseBridgeBatch(text, file);
    case 'sysctl': {
      const { commands, others } = parseSysctl(text, file);
      if (others > 0) refuse(file, firstLine, 'settings that are no numbers of networking');
      return commands;
    }
    case 'iptables-restore':
      return parseIptables(text, { file, family: 4, form: 'program' });
    case 'ip6tables-restore':
      return parseIptables(text, { file, family: 6, form: 'program' });
    case 'ipset': {
      const { commands, opaque } = parseIpset(text, file, setTypes);
      if (opaque.size > 0) refuse(file, firstLine, [...opaque.values()].join(', '));
      return commands;
    }
    case 'conntrack':
      return parseConntrackBatch(text, file);
    case 'wg':
      return parseWireguardSection(text, file);
    case 'nft':
      return [{ line: firstLine, value: parseNft(text, file) }];
  }
}

/** A program is carried out whole or not at all: nothing in it is left out. */
function refuse(file: string, line: number, what: string): never {
  throw new ParseError({ file, line }, `${what}: not supported`, 'what podpath emulates');
}
