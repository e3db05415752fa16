import type { Counters, IptablesCommand } from '../../commands.ts';
import { formatRule } from './rule-text.ts';

/**
 * What `iptables-restore --noflush` reads (`ip6tables-restore` for family 6): commands in their order,
 * in a `*table` … `COMMIT` group for each run of one table. A chain declared so is emptied if it exists.
 *
 * Throws RangeError for commands of both families: each has its own program.
 */
export const formatIptablesCommands = (commands: readonly IptablesCommand[]): string => {
  const lines: string[] = [];
  let table: string | undefined;
  for (const command of commands) {
    if (command.family !== commands[0]?.family) {
      throw new RangeError('iptables and ip6tables read only commands of their own family');
    }
    if (command.table !== table) {
      if (table !== undefined) lines.push('COMMIT');
      table = command.table;
      lines.push(`*${table}`);
    }
    lines.push(formatLine(command));
  }
  if (table !== undefined) lines.push('COMMIT');
  return lines.map((line) => `${line}\n`).join('');
};

/** One command as a shell takes it. */
export const formatIptablesCommand = (command: IptablesCommand): string => {
  const program = command.family === 4 ? 'iptables' : 'ip6tables';
  return `${program} -t ${command.table} ${formatArguments(command)}`;
};

const formatLine = (command: IptablesCommand): string => {
  switch (command.op) {
    case 'new-chain':
      return `:${command.chain} - [0:0]`;
    case 'policy':
      return `:${command.chain} ${command.policy} ${formatCounters(command.counters)}`;
    case 'append': {
      const { counters } = command;
      const counted = counters === undefined ? '' : `${formatCounters(counters)} `;
      return `${counted}${formatArguments(command)}`;
    }
    default:
      return formatArguments(command);
  }
};

const formatCounters = ({ packets, bytes }: Counters = { packets: 0, bytes: 0 }): string =>
  `[${packets}:${bytes}]`;

const formatArguments = (command: IptablesCommand): string => {
  const { chain } = command;
  switch (command.op) {
    case 'new-chain':
      return `-N ${chain}`;
    case 'flush-chain':
      return `-F ${chain}`;
    case 'delete-chain':
      return `-X ${chain}`;
    case 'policy':
      return `-P ${chain} ${command.policy}`;
    case 'append':
      return withRule(`-A ${chain}`, command);
    case 'insert':
      return withRule(`-I ${chain} ${command.index}`, command);
    case 'delete':
      return withRule(`-D ${chain}`, command);
  }
};

const withRule = (
  text: string,
  { rule, family }: Extract<IptablesCommand, { readonly op: 'append' | 'insert' | 'delete' }>,
): string => {
  const rest = formatRule(rule, family);
  return rest === '' ? text : `${text} ${rest}`;
};
