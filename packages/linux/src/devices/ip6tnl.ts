import {
  type Ip,
  type IpPacket,
  type Ipv6,
  type Ipv6Packet,
  ipPacketLength,
  type Mac,
} from '@podpath/net';
import { type DeviceIdentity, MIN_IPV6_MTU_BYTES, type SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { isLinkLocal, isLoopback, isMulticast } from '../routing/address-kinds.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { nextHopOf } from '../walk/output.ts';
import { innerService, outerService, serviceByte } from './congestion.ts';
import { encapsulationLimitAt, limitHeader } from './encapsulation-limit.ts';
import { flowPathHash } from './flow-hash.ts';
import { IpTunnel, type TunnelEnds } from './ip-tunnel.ts';

/** The outer IPv6 header. */
const IPV6_OVERHEAD_BYTES = 40;
/** The header that says how many tunnels more. */
const LIMIT_BYTES = 8;
const MIN_IPV4_MTU_BYTES = 68;
const MAX_LABEL = 0xf_ffff;
const CONGESTION_BITS = 0x03;
const AUTO_LABELS = 'net.ipv6.auto_flowlabels';

export interface Ip6tnlSettings extends TunnelEnds<Ipv6> {
  /** 0: as the packet that is carried. */
  readonly hopLimit: number;
  readonly encapLimit: number | 'none';
  readonly trafficClass: number | 'inherit';
  readonly flowLabel: number | 'inherit';
  readonly copyDscp: boolean;
  readonly allowLocalRemote: boolean;
  readonly fwmark: number | 'inherit';
}

/** How much larger a packet gets by such a tunnel. */
export const ip6tnlOverhead = (encapLimit: number | 'none'): number =>
  IPV6_OVERHEAD_BYTES + (encapLimit === 'none' ? 0 : LIMIT_BYTES);

/** Carries IPv6 and IPv4 in IPv6 (RFC 2473; net/ipv6/ip6_tunnel.c). */
export class Ip6tnl extends IpTunnel<Ipv6> {
  readonly type = 'ip6tnl';
  readonly settings: Ip6tnlSettings;
  readonly #interfaceMac: Mac;

  constructor(identity: DeviceIdentity, settings: Ip6tnlSettings, namespace: Namespace) {
    super(identity, namespace);
    this.settings = settings;
    this.#interfaceMac = namespace.kernel.random.mac();
  }

  /** It has no MAC address, but one made up to tell its link-local address from others. */
  override get interfaceMac(): Mac {
    return this.#interfaceMac;
  }

  /** `ipxip6_tnl_xmit` and `ip6_tnl_xmit` */
  protected startTransmit(packet: SocketBuffer): void {
    const inner = packet.payload;
    if (inner.kind !== 'ipv4' && inner.kind !== 'ipv6') {
      packet.drop(`${this.name} carries nothing but IP`);
      return;
    }
    const { remote: fixed } = this.settings;
    if (inner.kind === 'ipv6' && inner.src === fixed) {
      packet.drop(`${this.name} would send a packet of its far end back to it`);
      return;
    }
    if (!this.carriesPacket(inner)) {
      packet.drop(`${this.name} carries no ${inner.kind}`);
      return;
    }
    const limit = this.#limitFor(packet, inner);
    if (limit === 'reached') return;
    const remote = fixed ?? farEnd(packet, inner);
    const { local } = this.settings;
    if (remote === undefined || local === undefined || !this.#maySend(local, remote)) {
      this.failLink(packet, `${this.name} has no ends between which it could send`);
      return;
    }
    this.#sendTo(packet, inner, remote, limit);
  }

  #sendTo(packet: SocketBuffer, inner: IpPacket, remote: Ipv6, limit: number | 'none'): void {
    const { trafficClass, fwmark, hopLimit } = this.settings;
    const carried = serviceByte(inner);
    const service = outerService(trafficClass === 'inherit' ? carried : trafficClass, carried);
    const mark = fwmark === 'inherit' ? packet.mark : fwmark;
    const route = this.routeTo(remote, mark, service);
    if (route.kind === 'error') {
      this.failLink(packet, `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      return;
    }
    if (route.device === this) {
      packet.drop(`${this.name} would carry its own packets`);
      return;
    }
    const overheadBytes = ip6tnlOverhead(limit);
    const least = inner.kind === 'ipv6' ? MIN_IPV6_MTU_BYTES : MIN_IPV4_MTU_BYTES;
    const room = Math.max(this.pathMtu(route, remote) - overheadBytes, least);
    if (ipPacketLength(inner) > room) {
      // IPv4 senders are told, too, that do not mind fragmentation.
      this.failSize(packet, room);
      return;
    }
    const outer = ipPacket(
      this.namespaceOf,
      route.source,
      remote,
      { kind: 'ipip', inner },
      {
        tos: service,
        ttl: hopLimit === 0 ? (inner.kind === 'ipv4' ? inner.ttl : inner.hopLimit) : hopLimit,
        dontFragment: false,
      },
    );
    if (outer.kind === 'ipv6') {
      outer.flowLabel = this.#label(outer, inner);
      if (limit !== 'none') outer.extensions = [limitHeader(limit)];
    }
    this.sendOuter(packet, outer, route, overheadBytes);
  }

  /** How many tunnels more the packet may enter; a packet that may not enter this one has ended. */
  #limitFor(packet: SocketBuffer, inner: IpPacket): number | 'none' | 'reached' {
    const found = inner.kind === 'ipv6' ? encapsulationLimitAt(inner.extensions) : undefined;
    if (found === undefined) return this.settings.encapLimit;
    if (found.limit > 0) return found.limit - 1;
    packet.end('dropped', 'it may enter no more tunnels');
    this.tellSender(packet, { type: 4, code: 0, rest: found.offset + 2 });
    return 'reached';
  }

  #label({ src, dst }: Ipv6Packet, inner: IpPacket): number {
    const { flowLabel } = this.settings;
    const wanted =
      flowLabel === 'inherit' ? (inner.kind === 'ipv6' ? inner.flowLabel : 0) : flowLabel;
    const { sysctls, kernel } = this.namespaceOf;
    if (wanted !== 0 || sysctls.get(AUTO_LABELS) === 0) return wanted;
    return flowPathHash(src, dst, 0, 0, [], kernel.flowHashSeed) & MAX_LABEL;
  }

  /** `ip6_tnl_xmit_ctl` */
  #maySend(local: Ipv6, remote: Ipv6): boolean {
    return (
      !isMulticast(local) &&
      this.#canBeEnds(local, remote) &&
      this.#isOwn(local) &&
      (this.settings.allowLocalRemote || isMulticast(remote) || !this.#isOwn(remote))
    );
  }

  /** `ip6_tnl_rcv_ctl` */
  protected override refuses({ src, dst }: IpPacket): string | undefined {
    if (typeof src !== 'bigint' || typeof dst !== 'bigint') return 'not IPv6';
    const takes =
      !isMulticast(src) &&
      this.#canBeEnds(dst, src) &&
      (isMulticast(dst) || this.#isOwn(dst)) &&
      (this.settings.allowLocalRemote || !this.#isOwn(src));
    return takes ? undefined : `${this.name} takes no packets between these ends`;
  }

  /** `ip6_tnl_get_cap` */
  #canBeEnds(local: Ipv6, remote: Ipv6): boolean {
    const ends = [local, remote];
    if (ends.some((end) => isLoopback(end) || end === 0n)) return false;
    return this.settings.underlay !== undefined || !ends.some(isLinkLocal);
  }

  #isOwn(address: Ip): boolean {
    const { underlay } = this.settings;
    const owners = this.namespaceOf.ownersOf(address);
    return underlay === undefined ? owners.length > 0 : owners.includes(underlay);
  }

  protected override serviceInside(outer: IpPacket, inner: IpPacket): number | undefined {
    const seen = serviceByte(outer);
    const carried = serviceByte(inner);
    const kept = this.settings.copyDscp
      ? (seen & ~CONGESTION_BITS) | (carried & CONGESTION_BITS)
      : carried;
    return innerService(seen, kept);
  }
}

function farEnd({ route }: SocketBuffer, inner: IpPacket): Ipv6 | undefined {
  const nextHop = route === undefined ? inner.dst : nextHopOf(route, inner.dst);
  return typeof nextHop === 'bigint' ? nextHop : undefined;
}
