import type { SocketBuffer } from '../core.ts';
import { Ipv4Tunnel } from './ipv4-tunnel.ts';

/** Carries IPv4 in IPv4 (RFC 2003; net/ipv4/ipip.c). */
export class Ipip extends Ipv4Tunnel {
  readonly type = 'ipip';

  protected startTransmit(packet: SocketBuffer): void {
    const inner = packet.payload;
    if (inner.kind === 'ipv4') this.transmitIpv4(packet, inner);
    else packet.drop(`${this.name} carries nothing but IPv4`);
  }
}
