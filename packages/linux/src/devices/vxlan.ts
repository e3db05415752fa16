import {
  type EthernetFrame,
  type Ip,
  type IpFamily,
  type IpPacket,
  isMulticastMac,
} from '@podpath/net';
import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { routeOutput } from '../routing/output-route.ts';
import { ERROR_TEXT } from '../routing/route-error.ts';
import { ipPacket } from '../sockets/ip-packet.ts';
import { sendLocal } from '../walk/output.ts';
import { flowSourcePort, hasPorts } from './flow-hash.ts';
import { VxlanFdb } from './vxlan-fdb.ts';

const AGEING_MS = 300_000;
/** Tunnels that the kernel lets a packet be sent into before it has left the first. */
const MAX_TUNNELS = 4;

/** Outer IP, UDP and VXLAN headers, and the inner Ethernet header: what an MTU shrinks by. */
export const VXLAN_OVERHEAD_BYTES: Record<IpFamily, number> = { 4: 50, 6: 70 };

export interface VxlanSettings {
  readonly vni: number;
  readonly port: number;
  readonly local: Ip | undefined;
  readonly underlay: Device | undefined;
  readonly learning: boolean;
}

/** Carries frames in UDP to where its FDB says (RFC 7348; drivers/net/vxlan/vxlan_core.c). */
export class Vxlan extends Device {
  readonly type = 'vxlan';
  readonly settings: VxlanSettings;
  readonly fdb = new VxlanFdb(AGEING_MS);
  readonly #namespace: Namespace;

  constructor(identity: DeviceIdentity, settings: VxlanSettings, namespace: Namespace) {
    super(identity);
    this.settings = settings;
    this.#namespace = namespace;
  }

  get family(): IpFamily {
    return typeof this.settings.local === 'bigint' ? 6 : 4;
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

  #sendTo(packet: SocketBuffer, remote: Ip): void {
    const namespace = this.#namespace;
    const { local, vni, port } = this.settings;
    const inner: EthernetFrame = packet.frame;
    packet.tunnelPort ??= flowSourcePort(inner, namespace.kernel.flowHashSeed);
    packet.scrub(false);
    const route = routeOutput(namespace, { to: remote, from: local, mark: packet.mark });
    if (route.kind === 'error') {
      packet.end('unreachable', `the tunnel's far end: ${ERROR_TEXT[route.error]}`);
      return;
    }
    packet.payload = ipPacket(
      namespace,
      route.source,
      remote,
      {
        kind: 'udp',
        srcPort: packet.tunnelPort,
        dstPort: port,
        payload: { kind: 'vxlan', vni, inner },
      },
      { dontFragment: false },
    );
    // What has no ports is hashed anew when it is wrapped once more.
    if (!hasPorts(inner)) packet.tunnelPort = undefined;
    packet.record?.(
      {
        kind: 'encapsulate',
        device: this.name,
        protocol: 'vxlan',
        overheadBytes: VXLAN_OVERHEAD_BYTES[typeof remote === 'number' ? 4 : 6],
      },
      packet.packet,
    );
    packet.input = undefined;
    packet.audience = 'host';
    sendLocal(namespace, packet, route);
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
    if (this.settings.learning) this.#learn(inner.src, outer.src);
    packet.scrub(false);
    packet.tunnelPort = undefined;
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

  #learn(mac: number, remote: Ip): void {
    const now = this.#namespace.nowMs;
    const known = this.fdb.get(mac, now);
    if (known?.permanent === true) return;
    this.fdb.set({ mac, remotes: [remote], permanent: false, updatedMs: now });
  }
}

function innerFrame({ payload }: IpPacket): EthernetFrame | undefined {
  if (payload.kind !== 'udp' || payload.payload instanceof Uint8Array) return undefined;
  return payload.payload.inner;
}
