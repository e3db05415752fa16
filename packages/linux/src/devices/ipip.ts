import { type Ipv4, type Ipv4Packet, ipPacketLength } from '@podpath/net';
import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { routeOutput } from '../routing/output-route.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { nextHopOf, sendLocal } from '../walk/output.ts';

/** The outer IPv4 header. */
export const IPIP_OVERHEAD_BYTES = 20;

const ECN_BITS = 0x03;
const ECT_0 = 0x02;

export interface IpipSettings {
  /** Absent: chosen by the route to the far end. */
  readonly local: Ipv4 | undefined;
  /** Absent: the next hop of the packet's route. */
  readonly remote: Ipv4 | undefined;
  readonly underlay: Device | undefined;
  /** 0: as the packet that is carried. */
  readonly ttl: number;
  /** Sets DF on the outer packet. */
  readonly pathMtuDiscovery: boolean;
}

/** Carries IPv4 in IPv4 (RFC 2003; net/ipv4/ipip.c, net/ipv4/ip_tunnel.c). */
export class Ipip extends Device {
  readonly type = 'ipip';
  readonly settings: IpipSettings;
  readonly #namespace: Namespace;

  constructor(identity: DeviceIdentity, settings: IpipSettings, namespace: Namespace) {
    super(identity);
    this.settings = settings;
    this.#namespace = namespace;
  }

  /** Whom to reach stands in the route. */
  override get noArp(): boolean {
    return true;
  }

  hasCarrier(): boolean {
    return this.up;
  }

  /** `ip_tunnel_xmit` */
  protected startTransmit(packet: SocketBuffer): void {
    const namespace = this.#namespace;
    const inner = packet.payload;
    if (inner.kind !== 'ipv4') {
      packet.drop(`${this.name} carries nothing but IPv4`);
      return;
    }
    const { local, underlay, ttl, pathMtuDiscovery } = this.settings;
    const remote = this.settings.remote ?? this.#farEnd(packet, inner);
    if (remote === undefined) {
      packet.drop(`${this.name} has no far end for the packet`);
      return;
    }
    const { mark } = packet;
    const route = routeOutput(namespace, { to: remote, from: local, device: underlay, mark });
    if (route.kind === 'error') {
      packet.end('unreachable', `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      namespace.kernel.answers.icmpError(namespace, packet, { type: 3, code: 1 });
      return;
    }
    if (route.device === this) {
      packet.drop(`${this.name} would carry its own packets`);
      return;
    }
    const room = pathMtuDiscovery
      ? (route.entry.mtuBytes ?? route.device.mtuBytes) - IPIP_OVERHEAD_BYTES
      : this.mtuBytes;
    if (inner.dontFragment && ipPacketLength(inner) > room) {
      packet.end(
        'too-big',
        `larger than the ${room} bytes that the way to the far end has room for`,
      );
      namespace.kernel.answers.icmpError(namespace, packet, { type: 3, code: 4, rest: room });
      return;
    }
    packet.scrub(false);
    packet.payload = ipPacket(
      namespace,
      route.source,
      remote,
      { kind: 'ipip', inner },
      {
        tos: outerCongestion(inner.tos),
        ttl: ttl === 0 ? inner.ttl : ttl,
        dontFragment: pathMtuDiscovery || inner.dontFragment,
      },
    );
    const overheadBytes = IPIP_OVERHEAD_BYTES;
    packet.record?.(
      { kind: 'encapsulate', device: this.name, protocol: 'ipip', overheadBytes },
      packet.packet,
    );
    packet.input = undefined;
    packet.audience = 'host';
    sendLocal(namespace, packet, route);
  }

  #farEnd({ route }: SocketBuffer, inner: Ipv4Packet): Ipv4 | undefined {
    const nextHop = route === undefined ? undefined : nextHopOf(route, inner.dst);
    return typeof nextHop === 'number' ? nextHop : undefined;
  }

  /** How well the device fits a packet with these outer addresses: 0 not at all, 1 as a catch-all (`ip_tunnel_lookup`). */
  fitness(from: Ipv4, to: Ipv4): number {
    const { local, remote } = this.settings;
    if (!this.up) return 0;
    if ((local !== undefined && local !== to) || (remote !== undefined && remote !== from))
      return 0;
    return 1 + (remote === undefined ? 0 : 2) + (local === undefined ? 0 : 1);
  }

  /** Takes a packet off its outer header (`ip_tunnel_rcv`). */
  receiveOuter(packet: SocketBuffer): void {
    const outer = packet.packet;
    if (outer.kind !== 'ipv4' || outer.payload.kind !== 'ipip') return;
    const { inner } = outer.payload;
    if (inner.kind !== 'ipv4') {
      packet.drop(`${this.name} carries nothing but IPv4`);
      return;
    }
    if ((outer.tos & ECN_BITS) === ECN_BITS) {
      if ((inner.tos & ECN_BITS) === 0) {
        packet.drop('congestion was noted for a packet that cannot tell of it');
        return;
      }
      inner.tos |= ECN_BITS;
    }
    packet.scrub(false);
    packet.payload = inner;
    packet.source = 0;
    packet.destination = 0;
    packet.audience = 'host';
    packet.record?.({ kind: 'decapsulate', device: this.name, protocol: 'ipip' }, inner);
    this.#namespace.kernel.queue.soon(this, packet);
  }
}

/** Congestion bits go on the outside too, but not that there was congestion (`INET_ECN_encapsulate`). */
const outerCongestion = (tos: number): number => {
  const bits = tos & ECN_BITS;
  return bits === ECN_BITS ? ECT_0 : bits;
};
