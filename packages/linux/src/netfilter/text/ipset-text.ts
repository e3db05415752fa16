import { formatIp, formatPrefix } from '@podpath/net';
import type { IpsetCommand } from '../../commands.ts';
import type { MemberSet } from '../ipset/member-set.ts';
import type { IpsetSlot } from '../ipset/slot.ts';
import type { IpsetEntry } from '../rule.ts';

const HASH_SIZE = 1024;
const DEFAULT_MAX_ELEMENTS = 65_536;
const DEFAULT_LIST_SIZE = 8;

/** What `ipset restore` reads: one line a command, in their order. */
export const formatIpsetCommands = (commands: readonly IpsetCommand[]): string =>
  commands.map((command) => `${formatIpsetCommand(command)}\n`).join('');

/** One command as `ipset` takes it, without the program's name. */
export const formatIpsetCommand = (command: IpsetCommand): string => {
  const { set } = command;
  switch (command.op) {
    case 'create': {
      const comment = command.comment === true ? ' comment' : '';
      if (command.type === 'list:set') {
        return `create ${set} list:set size ${command.maxElements ?? DEFAULT_LIST_SIZE}${comment}`;
      }
      const most = command.maxElements ?? DEFAULT_MAX_ELEMENTS;
      return `create ${set} ${command.type} ${formatHashHeader(command.family, most)}${comment}`;
    }
    case 'add':
      return `add ${set} ${formatIpsetEntry(command.entry)}${formatComment(command.comment)}`;
    case 'delete': {
      // The tool takes `nomatch` for additions only.
      return `del ${set} ${formatElement(command.entry)}`;
    }
    case 'flush':
    case 'destroy':
      return `${command.op} ${set}`;
    case 'swap':
      return `swap ${set} ${command.with}`;
  }
};

/**
 * As `ipset save` prints the sets, less `initval`, which is a random number of each kernel's own.
 * `hashsize` is that of a new set.
 */
export const formatIpsetSave = (slots: Iterable<IpsetSlot>): string => {
  const lines: string[] = [];
  for (const { name, set } of slots) {
    lines.push(`create ${name} ${set.type} ${formatSetHeader(set)}\n`);
    for (const { entry, comment } of set.members()) {
      lines.push(`add ${name} ${formatIpsetEntry(entry)}${formatComment(comment)}\n`);
    }
  }
  return lines.join('');
};

const formatSetHeader = (set: MemberSet): string => {
  const comment = set.comments ? ' comment' : '';
  if (set.family === undefined) return `size ${set.maxElements}${comment}`;
  return `${formatHashHeader(set.family, set.maxElements)}${comment} bucketsize 12`;
};

const formatHashHeader = (family: 4 | 6, maxElements: number): string =>
  `family ${family === 4 ? 'inet' : 'inet6'} hashsize ${HASH_SIZE} maxelem ${maxElements}`;

/** An entry as `ipset add` takes it. */
const formatIpsetEntry = (entry: IpsetEntry): string =>
  entry.kind === 'net' && entry.nomatch === true
    ? `${formatElement(entry)} nomatch`
    : formatElement(entry);

const formatElement = (entry: IpsetEntry): string => {
  switch (entry.kind) {
    case 'ip':
      return formatIp(entry.address);
    case 'net': {
      const { address, length } = entry.prefix;
      // A whole address goes without its length.
      const whole = length === (typeof address === 'number' ? 32 : 128);
      return whole ? formatIp(address) : formatPrefix(entry.prefix);
    }
    case 'ip,port':
      return `${formatIp(entry.address)},${entry.protocol}:${entry.port}`;
    case 'set':
      return entry.name;
  }
};

const formatComment = (comment: string | undefined): string =>
  comment === undefined ? '' : ` comment "${comment}"`;
