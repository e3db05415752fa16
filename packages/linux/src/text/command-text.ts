import type { Command } from '../commands.ts';
import { formatConntrackCommand } from '../netfilter/text/conntrack-command-text.ts';
import { formatIpsetCommand } from '../netfilter/text/ipset-text.ts';
import { formatIptablesCommand } from '../netfilter/text/iptables-text.ts';
import { formatNftOperation } from '../nftables/text/command-text.ts';
import { fdbLine, portLine } from './bridge-commands.ts';
import { ipLines } from './ip-commands.ts';
import { formatWireguardCommand } from './wireguard-text.ts';

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
      return formatIptablesCommand(command);
    case 'ipset':
      return `ipset ${formatIpsetCommand(command)}`;
    case 'conntrack':
      return `conntrack ${formatConntrackCommand(command)}`;
    case 'wireguard':
      return command.op === 'remove-peer'
        ? formatWireguardCommand(command).trimEnd()
        : `wg ${command.op} ${command.dev}`;
    case 'nft':
      return command.operations
        .map((operation) => `nft ${formatNftOperation(operation)}`)
        .join('; ');
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
