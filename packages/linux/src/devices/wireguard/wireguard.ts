import {
  DecodeError,
  decodeIpPacket,
  decodeWireguardData,
  encodeIpPacket,
  encodeWireguardData,
  type Ip,
  type IpPacket,
  ipPacketLength,
  type Prefix,
  WIREGUARD_OVERHEAD_BYTES,
} from '@podpath/net';
import { Device, type DeviceIdentity, type SocketBuffer } from '../../core.ts';
import type { Namespace } from '../../namespace.ts';
import { NO_FLOW } from '../../routing/flow.ts';
import { type OutputRoute, routeOutput } from '../../routing/output-route.ts';
import { ERROR_TEXT } from '../../routing/route-error.ts';
import { ipPacket } from '../../sockets/ip-packet.ts';
import { sendLocal } from '../../walk/output.ts';
import type { WireguardKey } from '../../wireguard-commands.ts';
import { innerService, outerService, serviceByte } from '../congestion.ts';
import { AllowedIps } from './allowed-ips.ts';

/** UDP header, and that of IPv6, which is the larger. */
const OUTER_BYTES = 48;
/** Links have this much where nobody says otherwise. */
const USUAL_MTU_BYTES = 1500;
export const WIREGUARD_MTU_BYTES = USUAL_MTU_BYTES - OUTER_BYTES - WIREGUARD_OVERHEAD_BYTES;

const PADDING_BYTES = 16;
const UDP = 17;
const NO_IPV6_ADDRESS = 1;
const FIRST_PORT = 32_768;
const PORTS = 28_232;

export interface Peer {
  readonly publicKey: WireguardKey;
  presharedKey: WireguardKey | undefined;
  keepaliveSeconds: number | undefined;
  /** Where it last was heard from, or is said to be. */
  endpoint: { readonly address: Ip; readonly port: number } | undefined;
  /** What it last was heard on, to be answered from. */
  heardOn: { readonly address: Ip; readonly device: Device | undefined } | undefined;
  readonly allowedIps: Prefix[];
  /** Of messages to it. */
  counter: bigint;
}

/**
 * Carries IP packets in UDP to the peer that their destination belongs to, and takes from each peer what its sources
 * allow (drivers/net/wireguard). What it sends has the form and the length of WireGuard's data messages, but is not
 * enciphered; handshakes are taken as done, keepalives are not sent, and nothing is replayed.
 */
export class Wireguard extends Device {
  readonly type = 'wireguard';
  readonly peers = new Map<WireguardKey, Peer>();
  readonly allowed = new AllowedIps<Peer>();
  privateKey: WireguardKey | undefined = undefined;
  publicKey: WireguardKey | undefined = undefined;
  fwmark = 0;
  /** 0 until it is first up, where nobody says which. */
  listenPort = 0;
  readonly #namespace: Namespace;

  constructor(identity: DeviceIdentity, namespace: Namespace) {
    super(identity);
    this.#namespace = namespace;
  }

  override get noArp(): boolean {
    return true;
  }

  override get isEthernet(): boolean {
    return false;
  }

  hasCarrier(): boolean {
    return this.up;
  }

  /** `wg_open`. Redirects would give away who stands behind the other peers. */
  override opened(): void {
    this.ipv4.send_redirects = 0;
    this.#namespace.sysctls.ipv4All.send_redirects = 0;
    this.ipv6.addr_gen_mode = NO_IPV6_ADDRESS;
    const { sockets } = this.#namespace;
    if (this.listenPort === 0) this.listenPort = this.#freePort();
    for (const family of [4, 6] as const) {
      sockets.openProgram(family, this.listenPort, (packet) => this.#receiveOuter(packet));
    }
  }

  #freePort(): number {
    const { sockets, kernel } = this.#namespace;
    for (;;) {
      const port = FIRST_PORT + (kernel.random.next32() % PORTS);
      if (!sockets.hasUdp(port)) return port;
    }
  }

  override closed(): void {
    const { sockets } = this.#namespace;
    for (const family of [4, 6] as const) sockets.closeProgram(family, this.listenPort);
  }

  /** Listens elsewhere; 0: wherever there is room. */
  listenOn(port: number): void {
    if (this.up) this.closed();
    this.listenPort = port;
    if (this.up) this.opened();
  }

  /** `wg_xmit` */
  protected startTransmit(packet: SocketBuffer): void {
    const inner = packet.payload;
    if (inner.kind !== 'ipv4' && inner.kind !== 'ipv6') {
      packet.drop(`${this.name} carries nothing but IP`);
      return;
    }
    const peer = this.allowed.peerOf(inner.dst);
    if (peer === undefined) {
      this.#fail(packet, inner, 'Required key not available: no peer has the address');
      return;
    }
    if (peer.endpoint === undefined) {
      this.#fail(packet, inner, 'Destination address required: nobody knows where the peer is');
      return;
    }
    if (this.publicKey === undefined) {
      packet.drop(`${this.name} has no key of its own, and so no session`);
      return;
    }
    const mtuBytes = packet.route?.mtuBytes ?? this.mtuBytes;
    const sealed = padded(inner, mtuBytes);
    const { counter } = peer;
    peer.counter++;
    const receiver = this.#namespace.kernel.handshakes.indexFor(peer.publicKey, this.publicKey);
    const data = encodeWireguardData({ receiver, counter, sealed });
    // What seals packets is another thread: devices that send by way of each other do not nest.
    this.#namespace.kernel.queue.soon(
      { receive: (sent) => this.#sendTo(peer, sent, inner, data) },
      packet,
    );
  }

  #fail(packet: SocketBuffer, inner: IpPacket, reason: string): void {
    packet.end('unreachable', reason);
    const error = inner.kind === 'ipv4' ? { type: 3, code: 1 } : { type: 1, code: 3 };
    this.#namespace.kernel.answers.icmpError(this.#namespace, packet, error);
  }

  /** `wg_socket_send_skb_to_peer` */
  #sendTo(peer: Peer, packet: SocketBuffer, inner: IpPacket, data: Uint8Array): void {
    const { endpoint } = peer;
    if (endpoint === undefined || !this.up) {
      packet.drop(`${this.name} is down`);
      return;
    }
    packet.nesting = 0;
    packet.scrub(true);
    packet.mark = this.fwmark;
    const route = this.#routeTo(peer, endpoint);
    if (route.kind === 'error') {
      packet.end('unreachable', `the peer's endpoint: ${ERROR_TEXT[route.error]}`);
      return;
    }
    packet.payload = ipPacket(
      this.#namespace,
      route.source,
      endpoint.address,
      { kind: 'udp', srcPort: this.listenPort, dstPort: endpoint.port, payload: data },
      { tos: outerService(0, serviceByte(inner)), dontFragment: false },
    );
    const overheadBytes = ipPacketLength(packet.packet) - ipPacketLength(inner);
    packet.record?.(
      { kind: 'encapsulate', device: this.name, protocol: 'wireguard', overheadBytes },
      packet.packet,
    );
    packet.input = undefined;
    packet.audience = 'host';
    sendLocal(this.#namespace, packet, route);
  }

  /** From where it was last heard, as long as that is an own address and the way still is by the same device. */
  #routeTo(peer: Peer, { address: to, port }: NonNullable<Peer['endpoint']>): OutputRoute {
    const flow = {
      ...NO_FLOW,
      protocol: UDP,
      sourcePort: this.listenPort,
      destinationPort: port,
    };
    const key = { to, mark: this.fwmark, flow };
    const from = peer.heardOn?.address;
    if (from === undefined || this.#namespace.ownersOf(from).length === 0) {
      peer.heardOn = undefined;
      return routeOutput(this.#namespace, key);
    }
    const route = routeOutput(this.#namespace, { ...key, from });
    if (typeof to === 'bigint') return route;
    const moved =
      route.kind === 'error'
        ? route.error === 'EINVAL'
        : peer.heardOn?.device !== undefined && route.device !== peer.heardOn.device;
    if (!moved) return route;
    peer.heardOn = undefined;
    return routeOutput(this.#namespace, key);
  }

  /** `wg_packet_consume_data_done` */
  #receiveOuter(packet: SocketBuffer): void {
    const outer = packet.packet;
    const { payload } = outer;
    if (payload.kind !== 'udp' || !(payload.payload instanceof Uint8Array)) {
      packet.drop('no message of WireGuard');
      return;
    }
    const data = decodeWireguardData(payload.payload);
    if (data === undefined) {
      packet.drop('no data message of WireGuard: handshakes are taken as done');
      return;
    }
    const peer = this.#peerAt(data.receiver);
    if (peer === undefined) {
      packet.drop(`${this.name} has no session of this number`);
      return;
    }
    peer.endpoint = { address: outer.src, port: payload.srcPort };
    peer.heardOn = { address: outer.dst, device: packet.input };
    const inner = innerPacket(data.sealed);
    if (inner === undefined) {
      packet.drop(`${this.name} got no IP packet`);
      return;
    }
    const service = innerService(serviceByte(outer), serviceByte(inner));
    if (service !== undefined) {
      if (inner.kind === 'ipv4') inner.tos = service;
      else inner.trafficClass = service;
    }
    if (this.allowed.peerOf(inner.src) !== peer) {
      packet.drop('a source that the peer is not allowed to have');
      return;
    }
    packet.scrub(true);
    packet.payload = inner;
    packet.source = 0;
    packet.destination = 0;
    packet.audience = 'host';
    packet.record?.({ kind: 'decapsulate', device: this.name, protocol: 'wireguard' }, inner);
    this.#namespace.kernel.queue.soon(this, packet);
  }

  #peerAt(index: number): Peer | undefined {
    if (this.publicKey === undefined) return undefined;
    const sender = this.#namespace.kernel.handshakes.senderAt(index, this.publicKey);
    return sender === undefined ? undefined : this.peers.get(sender);
  }
}

/** To a multiple of 16 bytes, but no further than the MTU (`calculate_skb_padding`). */
function padded(inner: IpPacket, mtuBytes: number): Uint8Array {
  const bytes = encodeIpPacket(inner);
  const last = bytes.length > mtuBytes ? bytes.length % mtuBytes : bytes.length;
  const wanted = Math.min(mtuBytes, Math.ceil(last / PADDING_BYTES) * PADDING_BYTES);
  const sealed = new Uint8Array(bytes.length + wanted - last);
  sealed.set(bytes);
  return sealed;
}

function innerPacket(sealed: Uint8Array): IpPacket | undefined {
  try {
    return decodeIpPacket(sealed);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
