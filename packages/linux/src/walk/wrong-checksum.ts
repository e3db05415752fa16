import { type IpPacket, IpProtocol } from '@podpath/net';

/** Protocols whose packets no sum over all of them tells to be whole (`nf_reject_verify_csum`). */
const GRE = 47;
const AUTHENTICATION_HEADER = 51;
const DCCP = 33;
const UDP_LITE = 136;
const UNSUMMED: ReadonlySet<number> = new Set([
  ...[GRE, IpProtocol.ESP, AUTHENTICATION_HEADER, IpProtocol.SCTP, DCCP, UDP_LITE],
]);

/** Whether a transport's checksum is not that of what came. A packet carries one only where it is wrong, or says "none". */
export function hasWrongChecksum({ kind, payload }: IpPacket): boolean {
  if (payload.kind === 'ipip' || payload.kind === 'raw' || payload.kind === 'sctp') return false;
  if (payload.checksum === undefined) return false;
  return payload.kind !== 'udp' || payload.checksum !== 0 || kind === 'ipv6';
}

/**
 * Whether a REJECT rule takes a packet for damaged, and says nothing: of IPv6 that is any protocol that it does not know
 * to be without a sum over the packet (`nf_reject_v6_csum_ok`).
 */
export function isDamaged(packet: IpPacket): boolean {
  const { kind, payload } = packet;
  if (kind === 'ipv6' && payload.kind === 'raw' && packet.extensions === undefined) {
    return !UNSUMMED.has(payload.protocol);
  }
  return hasWrongChecksum(packet) && !(payload.kind === 'udp' && payload.checksum === 0);
}
