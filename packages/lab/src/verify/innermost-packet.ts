import { decodeFrame, type EthernetFrame, type IpPacket } from '@podpath/net';
import type { SeenFrame } from '../observation.ts';

/** The IP packet that a frame carries, out of all tunnels; nothing for what is none, and for neighbour discovery. */
export function innermostPacket({ bytes }: SeenFrame): readonly IpPacket[] {
  try {
    return carried(decodeFrame(bytes));
  } catch {
    // Bytes that are no frame carry no packet; they are compared as bytes.
    return [];
  }
}

function carried({ payload }: EthernetFrame): readonly IpPacket[] {
  if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return [];
  const inner = payload.payload;
  if (inner.kind === 'udp' && !(inner.payload instanceof Uint8Array)) {
    return carried(inner.payload.inner);
  }
  if (inner.kind === 'ipip') return [inner.inner];
  return inner.kind === 'icmpv6' && isOfHosts(inner.type) ? [] : [payload];
}

/** Neighbour discovery and multicast listener reports. */
const isOfHosts = (type: number): boolean => type >= 130 && type <= 143;
