import { formatRule, type IpsetEntry } from '@podpath/linux';
import { formatIp, formatPrefix } from '@podpath/net';
import type { NpcCommand } from '@podpath/weave/conformance';
import { plainRule } from '../rule-lines.ts';

/** An operation of weave-npc in the vectors' words, its rule in the plain spelling. */
export const operationText = (command: NpcCommand): string => {
  if (command.kind === 'iptables') {
    if (command.op !== 'append' && command.op !== 'delete') return command.op;
    const flag = command.op === 'append' ? '-A' : '-D';
    return ruleOperation(`${flag} ${command.chain} ${formatRule(command.rule, 4)}`);
  }
  const { op, set } = command;
  switch (op) {
    case 'create':
      return `ipset create ${set} ${command.type}`;
    case 'add':
      return `ipset add ${set} ${entryText(command.entry)} comment "${command.comment}"`;
    case 'delete':
      return `ipset del ${set} ${entryText(command.entry)}`;
    default:
      return `ipset ${op} ${set}`;
  }
};

/** The vectors' own operations, their rules in the plain spelling too. */
export const plainOperation = (text: string): string =>
  text.startsWith('iptables') ? ruleOperation(text.replace(/^iptables -t filter /, '')) : text;

const ruleOperation = (line: string): string => {
  const [flag, chain] = line.split(' ');
  return `${flag} ${chain} ${ruleInPlain(line)}`;
};

/** weave-npc writes protocols in capitals, and all ports as a range, which iptables does not list. */
export const ruleInPlain = (line: string): string =>
  plainRule(line)
    .replace(/-p (\w+)/, (_, protocol: string) => `-p ${protocol.toLowerCase()}`)
    .replace(/ ?--dport 0:65535/, '');

export const entryText = (entry: IpsetEntry): string => {
  switch (entry.kind) {
    case 'ip':
      return formatIp(entry.address);
    case 'net':
      return formatPrefix(entry.prefix);
    case 'set':
      return entry.name;
    case 'ip,port':
      return `${formatIp(entry.address)},${entry.protocol}:${entry.port}`;
    default:
      throw new RangeError(`weave-npc makes no members of kind ${entry.kind}`);
  }
};
