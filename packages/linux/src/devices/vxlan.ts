import {
  type EthernetFrame,
  familyOf,
  type Ip,
  type IpFamily,
  type IpPacket,
  ipPacketLength,
  isMulticastMac,
} from '@podpath/net';
import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { NO_FLOW } from '../routing/flow.ts';
import { type OutputRoute, routeOutput } from '../routing/output-route.ts';
import { learnPathMtu, mtuTowards } from '../routing/path-mtu.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { sendLocal } from '../walk/output.ts';
import { innerService, outerService, serviceByte } from './congestion.ts';
import { flowHash, hasPorts, portFrom, socketHash } from './flow-hash.ts';
import { VxlanFdb } from './vxlan-fdb.ts';

/** Frames to addresses without an entry go by that of this one. */
const DEFAULT_MAC = 0;
type Found = Extract<OutputRoute, { kind: 'route' }>;

const UDP = 17;
/** Tunnels that the kernel lets a packet be sent into before it has left the first. */
const MAX_TUNNELS = 4;

/** Outer IP, UDP and VXLAN headers, and the inner Ethernet header: what an MTU shrinks by. */
export const VXLAN_OVERHEAD_BYTES: Record<IpFamily, number> = { 4: 50, 6: 70 };

export interface VxlanSettings {
  readonly vni: number;
  readonly port: number;
  readonly local: Ip | undefined;
  readonly remote: Ip | undefined;
  readonly underlay: Device | undefined;
  readonly learning: boolean;
  readonly ageingMs: number;
  readonly sourcePorts: { readonly first: number; readonly last: number } | undefined;
  readonly ttl: number | 'inherit';
  readonly tos: number | 'inherit';
  readonly df: 'unset' | 'set' | 'inherit';
  readonly flowLabel: number;
  readonly udpChecksum: boolean;
  readonly noUdpChecksumIpv6: boolean;
}

/** Carries frames in UDP to where its FDB says (RFC 7348; drivers/net/vxlan/vxlan_core.c). */
export class Vxlan extends Device {
  readonly type = 'vxlan';
  readonly settings: VxlanSettings;
  readonly fdb: VxlanFdb;
  readonly #namespace: Namespace;

  constructor(identity: DeviceIdentity, settings: VxlanSettings, namespace: Namespace) {
    super(identity);
    this.settings = settings;
    this.#namespace = namespace;
    this.fdb = new VxlanFdb(settings.ageingMs);
    const { remote } = settings;
    if (remote !== undefined) {
      this.fdb.set({ mac: DEFAULT_MAC, remotes: [remote], life: 'permanent', updatedMs: 0 });
    }
  }

  get family(): IpFamily {
    const { local, remote } = this.settings;
    return typeof (local ?? remote) === 'bigint' ? 6 : 4;
  }

  hasCarrier(): boolean {
    return this.up;
  }

  /** Its socket is open while it is up. */
  override opened(): void {
    const { port, vni } = this.settings;
    this.#namespace.sockets.openTunnel(this.family, port, vni, (packet) =>
      this.#receiveOuter(packet),
    );
  }

  override closed(): void {
    this.#namespace.sockets.closeTunnel(this.family, this.settings.port, this.settings.vni);
  }

  protected startTransmit(packet: SocketBuffer): void {
    if (packet.nesting >= MAX_TUNNELS) {
      packet.drop(`${this.name} leads into itself`);
      return;
    }
    const remotes = this.fdb.remotesFor(packet.destination, this.#namespace.nowMs);
    if (remotes.length === 0) {
      packet.drop(`${this.name} has no FDB entry for the frame's destination`);
      return;
    }
    const last = remotes.length - 1;
    for (const [index, remote] of remotes.entries()) {
      this.#sendTo(index === last ? packet : packet.clone(), remote);
    }
  }

  /** `vxlan_xmit_one` */
  #sendTo(packet: SocketBuffer, remote: Ip): void {
    const namespace = this.#namespace;
    const { local, vni, port, sourcePorts } = this.settings;
    const inner: EthernetFrame = packet.frame;
    const seed = namespace.kernel.flowHashSeed;
    const { socket } = packet;
    packet.tunnelHash ??=
      socket === undefined ? flowHash(inner, seed) : socketHash(socket.hash, seed);
    const known = namespace.kernel.tunnelSourcePort?.(inner);
    const srcPort = known ?? portFrom(packet.tunnelHash, sourcePorts);
    const tos = this.#service(inner);
    const { mark } = packet;
    const flow = { ...NO_FLOW, tos, protocol: UDP, sourcePort: srcPort, destinationPort: port };
    const route = routeOutput(namespace, { to: remote, from: local, mark, flow });
    if (route.kind === 'error') {
      packet.end('unreachable', `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      return;
    }
    if (route.device === this) {
      packet.drop(`${this.name} leads into itself`);
      return;
    }
    this.#noteRoom(packet, route, remote);
    packet.scrub(false);
    const headers = { tos, dontFragment: this.#forbidsCutting(inner), ...this.#life(inner) };
    const payload = { kind: 'vxlan', vni, inner } as const;
    packet.payload = ipPacket(
      namespace,
      route.source,
      remote,
      { kind: 'udp', srcPort, dstPort: port, ...this.#checksum(remote), payload },
      headers,
    );
    if (packet.payload.kind === 'ipv6') packet.payload.flowLabel = this.settings.flowLabel;
    // What has no ports, nor a socket that speaks for it, is hashed anew when it is wrapped once more.
    if (!hasPorts(inner) && socket === undefined) packet.tunnelHash = undefined;
    const overheadBytes = VXLAN_OVERHEAD_BYTES[familyOf(remote)];
    packet.record?.(
      { kind: 'encapsulate', device: this.name, protocol: 'vxlan', overheadBytes },
      packet.packet,
    );
    packet.input = undefined;
    packet.audience = 'host';
    sendLocal(namespace, packet, route);
  }

  /** Whoever sends packets that do not fit is to make them smaller from then on (`skb_tunnel_check_pmtu`). */
  #noteRoom(packet: SocketBuffer, route: Found, remote: Ip): void {
    if (packet.route === undefined || !packet.isIp) return;
    const room =
      mtuTowards(this.#namespace, route, remote) - VXLAN_OVERHEAD_BYTES[familyOf(remote)];
    if (ipPacketLength(packet.packet) <= room) return;
    learnPathMtu(this.#namespace, { to: packet.packet.dst }, room);
  }

  #service({ payload }: EthernetFrame): number {
    const { tos } = this.settings;
    const carried = payload.kind === 'ipv4' || payload.kind === 'ipv6' ? serviceByte(payload) : 0;
    return outerService(tos === 'inherit' ? carried : tos, carried);
  }

  #life({ payload }: EthernetFrame): { readonly ttl?: number } {
    const { ttl } = this.settings;
    if (ttl !== 'inherit') return ttl === 0 ? {} : { ttl };
    if (payload.kind === 'ipv4') return { ttl: payload.ttl };
    return payload.kind === 'ipv6' ? { ttl: payload.hopLimit } : {};
  }

  #forbidsCutting({ payload }: EthernetFrame): boolean {
    const { df } = this.settings;
    if (df !== 'inherit') return df === 'set';
    return payload.kind === 'ipv6' || (payload.kind === 'ipv4' && payload.dontFragment);
  }

  /** 0 says that there is none. */
  #checksum(remote: Ip): { readonly checksum?: number } {
    const { udpChecksum, noUdpChecksumIpv6 } = this.settings;
    const has = familyOf(remote) === 4 ? udpChecksum : !noUdpChecksumIpv6;
    return has ? {} : { checksum: 0 };
  }

  #receiveOuter(packet: SocketBuffer): void {
    const outer = packet.packet;
    const inner = innerFrame(outer);
    if (inner === undefined) {
      packet.drop('no VXLAN frame');
      return;
    }
    if (inner.src === this.mac) {
      packet.drop(`${this.name} hears its own frame`);
      return;
    }
    if (isMulticastMac(inner.src) || inner.src === 0) {
      packet.drop('a source that is no host');
      return;
    }
    if (this.settings.learning && !this.#learn(inner.src, outer.src)) {
      packet.drop('a host that an entry by hand has elsewhere');
      return;
    }
    if (!carryCongestion(outer, inner)) {
      packet.drop('congestion was noted for a packet that cannot tell of it');
      return;
    }
    packet.scrub(false);
    packet.payload = inner.payload;
    packet.source = inner.src;
    packet.destination = inner.dst;
    packet.record?.(
      { kind: 'decapsulate', device: this.name, protocol: 'vxlan' },
      packet.isIp ? packet.packet : undefined,
    );
    packet.arriveAt(this);
    this.#namespace.kernel.queue.soon(this, packet);
  }

  /** Returns false for what comes from where its sender cannot be (`vxlan_snoop`). */
  #learn(mac: number, remote: Ip): boolean {
    const now = this.#namespace.nowMs;
    const known = this.fdb.get(mac, now);
    if (known !== undefined && known.life !== 'dynamic') return known.remotes[0] === remote;
    this.fdb.set({ mac, remotes: [remote], life: 'dynamic', updatedMs: now });
    return true;
  }
}

/** Returns false for a frame that must not go on. */
function carryCongestion(outer: IpPacket, { payload }: EthernetFrame): boolean {
  if (payload.kind !== 'ipv4' && payload.kind !== 'ipv6') return true;
  const service = innerService(serviceByte(outer), serviceByte(payload));
  if (service === undefined) return false;
  if (payload.kind === 'ipv4') payload.tos = service;
  else payload.trafficClass = service;
  return true;
}

function innerFrame({ payload }: IpPacket): EthernetFrame | undefined {
  if (payload.kind !== 'udp' || payload.payload instanceof Uint8Array) return undefined;
  return payload.payload.inner;
}
