import type { Match, Rule } from '@podpath/linux';
import { type IpPacket, type IpPayload, prefixContains } from '@podpath/net';

/**
 * What a tool writes that has just read the manual of iptables: for every rule of the chain, every match is looked up
 * by its name and compared. It knows the matches of the benchmark's chains. Oracle and peer.
 */
export function firstMatch(
  rules: readonly Rule[],
  packet: IpPacket,
  inDevice: string,
): number | undefined {
  const index = rules.findIndex((rule) =>
    rule.matches.every((match) => matches(match, packet, inDevice)),
  );
  return index < 0 ? undefined : index;
}

function matches(match: Match, packet: IpPacket, inDevice: string): boolean {
  switch (match.kind) {
    case 'source':
      return prefixContains(match.prefix, packet.src);
    case 'destination':
      return prefixContains(match.prefix, packet.dst);
    case 'in-interface':
      return match.name === inDevice;
    case 'protocol':
    case 'protocol-module':
      return packet.payload.kind === match.protocol;
    case 'port':
      return (
        packet.payload.kind === match.protocol &&
        within(portOf(packet.payload, match.side), match.first, match.last)
      );
    case 'comment':
      return true;
    default:
      throw new RangeError(`the naive interpreter does not know ${match.kind}`);
  }
}

const within = (port: number | undefined, first: number, last: number): boolean =>
  port !== undefined && port >= first && port <= last;

function portOf(payload: IpPayload, side: 'source' | 'destination'): number | undefined {
  if (payload.kind !== 'tcp' && payload.kind !== 'udp' && payload.kind !== 'sctp') return undefined;
  return side === 'source' ? payload.srcPort : payload.dstPort;
}
