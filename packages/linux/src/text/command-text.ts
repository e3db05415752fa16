import type { Command } from '../commands.ts';
import { fdbLine, portLine } from './bridge-commands.ts';
import { ipLines } from './ip-commands.ts';

/** A command as one would type it, for messages. */
export function commandText(command: Command): string {
  switch (command.kind) {
    case 'fdb-append':
    case 'fdb-replace':
    case 'fdb-delete':
      return `bridge ${fdbLine(command)}`;
    case 'sysctl':
      return `sysctl -w ${command.key}=${command.value}`;
    case 'iptables':
      return `${command.family === 4 ? 'iptables' : 'ip6tables'} -t ${command.table} (${command.op} ${command.chain})`;
    case 'ipset':
      return `ipset ${command.op} ${command.set}`;
    case 'link-set': {
      const port = portLine(command);
      const lines = ipLines(command).map((line) => `ip ${line}`);
      return [...lines, ...(port === undefined ? [] : [`bridge ${port}`])].join('; ');
    }
    case 'rule-add':
    case 'rule-delete':
      return `ip ${command.rule.family === 6 ? '-6 ' : ''}${ipLines(command).join('; ')}`;
    default:
      return `ip ${ipLines(command).join('; ')}`;
  }
}
