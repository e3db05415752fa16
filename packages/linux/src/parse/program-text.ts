import type { Command, Program } from '../commands.ts';
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
]);

/**
 * Reads programs as `formatProgram` prints them: sections, each under a line `# NAMESPACE: COMMAND`. Sections of one
 * namespace that follow each other are one program. Throws ParseError.
 */
export function parseProgram(text: string, file: string): readonly Program[] {
  const programs: { readonly namespace: string; readonly commands: Command[] }[] = [];
  for (const section of sectionsOf(text, file)) {
    const commands = commandsOf(section, file).map(({ value }) => value);
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
    case 'sysctl':
      return parseSysctl(text, file).commands;
    case 'iptables-restore':
      return parseIptables(text, { file, family: 4, form: 'program' });
    case 'ip6tables-restore':
      return parseIptables(text, { file, family: 6, form: 'program' });
    case 'ipset':
      return parseIpset(text, file).commands;
    case 'conntrack':
      return parseConntrackBatch(text, file);
    case 'nft':
      return [{ line: firstLine, value: parseNft(text, file) }];
  }
}
