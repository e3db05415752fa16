import { type IpPacket, IpProtocol, protocolOf } from '@podpath/net';

const IPV6_FRAGMENT = 44;

/** Protocols whose packets are answered without a look at a checksum: DCCP, ESP, AH, SCTP, UDP-Lite. */
const UNVERIFIED: ReadonlySet<number> = new Set([33, IpProtocol.ESP, 51, IpProtocol.SCTP, 136]);

/**
 * Whether a packet can be told to be right, as only such a one is answered by REJECT (`nf_reject_verify_csum`): the
 * checksum of no piece by itself is, and a later piece has none.
 */
export function isVerifiable(packet: IpPacket): boolean {
  const { isLater, hasMore } = placeOf(packet);
  return !isLater && (!hasMore || UNVERIFIED.has(protocolOf(packet.payload)));
}

function placeOf(packet: IpPacket): { readonly isLater: boolean; readonly hasMore: boolean } {
  if (packet.kind === 'ipv4') {
    return { isLater: packet.fragmentOffset > 0, hasMore: packet.moreFragments };
  }
  const piece = packet.extensions?.find(({ type }) => type === IPV6_FRAGMENT);
  const [high = 0, low = 0] = piece?.data ?? [];
  const field = (high << 8) | low;
  return { isLater: field >= 8, hasMore: (field & 1) === 1 };
}
