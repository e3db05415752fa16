import { type Ip, type IpPacket, type IpPayload, ipPacketLength } from '@podpath/net';
import type { Namespace } from '../namespace.ts';

export interface Headers {
  readonly tos?: number;
  /** `if-it-fits`: as sockets do to learn the MTU of the path, for what the first link takes whole. */
  readonly dontFragment: boolean | 'if-it-fits';
  readonly ttl?: number;
}

/** An IP packet as this host would send it; both addresses are of one family. */
export function ipPacket(
  namespace: Namespace,
  from: Ip,
  to: Ip,
  payload: IpPayload,
  { tos = 0, dontFragment, ttl }: Headers,
): IpPacket {
  if (typeof from === 'number' && typeof to === 'number') {
    return {
      kind: 'ipv4',
      tos,
      id: namespace.nextPacketId(),
      dontFragment: dontFragment === true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: ttl ?? namespace.sysctls.get('net.ipv4.ip_default_ttl') ?? 64,
      src: from,
      dst: to,
      payload,
    };
  }
  if (typeof from === 'bigint' && typeof to === 'bigint') {
    const hopLimit = ttl ?? namespace.sysctls.ipv6All.hop_limit;
    return { kind: 'ipv6', trafficClass: tos, flowLabel: 0, hopLimit, src: from, dst: to, payload };
  }
  throw new TypeError('source and destination are of different families');
}

/** Forbids the fragmentation of a packet that fits the first link, and allows that of a larger one. */
export function forbidCutting(packet: IpPacket, firstMtuBytes: number | undefined): void {
  if (packet.kind !== 'ipv4') return;
  packet.dontFragment = firstMtuBytes === undefined || ipPacketLength(packet) <= firstMtuBytes;
}
