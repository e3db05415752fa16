import { type IpPacket, type Ipv4, type Ipv6, type Ipv6Packet, ipPacketLength } from '@podpath/net';
import { MIN_IPV6_MTU_BYTES, type SocketBuffer } from '../core.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { nextHopOf } from '../walk/output.ts';
import { IPV4_OVERHEAD_BYTES, Ipv4Tunnel, type Ipv4TunnelSettings } from './ipv4-tunnel.ts';

/** The addresses of 6to4 (RFC 3056), 2002::/16, each with an IPv4 address behind it. */
const SIX_TO_FOUR = 0x2002n;

/** Carries IPv6 in IPv4, and IPv4 too if it is told so (RFC 4213; net/ipv6/sit.c). */
export class Sit extends Ipv4Tunnel {
  readonly type = 'sit';

  override get ipv4Ends(): Ipv4TunnelSettings {
    return this.settings;
  }

  protected startTransmit(packet: SocketBuffer): void {
    const inner = packet.payload;
    if (inner.kind === 'ipv6') {
      this.#transmitIpv6(packet, inner);
    } else if (inner.kind === 'ipv4' && this.settings.carries !== 6) {
      this.transmitIpv4(packet, inner);
    } else {
      packet.drop(`${this.name} carries no ${inner.kind}`);
    }
  }

  /** `ipip6_tunnel_xmit` */
  #transmitIpv6(packet: SocketBuffer, inner: Ipv6Packet): void {
    const remote = this.settings.remote ?? sixToFour(inner.dst) ?? compatible(packet, inner);
    if (remote === undefined) {
      this.failLink(packet, `${this.name} has no far end for the packet`);
      return;
    }
    const route = this.outerRoute(inner, remote);
    if (route.kind === 'error') {
      this.failLink(packet, `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      return;
    }
    if (route.entry.type !== 'unicast' && route.entry.type !== 'local') {
      this.failLink(packet, `the tunnel's far end is no single host`);
      return;
    }
    if (route.device === this) {
      packet.drop(`${this.name} would carry its own packets`);
      return;
    }
    let dontFragment = this.settings.pathMtuDiscovery;
    if (dontFragment) {
      const room = this.pathMtu(route, remote) - IPV4_OVERHEAD_BYTES;
      // What every IPv6 link must have room for is cut outside, where the way has less.
      dontFragment = room >= MIN_IPV6_MTU_BYTES;
      const least = Math.max(room, MIN_IPV6_MTU_BYTES);
      if (ipPacketLength(inner) > least) {
        this.failSize(packet, least);
        return;
      }
    }
    this.passErrorOn(packet);
    this.sendThrough(packet, inner, remote, route, dontFragment);
  }

  /** Without a far end of its own it believes 6to4 addresses only from where they point to (`packet_is_spoofed`). */
  protected override refuses(outer: IpPacket, inner: IpPacket): string | undefined {
    if (inner.kind !== 'ipv6' || this.settings.remote !== undefined) return undefined;
    return isSpoofed(inner.src, outer.src) || isSpoofed(inner.dst, outer.dst)
      ? 'a 6to4 address that belongs to another host'
      : undefined;
  }
}

const isSpoofed = (address: Ipv6, outside: IpPacket['src']): boolean => {
  const belongsTo = sixToFour(address);
  return belongsTo !== undefined && belongsTo !== outside;
};

const sixToFour = (address: Ipv6): Ipv4 | undefined =>
  address >> 112n === SIX_TO_FOUR ? Number((address >> 80n) & 0xffff_ffffn) : undefined;

/** The IPv4 address in a next hop of `::/96`. */
function compatible({ route }: SocketBuffer, { dst }: Ipv6Packet): Ipv4 | undefined {
  const nextHop = route === undefined ? dst : nextHopOf(route, dst);
  if (typeof nextHop !== 'bigint' || nextHop >> 32n !== 0n || nextHop <= 1n) return undefined;
  return Number(nextHop);
}
