import { formatIp, formatMac } from '@podpath/net';
import type { FdbChange, LinkSet } from '../commands.ts';

/** Lines for `bridge -batch`. */
export function fdbLine(command: FdbChange): string {
  const { dev, mac, dst } = command;
  const verb = command.kind.slice('fdb-'.length);
  const words = ['fdb', verb, formatMac(mac), `dev ${dev}`];
  if (dst !== undefined) words.push(`dst ${formatIp(dst)}`);
  words.push(dst === undefined ? 'master' : 'self');
  if (command.kind !== 'fdb-delete') words.push(command.life);
  return words.join(' ');
}

/** Flags of a bridge port, and what `bridge` calls them. */
export const PORT_FLAGS = [
  ['hairpin', 'hairpin'],
  ['isolated', 'isolated'],
  ['learning', 'learning'],
  ['flood', 'flood'],
  ['broadcastFlood', 'bcast_flood'],
  ['groupFlood', 'mcast_flood'],
] as const;

/** The settings of a bridge port, where the command makes any. */
export function portLine(command: LinkSet): string | undefined {
  const words: string[] = [];
  for (const [name, word] of PORT_FLAGS) {
    const value = command[name];
    if (value !== undefined) words.push(`${word} ${value ? 'on' : 'off'}`);
  }
  if (command.state !== undefined) words.push(`state ${command.state}`);
  return words.length === 0 ? undefined : `link set dev ${command.dev} ${words.join(' ')}`;
}
