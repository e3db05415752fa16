import type { ConntrackCommand } from '../commands.ts';
import { CONNTRACK_ADDRESSES, CONNTRACK_PORTS } from '../netfilter/text/conntrack-command-text.ts';
import { readMaskedWord } from './iptables/option-reader.ts';
import { LineCursor } from './line-cursor.ts';
import { type Located, meaningfulLines } from './located.ts';
import { shown } from './parse-error.ts';

type Draft<T> = { -readonly [key in keyof T]: T[key] };

/** Reads lines as `conntrack --load-file` does, of deletions alone. Throws ParseError. */
export function parseConntrackBatch(
  text: string,
  file: string,
): readonly Located<ConntrackCommand>[] {
  return [...meaningfulLines(text)].map(({ line, value }) => ({
    line,
    value: readDeletion(new LineCursor(file, line, value)),
  }));
}

function readDeletion(cursor: LineCursor): ConntrackCommand {
  cursor.choice('command', ['-D']);
  const command: Draft<ConntrackCommand> = { kind: 'conntrack', op: 'delete', family: 4 };
  while (!cursor.atEnd) readOption(cursor, command, cursor.take('an option'));
  return command;
}

function readOption(cursor: LineCursor, command: Draft<ConntrackCommand>, option: string): void {
  const address = CONNTRACK_ADDRESSES.find(([, name]) => name === option);
  const port = CONNTRACK_PORTS.find(([, name]) => name === option);
  if (address !== undefined) command[address[0]] = cursor.ip('address');
  else if (port !== undefined) command[port[0]] = cursor.integer('port', 0, 65_535);
  else if (option === '-f') {
    command.family = cursor.choice('family', ['ipv4', 'ipv6']) === 'ipv4' ? 4 : 6;
  } else if (option === '-p') command.protocol = cursor.take('a protocol');
  else if (option === '--mark') command.mark = readMaskedWord(cursor, 'mark');
  else if (option === '--zone') command.zone = cursor.integer('zone', 0, 65_535);
  else cursor.failBefore(`${shown(option)} is no option that is supported`, 'a part of a tuple');
}
