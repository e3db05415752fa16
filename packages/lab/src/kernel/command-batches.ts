import {
  type Command,
  formatIptablesCommands,
  type IptablesCommand,
  type ProgramTool,
  programSections,
} from '@podpath/linux';
import type { AgentResult, AgentStep } from './agent.ts';
import { textIn } from './agent.ts';
import { errnoIn } from './errno.ts';

/** A command of a list, and where in it. */
export interface PlacedCommand {
  readonly index: number;
  readonly namespace: string;
  readonly command: Command;
}

/** What a tool said when the kernel, or it, would not have a command. */
export interface Refusal {
  readonly index: number;
  /** Absent when the tool's words tell none. */
  readonly errno?: string;
  readonly said: string;
}

/** Commands that one run of a tool takes. */
interface Batch {
  readonly tool: ProgramTool;
  readonly namespace: string;
  readonly items: readonly { readonly placed: PlacedCommand; readonly text: string }[];
}

/** Cuts a list of commands into runs of the real tools: one for what is consecutive and for one tool and place. */
export function batchesOf(commands: readonly PlacedCommand[]): readonly Batch[] {
  const batches: { tool: ProgramTool; namespace: string; items: Batch['items'][number][] }[] = [];
  for (const placed of commands) {
    const { namespace, command } = placed;
    for (const { tool, text } of programSections({ namespace, commands: [command] })) {
      const last = batches.at(-1);
      const item = { placed, text: tool === 'ip' ? withoutSnooping(text) : text };
      if (last?.tool === tool && last.namespace === namespace && sameTable(last.items, command)) {
        last.items.push(item);
      } else {
        batches.push({ tool, namespace, items: [item] });
      }
    }
  }
  return batches;
}

/** A bridge that snoops on multicast tells the network so, at times of its own. */
const withoutSnooping = (text: string): string =>
  text.replaceAll(/ type bridge(?= |$)/gm, ' type bridge mcast_snooping 0');

/** A run of `iptables-restore` is for one table, which takes all of it or nothing. */
function sameTable(items: Batch['items'], command: Command): boolean {
  const first = items[0]?.placed.command;
  // Two transactions of nft are not one.
  if (command.kind === 'nft') return false;
  return command.kind !== 'iptables' || first?.kind !== 'iptables' || first.table === command.table;
}

/** What the agent has to do for a batch: a run of the tool, or a write for each sysctl. */
export function stepsOf(batch: Batch): readonly AgentStep[] {
  const { tool, namespace, items } = batch;
  const input = items.map(({ text }) => text).join('');
  switch (tool) {
    case 'ip':
    case 'ip -6':
    case 'bridge':
      return [{ do: 'run', namespace, argv: [...tool.split(' '), '-force', '-batch', '-'], input }];
    case 'iptables-restore':
    case 'ip6tables-restore':
      return [{ do: 'run', namespace, argv: [tool, '--noflush'], input: restoreInput(items) }];
    case 'ipset':
      return [{ do: 'run', namespace, argv: ['ipset', 'restore'], input }];
    case 'conntrack':
      return [{ do: 'run', namespace, argv: ['conntrack', '-R', '-'], input }];
    case 'nft':
      return [{ do: 'run', namespace, argv: ['nft', '-f', '-'], input }];
    case 'wg':
      return [{ do: 'run', namespace, argv: ['sh', '-e'], input }];
    case 'sysctl':
      return items.map(({ text }) => {
        const [key = '', value = ''] = text.trim().split(' = ');
        const path = key.replaceAll(/[./]/g, (mark) => (mark === '.' ? '/' : '.'));
        return { do: 'write', namespace, path: `/proc/sys/${path}`, text: value };
      });
  }
}

const restoreInput = (items: Batch['items']): string =>
  formatIptablesCommands(
    items
      .map(({ placed }) => placed.command)
      .filter((each): each is IptablesCommand => each.kind === 'iptables'),
  );

/** What a batch came to: refusals, and what of it has to be run again because the tool stopped before it. */
export function outcomeOf(
  batch: Batch,
  results: readonly AgentResult[],
): { readonly refusals: readonly Refusal[]; readonly again: readonly Batch[] } {
  const { tool, items } = batch;
  if (tool === 'sysctl') {
    const refusals = items.flatMap(({ placed }, at): Refusal[] => {
      const errno = results[at]?.errno;
      return typeof errno === 'string' ? [{ index: placed.index, errno, said: errno }] : [];
    });
    return { refusals, again: [] };
  }
  const [result] = results;
  if (result?.status === 0) return { refusals: [], again: [] };
  const said = textIn(result, 'err').trim();
  if (tool === 'ip' || tool === 'ip -6' || tool === 'bridge') {
    return { refusals: refusedLines(batch, said), again: [] };
  }
  if (items.length > 1 && tool !== 'ipset') {
    // It took nothing: one at a time shows which it will not have.
    return { refusals: [], again: items.map((item) => ({ ...batch, items: [item] })) };
  }
  const at = tool === 'ipset' ? Number(/in line (\d+)/.exec(said)?.[1] ?? 1) - 1 : 0;
  const refused = items[at];
  const rest = items.slice(at + 1);
  return {
    refusals: refused === undefined ? [] : [refusal(refused.placed.index, said)],
    again: rest.length === 0 ? [] : [{ ...batch, items: rest }],
  };
}

/** iproute2 goes on after an error and says which line it was: `RTNETLINK answers: …`, `Command failed -:3`. */
function refusedLines({ items }: Batch, said: string): readonly Refusal[] {
  const lineOwners = items.flatMap(({ placed, text }) =>
    text
      .split('\n')
      .slice(0, -1)
      .map(() => placed.index),
  );
  const refusals: Refusal[] = [];
  let message: string[] = [];
  for (const line of said.split('\n')) {
    const failed = /^Command failed -:(\d+)$/.exec(line);
    if (failed === null) {
      message.push(line);
      continue;
    }
    const index = lineOwners[Number(failed[1]) - 1];
    if (index !== undefined) refusals.push(refusal(index, message.join(' ')));
    message = [];
  }
  return refusals;
}

function refusal(index: number, said: string): Refusal {
  const errno = errnoIn(said);
  return { index, said, ...(errno === undefined ? {} : { errno }) };
}
