import type { ConntrackCommand } from '../../commands.ts';
import { protocolNumber } from '../protocol-names.ts';
import type { ConntrackEntry } from './entry.ts';

/** Whether a connection is one that the command describes (ctnetlink_filter_match). */
export const isDescribed = (command: ConntrackCommand, entry: ConntrackEntry): boolean => {
  const { original, reply, zone, mark } = entry;
  const { protocol } = command;
  if ((typeof original.src === 'number' ? 4 : 6) !== command.family) return false;
  if (protocol !== undefined && original.protocol !== protocolNumber(protocol)) return false;
  if (command.mark !== undefined && (mark & command.mark.mask) >>> 0 !== command.mark.value) {
    return false;
  }
  if (command.zone !== undefined && Math.max(zone.original, zone.reply) !== command.zone) {
    return false;
  }
  return (
    isSame(command.originalSource, original.src) &&
    isSame(command.originalDestination, original.dst) &&
    isSame(command.replySource, reply.src) &&
    isSame(command.replyDestination, reply.dst) &&
    isSame(command.originalSourcePort, original.srcPort) &&
    isSame(command.originalDestinationPort, original.dstPort) &&
    isSame(command.replySourcePort, reply.srcPort) &&
    isSame(command.replyDestinationPort, reply.dstPort)
  );
};

const isSame = <T>(wanted: T | undefined, value: T): boolean =>
  wanted === undefined || wanted === value;
