import { type IpPacket, type Ipv4, type Ipv4Packet, ipPacketLength } from '@podpath/net';
import type { DeviceIdentity, SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { OutputRoute } from '../routing/output-route.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { nextHopOf } from '../walk/output.ts';
import { outerService, serviceByte } from './congestion.ts';
import { hostUnreachable, IpTunnel, type Route, type TunnelEnds } from './ip-tunnel.ts';

/** The outer IPv4 header. */
export const IPV4_OVERHEAD_BYTES = 20;
/** How long the error about one packet is told to the senders of others (`IPTUNNEL_ERR_TIMEO`). */
const ERROR_MS = 30_000;

export interface Ipv4TunnelSettings extends TunnelEnds<Ipv4> {
  /** 0: as the packet that is carried. */
  readonly ttl: number;
  readonly tos: number | 'inherit';
  /** Sets DF on the outer packet. */
  readonly pathMtuDiscovery: boolean;
  readonly fwmark: number;
}

/** Wraps packets in IPv4 (net/ipv4/ip_tunnel.c). */
export abstract class Ipv4Tunnel extends IpTunnel<Ipv4> {
  readonly settings: Ipv4TunnelSettings;
  /** Errors that came back, each of which a later packet's sender is told of. */
  #errors = 0;
  #errorMs = 0;

  constructor(identity: DeviceIdentity, settings: Ipv4TunnelSettings, namespace: Namespace) {
    super(identity, namespace);
    this.settings = settings;
  }

  /** An error came back about a packet through the tunnel: it does not say which sender to tell. */
  noteError(expired: boolean): void {
    const { remote, ttl } = this.settings;
    // That a packet's own time to live was too short is its own affair.
    if (remote === undefined || (expired && ttl === 0)) return;
    const now = this.namespaceOf.nowMs;
    this.#errors = now < this.#errorMs + ERROR_MS ? this.#errors + 1 : 1;
    this.#errorMs = now;
  }

  /** `ip_tunnel_xmit` */
  protected transmitIpv4(packet: SocketBuffer, inner: Ipv4Packet): void {
    const remote = this.settings.remote ?? farEnd(packet, inner);
    if (remote === undefined) {
      packet.drop(`${this.name} has no far end for the packet`);
      return;
    }
    const { pathMtuDiscovery } = this.settings;
    const route = this.outerRoute(inner, remote);
    if (route.kind === 'error') {
      packet.end('unreachable', `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      return;
    }
    if (route.device === this) {
      packet.drop(`${this.name} would carry its own packets`);
      return;
    }
    const room = pathMtuDiscovery
      ? this.pathMtu(route, remote) - IPV4_OVERHEAD_BYTES
      : this.mtuBytes;
    if (inner.dontFragment && ipPacketLength(inner) > room) {
      this.failSize(packet, room);
      return;
    }
    this.passErrorOn(packet);
    const dontFragment = pathMtuDiscovery || inner.dontFragment;
    this.sendThrough(packet, inner, remote, route, dontFragment);
  }

  /** The way to the far end, looked for with the type of service that the packet will have outside. */
  protected outerRoute(inner: IpPacket, remote: Ipv4): OutputRoute {
    return this.routeTo(remote, this.settings.fwmark, this.#service(inner));
  }

  /** `iptunnel_xmit` */
  protected sendThrough(
    packet: SocketBuffer,
    inner: IpPacket,
    remote: Ipv4,
    route: Route,
    dontFragment: boolean,
  ): void {
    const { ttl } = this.settings;
    const outer = ipPacket(
      this.namespaceOf,
      route.source,
      remote,
      { kind: 'ipip', inner },
      {
        tos: outerService(this.#service(inner), serviceByte(inner)),
        ttl: ttl === 0 ? (inner.kind === 'ipv4' ? inner.ttl : inner.hopLimit) : ttl,
        dontFragment,
      },
    );
    this.sendOuter(packet, outer, route, IPV4_OVERHEAD_BYTES);
  }

  /** The packet goes all the same. */
  protected passErrorOn(packet: SocketBuffer): void {
    if (this.#errors === 0) return;
    if (this.namespaceOf.nowMs >= this.#errorMs + ERROR_MS) {
      this.#errors = 0;
      return;
    }
    this.#errors--;
    this.tellSender(packet, hostUnreachable(packet.packet));
  }

  #service(inner: IpPacket): number {
    const { tos } = this.settings;
    return tos === 'inherit' ? serviceByte(inner) : tos;
  }
}

function farEnd({ route }: SocketBuffer, inner: Ipv4Packet): Ipv4 | undefined {
  const nextHop = route === undefined ? undefined : nextHopOf(route, inner.dst);
  return typeof nextHop === 'number' ? nextHop : undefined;
}
