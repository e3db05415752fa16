import { familyOf, IpProtocol } from '@podpath/net';
import type { ConntrackCommand } from '../../commands.ts';
import { protocolNumber } from '../protocol-names.ts';
import { invalid, type Refusal } from '../refusal.ts';

const LARGEST = 65_535;

/** What the tool holds against the description of connections. */
export const checkDeletion = (command: ConntrackCommand): Refusal | undefined => {
  const { family, zone } = command;
  const addresses = [
    command.originalSource,
    command.originalDestination,
    command.replySource,
    command.replyDestination,
  ];
  if (addresses.some((address) => address !== undefined && familyOf(address) !== family)) {
    return invalid(`an address is not one of IPv${family}`);
  }
  const protocol = command.protocol === undefined ? undefined : protocolNumber(command.protocol);
  if (protocol === -1) return invalid(`unknown protocol "${command.protocol}"`);
  const ports = [
    command.originalSourcePort,
    command.originalDestinationPort,
    command.replySourcePort,
    command.replyDestinationPort,
  ].filter((port) => port !== undefined);
  if (ports.length > 0 && !WITH_PORTS.has(protocol)) {
    return invalid('ports need a protocol that has them');
  }
  return [...ports, zone ?? 0].every(isWord16) ? undefined : invalid('a number is out of range');
};

const WITH_PORTS: ReadonlySet<number | undefined> = new Set([
  IpProtocol.TCP,
  IpProtocol.UDP,
  IpProtocol.SCTP,
]);

const isWord16 = (number: number): boolean =>
  Number.isInteger(number) && number >= 0 && number <= LARGEST;
