import type { Ip, IpPacket } from '@podpath/net';
import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { NO_FLOW } from '../routing/flow.ts';
import { type OutputRoute, routeOutput } from '../routing/output-route.ts';
import { mtuTowards } from '../routing/path-mtu.ts';
import { sendLocal } from '../walk/output.ts';
import { innerService, serviceByte } from './congestion.ts';

export type Route = Extract<OutputRoute, { kind: 'route' }>;
type IcmpError = { readonly type: number; readonly code: number; readonly rest?: number };

export interface TunnelEnds<A extends Ip = Ip> {
  /** Absent: whatever the route to the far end says. */
  readonly local: A | undefined;
  /** Absent: what the packet's own route says. */
  readonly remote: A | undefined;
  readonly underlay: Device | undefined;
  /** What it carries. */
  readonly carries: 4 | 6 | 'any';
}

/** A device that wraps IP packets in IP packets. What differs from type to type is the wrapping. */
export abstract class IpTunnel<A extends Ip = Ip> extends Device {
  abstract override readonly type: 'ipip' | 'sit' | 'ip6tnl';
  abstract readonly settings: TunnelEnds<A>;
  readonly namespaceOf: Namespace;

  constructor(identity: DeviceIdentity, namespace: Namespace) {
    super(identity);
    this.namespaceOf = namespace;
  }

  /** Whom to reach stands in the route. */
  override get noArp(): boolean {
    return true;
  }

  override get isEthernet(): boolean {
    return false;
  }

  hasCarrier(): boolean {
    return this.up;
  }

  carriesPacket({ kind }: IpPacket): boolean {
    const { carries } = this.settings;
    return carries === 'any' || carries === (kind === 'ipv4' ? 4 : 6);
  }

  /** Why a packet that came through the tunnel goes no further. */
  protected refuses(_outer: IpPacket, _inner: IpPacket): string | undefined {
    return undefined;
  }

  /** The type of service that a packet leaves the tunnel with; `undefined` where it must not. */
  protected serviceInside(outer: IpPacket, inner: IpPacket): number | undefined {
    return innerService(serviceByte(outer), serviceByte(inner));
  }

  /** Takes a packet off its outer header (`ip_tunnel_rcv`, `__ip6_tnl_rcv`). */
  receiveOuter(packet: SocketBuffer): void {
    const outer = packet.packet;
    if (outer.payload.kind !== 'ipip') return;
    const { inner } = outer.payload;
    if (!this.carriesPacket(inner)) {
      packet.drop(`${this.name} carries no ${familyName(inner)}`);
      return;
    }
    const refusal = this.refuses(outer, inner);
    if (refusal !== undefined) {
      packet.drop(refusal);
      return;
    }
    const service = this.serviceInside(outer, inner);
    if (service === undefined) {
      packet.drop('congestion was noted for a packet that cannot tell of it');
      return;
    }
    if (inner.kind === 'ipv4') inner.tos = service;
    else inner.trafficClass = service;
    packet.scrub(false);
    packet.payload = inner;
    packet.source = 0;
    packet.destination = 0;
    packet.audience = 'host';
    packet.record?.({ kind: 'decapsulate', device: this.name, protocol: this.type }, inner);
    this.namespaceOf.kernel.queue.soon(this, packet);
  }

  /** The way to the far end. */
  protected routeTo(to: A, mark: number, tos: number): OutputRoute {
    const { local, underlay } = this.settings;
    const flow = { ...NO_FLOW, tos };
    return routeOutput(this.namespaceOf, { to, from: local, device: underlay, mark, flow });
  }

  /** What a packet to the far end may be as large as. */
  protected pathMtu(route: Route, to: A): number {
    return mtuTowards(this.namespaceOf, route, to);
  }

  protected sendOuter(
    packet: SocketBuffer,
    outer: IpPacket,
    route: Route,
    overheadBytes: number,
  ): void {
    packet.scrub(false);
    packet.payload = outer;
    const { name: device, type: protocol } = this;
    packet.record?.({ kind: 'encapsulate', device, protocol, overheadBytes }, outer);
    packet.input = undefined;
    packet.audience = 'host';
    sendLocal(this.namespaceOf, packet, route);
  }

  /** The packet's sender is told that this is no way to where it wants (`dst_link_failure`). */
  protected failLink(packet: SocketBuffer, reason: string): void {
    packet.end('unreachable', reason);
    this.tellSender(packet, hostUnreachable(packet.packet));
  }

  protected failSize(packet: SocketBuffer, roomBytes: number): void {
    packet.end(
      'too-big',
      `larger than the ${roomBytes} bytes that the way to the far end has room for`,
    );
    const { kind } = packet.packet;
    this.tellSender(packet, {
      type: kind === 'ipv4' ? 3 : 2,
      code: kind === 'ipv4' ? 4 : 0,
      rest: roomBytes,
    });
  }

  protected tellSender(packet: SocketBuffer, error: IcmpError): void {
    this.namespaceOf.kernel.answers.icmpError(this.namespaceOf, packet, error);
  }
}

export const hostUnreachable = ({ kind }: IpPacket): IcmpError =>
  kind === 'ipv4' ? { type: 3, code: 1 } : { type: 1, code: 3 };

const familyName = ({ kind }: IpPacket): string => (kind === 'ipv4' ? 'IPv4' : 'IPv6');
