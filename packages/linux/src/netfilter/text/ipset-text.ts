import { formatIp, formatPrefix, type Prefix } from '@podpath/net';
import type { IpsetCommand } from '../../commands.ts';
import type { Extensions, Member } from '../ipset/member.ts';
import type { MemberSet } from '../ipset/member-set.ts';
import { DEFAULT_HASH_SIZE, DEFAULT_LIST_SIZE, DEFAULT_MAX_ELEMENTS } from '../ipset/new-set.ts';
import { protocolNumberOf } from '../ipset/packet-port.ts';
import type { IpsetSlot } from '../ipset/slot.ts';
import { protocolName } from '../protocol-names.ts';
import type { IpsetEntry, IpsetProtocol } from '../rule.ts';

const MS_PER_SECOND = 1000;

/** What `ipset restore` reads: one line a command, in their order. */
export const formatIpsetCommands = (commands: readonly IpsetCommand[]): string =>
  commands.map((command) => `${formatIpsetCommand(command)}\n`).join('');

/** One command as `ipset` takes it, without the program's name. */
export const formatIpsetCommand = (command: IpsetCommand): string => {
  const { set } = command;
  switch (command.op) {
    case 'create':
      return `create ${set} ${command.type} ${formatCreation(command)}${existing(command)}`;
    case 'add': {
      const { entry, timeoutSeconds, comment, packets, bytes } = command;
      const parts = [`add ${set} ${formatElement(entry)}`];
      if (timeoutSeconds !== undefined) parts.push(`timeout ${timeoutSeconds}`);
      if ('nomatch' in entry && entry.nomatch === true) parts.push('nomatch');
      if (packets !== undefined) parts.push(`packets ${packets}`);
      if (bytes !== undefined) parts.push(`bytes ${bytes}`);
      if (comment !== undefined) parts.push(`comment "${comment}"`);
      return `${parts.join(' ')}${existing(command)}`;
    }
    case 'delete': {
      // The tool takes `nomatch` for additions only.
      return `del ${set} ${formatElement(command.entry)}${existing(command)}`;
    }
    case 'flush':
    case 'destroy':
      return `${command.op} ${set}`;
    case 'swap':
      return `swap ${set} ${command.with}`;
  }
};

const existing = ({ exist }: { readonly exist?: boolean }): string =>
  exist === true ? ' -exist' : '';

const formatCreation = (command: Extract<IpsetCommand, { readonly op: 'create' }>): string => {
  const extensions = formatExtensions({
    comments: command.comment === true,
    counters: command.counters === true,
    timeoutSeconds: command.timeoutSeconds,
  });
  switch (command.type) {
    case 'list:set':
      return `size ${command.maxElements ?? DEFAULT_LIST_SIZE}${extensions}`;
    case 'bitmap:port': {
      const { first, last } = command.range ?? { first: 0, last: 65_535 };
      return `range ${first}-${last}${extensions}`;
    }
    default: {
      const { family, hashSize = DEFAULT_HASH_SIZE, maxElements = DEFAULT_MAX_ELEMENTS } = command;
      const inet = family === 4 ? 'inet' : 'inet6';
      const initval =
        command.initval === undefined ? '' : ` initval 0x${command.initval.toString(16)}`;
      return `family ${inet} hashsize ${hashSize} maxelem ${maxElements}${extensions}${initval}`;
    }
  }
};

/**
 * As `ipset save` prints the sets, less `initval`, which is a random number of each kernel's own. Lists come after the
 * sets that they may name.
 */
export const formatIpsetSave = (slots: Iterable<IpsetSlot>, nowMs: number): string => {
  const lines: string[] = [];
  const all = [...slots];
  const isList = ({ set }: IpsetSlot): boolean => set.type === 'list:set';
  for (const { name, set } of [...all.filter((slot) => !isList(slot)), ...all.filter(isList)]) {
    lines.push(`create ${name} ${set.type} ${formatSetHeader(set)}\n`);
    for (const member of set.members()) {
      lines.push(`add ${name} ${formatMember(member, set.extensions, nowMs)}\n`);
    }
  }
  return lines.join('');
};

const formatSetHeader = (set: MemberSet): string =>
  `${set.header}${formatExtensions(set.extensions)}${set.hasBuckets ? ' bucketsize 12' : ''}`;

const formatExtensions = ({ timeoutSeconds, counters, comments }: Extensions): string =>
  [
    timeoutSeconds === undefined ? '' : ` timeout ${timeoutSeconds}`,
    counters ? ' counters' : '',
    comments ? ' comment' : '',
  ].join('');

const formatMember = (
  { entry, nomatch, expiresAtMs, packets, bytes, comment }: Member,
  extensions: Extensions,
  nowMs: number,
): string =>
  [
    formatElement(entry),
    extensions.timeoutSeconds === undefined ? '' : ` timeout ${secondsLeft(expiresAtMs, nowMs)}`,
    nomatch ? ' nomatch' : '',
    extensions.counters ? ` packets ${packets} bytes ${bytes}` : '',
    comment === undefined ? '' : ` comment "${comment}"`,
  ].join('');

/** 0 would say that the member stays. */
const secondsLeft = (expiresAtMs: number, nowMs: number): number =>
  expiresAtMs === Number.POSITIVE_INFINITY
    ? 0
    : Math.max(1, Math.floor((expiresAtMs - nowMs) / MS_PER_SECOND));

const formatElement = (entry: IpsetEntry): string => {
  switch (entry.kind) {
    case 'ip':
      return formatIp(entry.address);
    case 'net':
      return formatNet(entry.prefix);
    case 'range':
      return `${formatIp(entry.first)}-${formatIp(entry.last)}`;
    case 'ip,port':
      return `${formatIp(entry.address)},${formatPort(entry)}`;
    case 'net,port':
      return `${formatNet(entry.prefix)},${formatPort(entry)}`;
    case 'ip,port,ip':
      return `${formatIp(entry.address)},${formatPort(entry)},${formatIp(entry.second)}`;
    case 'ip,port,net':
      return `${formatIp(entry.address)},${formatPort(entry)},${formatNet(entry.prefix)}`;
    case 'net,net':
      return `${formatNet(entry.prefix)},${formatNet(entry.second)}`;
    case 'port':
      return formatPorts(entry);
    case 'set': {
      const { name, before, after } = entry;
      if (before !== undefined) return `${name} before ${before}`;
      return after === undefined ? name : `${name} after ${after}`;
    }
  }
};

/** A whole address goes without its length. */
const formatNet = (prefix: Prefix): string => {
  const whole = prefix.length === (typeof prefix.address === 'number' ? 32 : 128);
  return whole ? formatIp(prefix.address) : formatPrefix(prefix);
};

const formatPort = ({
  protocol,
  ...ports
}: {
  readonly protocol: IpsetProtocol;
  readonly port: number;
  readonly lastPort?: number;
}): string => `${protocolName(protocolNumberOf(protocol))}:${formatPorts(ports)}`;

const formatPorts = ({
  port,
  lastPort = port,
}: {
  readonly port: number;
  readonly lastPort?: number;
}): string => (lastPort === port ? String(port) : `${port}-${lastPort}`);
