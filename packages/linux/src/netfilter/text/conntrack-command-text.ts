import { formatIp } from '@podpath/net';
import type { ConntrackCommand } from '../../commands.ts';
import { protocolName, protocolNumber } from '../protocol-names.ts';
import { hex } from './quote.ts';

/** One command as `conntrack` takes it, without the program's name. */
export const formatConntrackCommand = (command: ConntrackCommand): string => {
  const { protocol, mark, zone } = command;
  const parts = [`-D -f ${command.family === 4 ? 'ipv4' : 'ipv6'}`];
  if (protocol !== undefined) parts.push(`-p ${protocolName(protocolNumber(protocol))}`);
  for (const [field, option] of CONNTRACK_ADDRESSES) {
    const address = command[field];
    if (address !== undefined) parts.push(`${option} ${formatIp(address)}`);
  }
  for (const [field, option] of CONNTRACK_PORTS) {
    const port = command[field];
    if (port !== undefined) parts.push(`${option} ${port}`);
  }
  if (mark !== undefined) parts.push(`--mark ${hex(mark.value)}/${hex(mark.mask)}`);
  if (zone !== undefined) parts.push(`--zone ${zone}`);
  return parts.join(' ');
};

/** Options that describe a connection by its tuples. */
export const CONNTRACK_ADDRESSES = [
  ['originalSource', '--orig-src'],
  ['originalDestination', '--orig-dst'],
  ['replySource', '--reply-src'],
  ['replyDestination', '--reply-dst'],
] as const;

export const CONNTRACK_PORTS = [
  ['originalSourcePort', '--orig-port-src'],
  ['originalDestinationPort', '--orig-port-dst'],
  ['replySourcePort', '--reply-port-src'],
  ['replyDestinationPort', '--reply-port-dst'],
] as const;
