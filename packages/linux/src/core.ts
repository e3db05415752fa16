import {
  BROADCAST_MAC,
  clonePacket,
  type EthernetFrame,
  frameLength,
  type Ip,
  type IpPacket,
  type Ipv4,
  isMulticastMac,
  type Mac,
  type Prefix,
} from '@podpath/net';
import type { RouteType } from './commands.ts';
import type { DeviceType } from './device-type.ts';
import type { DeviceAddress } from './devices/device-address.ts';
import type { ConntrackAttachment } from './netfilter/conntrack.ts';
import type { PacketContext, SocketOwner } from './netfilter/packet-context.ts';
import type { Leg, Recorder } from './recording/recorder.ts';
import type { Trail } from './recording/trail.ts';
import type { Ipv4Conf, Ipv6Conf } from './sysctl-defaults.ts';
import type { Outcome, Step, StepDetail } from './trace.ts';

// A packet knows its devices and its route, a route its device, and a device sends packets: no two files could hold them.

/** How the link layer addressed a frame, as seen by the device that received it (`skb->pkt_type`). */
export type FrameAudience = 'host' | 'broadcast' | 'multicast' | 'otherhost';

/** More device crossings than this, and the packet is going round in circles. */
const MAX_CROSSINGS = 512;
/** As many devices as the kernel lets send at once, each by way of the next (`XMIT_RECURSION_LIMIT`). */
const MAX_NESTING = 8;
/** RFC 8200, 5. */
export const MIN_IPV6_MTU_BYTES = 1280;

/** What a bridge's netfilter hooks note down about a frame (`struct nf_bridge_info`). */
export interface BridgeNote {
  readonly physicalIn: Device;
  physicalOut: Device | undefined;
  /** PREROUTING has run on the bridge: it does not run again when the packet is routed. */
  preroutingDone: boolean;
  /** Translated to a neighbour on the same bridge: its frame is finished as if it had been bridged. */
  translated: boolean;
  originalSource: Mac;
  /** Where NAT on the bridge sends it instead, off the bridge. */
  exit?: Device | undefined;
}

/** A packet on its way through the stack: what the kernel keeps in an `sk_buff`. */
export class SocketBuffer implements PacketContext {
  payload: EthernetFrame['payload'];
  source: Mac = 0;
  destination: Mac = 0;
  audience: FrameAudience = 'host';
  mark = 0;
  conntrack: ConntrackAttachment | undefined = undefined;
  input: Device | undefined = undefined;
  output: Device | undefined = undefined;
  bridge: BridgeNote | undefined = undefined;
  bridged = false;
  route: FibEntry | undefined = undefined;
  forwarded = false;
  reroute = false;
  /** Being sent by the kernel's ICMP socket of this family, which cannot send another message about it meanwhile. */
  icmpSocket: 'icmp' | 'icmpv6' | undefined = undefined;
  /** Whose socket it came from, as long as it is on this host. */
  owner: SocketOwner | 'kernel' | undefined = undefined;
  crossings = 0;
  /** Devices that are about to send it, one by way of the other. */
  nesting = 0;
  /** What tunnels draw its source port from: a packet keeps the hash of its flow, however often it is wrapped. */
  tunnelHash: number | undefined = undefined;
  /** The connected socket that sent it: flows of two sockets are hashed apart (`sk_set_txhash`). */
  socket: { readonly hash: number } | undefined = undefined;
  /** Of a packet put together on its way: the length of its largest fragment, which it leaves in again. */
  largestFragment: number | undefined = undefined;
  /** Of the same, the bytes of each fragment's payload. */
  fragmentBytes: readonly number[] | undefined = undefined;
  /** Of a packet from a socket: the size of the pieces that it would be built in, for a route that may no longer be its own. */
  socketPieceBytes: number | undefined = undefined;
  /** From a socket that lets its packets be cut although they forbid it (`ignore_df`). */
  cutAnyway = false;
  /** The device that did not take it, and says so (`NET_XMIT_DROP`). */
  refusedBy: Device | undefined = undefined;
  namespace: string;
  record: PacketContext['record'] = undefined;
  readonly recorder: Recorder | undefined;
  readonly leg: Leg | undefined;
  #trail: Trail | undefined = undefined;

  /** Without a leg nothing but captures is recorded of it. */
  constructor(
    payload: EthernetFrame['payload'],
    namespace: string,
    recorder: Recorder | undefined,
    leg: Leg | undefined,
  ) {
    this.payload = payload;
    this.namespace = namespace;
    this.recorder = recorder;
    this.leg = leg;
    if (leg !== undefined && recorder?.tracing === true) {
      this.record = (step, packet) => this.#append(step, packet);
    }
  }

  get isIp(): boolean {
    const { kind } = this.payload;
    return kind === 'ipv4' || kind === 'ipv6';
  }

  get packet(): IpPacket {
    const { payload } = this;
    if (payload.kind === 'ipv4' || payload.kind === 'ipv6') return payload;
    throw new Error(`a frame with ${payload.kind} has no IP packet`);
  }

  set packet(packet: IpPacket) {
    this.payload = packet;
  }

  get inDevice(): string | undefined {
    return this.input?.name;
  }

  get outDevice(): string | undefined {
    return this.output?.name;
  }

  get physicalIn(): string | undefined {
    return this.bridge?.physicalIn.name;
  }

  get physicalOut(): string | undefined {
    return this.bridge?.physicalOut?.name;
  }

  get frame(): EthernetFrame {
    return { dst: this.destination, src: this.source, payload: this.payload };
  }

  /** Length with the Ethernet header, without padding. */
  get frameBytes(): number {
    return frameLength(this);
  }

  /** A copy that goes its own way; connection and steps so far are shared. */
  clone(): SocketBuffer {
    const { payload } = this;
    const copied =
      payload.kind === 'ipv4' || payload.kind === 'ipv6'
        ? clonePacket(payload)
        : payload.kind === 'arp'
          ? { ...payload }
          : payload;
    return this.withPayload(copied);
  }

  /** A packet with other contents that is, for the trace and for netfilter, the same. */
  withPayload(payload: EthernetFrame['payload']): SocketBuffer {
    const copy = new SocketBuffer(payload, this.namespace, this.recorder, this.leg);
    copy.source = this.source;
    copy.destination = this.destination;
    copy.audience = this.audience;
    copy.mark = this.mark;
    copy.conntrack = this.conntrack;
    copy.input = this.input;
    copy.output = this.output;
    copy.bridge = this.bridge === undefined ? undefined : { ...this.bridge };
    copy.bridged = this.bridged;
    copy.route = this.route;
    copy.forwarded = this.forwarded;
    copy.icmpSocket = this.icmpSocket;
    copy.owner = this.owner;
    copy.crossings = this.crossings;
    copy.nesting = this.nesting;
    copy.tunnelHash = this.tunnelHash;
    copy.socket = this.socket;
    copy.largestFragment = this.largestFragment;
    copy.fragmentBytes = this.fragmentBytes;
    copy.socketPieceBytes = this.socketPieceBytes;
    copy.cutAnyway = this.cutAnyway;
    copy.#trail = this.#trail;
    return copy;
  }

  /** Forgets what does not outlive the passage to another namespace (`skb_scrub_packet`). */
  scrub(crossesNamespaces: boolean): void {
    this.conntrack = undefined;
    this.bridge = undefined;
    this.bridged = false;
    this.route = undefined;
    this.output = undefined;
    this.forwarded = false;
    this.largestFragment = undefined;
    this.fragmentBytes = undefined;
    this.cutAnyway = false;
    if (crossesNamespaces) {
      this.mark = 0;
      this.owner = undefined;
    }
  }

  /** Notes how the frame is addressed, for the device that is about to receive it (`eth_type_trans`). */
  arriveAt(device: Device): void {
    const { destination } = this;
    this.audience =
      destination === device.mac
        ? 'host'
        : destination === BROADCAST_MAC
          ? 'broadcast'
          : isMulticastMac(destination)
            ? 'multicast'
            : 'otherhost';
  }

  /** Seen by the taps of a device, and noted in the trace. */
  pass(device: Device, direction: 'in' | 'out'): void {
    const { recorder } = this;
    if (recorder?.capturing === true) {
      recorder.capture(device.namespace, device.name, direction, this.frame);
    }
    if (this.record === undefined) return;
    const frame = { ...this.frame, payload: this.clone().payload };
    const kind = direction === 'in' ? 'receive' : 'transmit';
    this.record({ kind, device: device.name, frame }, undefined);
  }

  end(outcome: Exclude<Outcome, 'delivered'>, reason: string): void {
    if (this.leg === undefined) {
      if (outcome === 'undecided') this.recorder?.obscure(reason);
      return;
    }
    this.record?.({ kind: 'end', outcome, reason }, undefined);
    this.recorder?.end(this.leg, outcome, reason, this.#trail);
  }

  drop(reason: string): void {
    this.end('dropped', reason);
  }

  /** A copy that was never meant for this place. */
  stray(reason: string): void {
    if (this.leg === undefined) return;
    this.record?.({ kind: 'end', outcome: 'dropped', reason }, undefined);
    this.recorder?.end(this.leg, 'dropped', reason, this.#trail, true);
  }

  /** The socket's name is for the trace alone: it is not made up for nothing. */
  deliver(socket: () => string, reason: string): void {
    if (this.leg === undefined) return;
    this.record?.({ kind: 'deliver', socket: socket() }, this.packet);
    this.recorder?.end(this.leg, 'delivered', reason, this.#trail);
  }

  #append(detail: StepDetail, packet: IpPacket | undefined): void {
    const step: Step = packet === undefined ? detail : { ...detail, packet: clonePacket(packet) };
    this.#trail = { namespace: this.namespace, step, previous: this.#trail };
  }
}

/** A network device. What differs from type to type is where a transmitted packet goes. */
export abstract class Device {
  abstract readonly type: DeviceType;
  readonly namespace: string;
  readonly name: string;
  readonly index: number;
  mac: Mac;
  mtuBytes: number;
  up = false;
  carrier = false;
  /** Bridge that it is a port of. */
  master: Device | undefined = undefined;
  /** Takes received frames in place of the IP layer: set on ports of a bridge (`rx_handler`). */
  portInput: ((packet: SocketBuffer) => void) | undefined = undefined;
  /** Hands a received frame to the namespace's stack, once everything ahead of it has moved. */
  receive: (packet: SocketBuffer) => void = () => {};
  /** Whether rules at the device let a frame go; else they have ended it. Absent: there are none. */
  egress: ((packet: SocketBuffer) => boolean) | undefined = undefined;
  readonly addresses: DeviceAddress[] = [];
  readonly ipv4: Ipv4Conf;
  readonly ipv6: Ipv6Conf;

  constructor(identity: DeviceIdentity) {
    this.namespace = identity.namespace;
    this.name = identity.name;
    this.index = identity.index;
    this.mac = identity.mac;
    this.mtuBytes = identity.mtuBytes;
    this.ipv4 = identity.ipv4;
    this.ipv6 = identity.ipv6;
  }

  /** Neighbours need no resolution: there is only one place a frame can go. */
  get noArp(): boolean {
    return false;
  }

  /** Its frames have Ethernet addresses, and it has one. */
  get isEthernet(): boolean {
    return true;
  }

  /** What its IPv6 link-local address is made from. */
  get interfaceMac(): Mac {
    return this.mac;
  }

  /** Of a tunnel whose IPv6 link-local address is made from IPv4 addresses: its ends. */
  get ipv4Ends():
    | { readonly local: Ipv4 | undefined; readonly remote: Ipv4 | undefined }
    | undefined {
    return undefined;
  }

  /** IPv6 neither runs where it is switched off, nor where its smallest packets do not fit. */
  get hasIpv6(): boolean {
    return this.ipv6.disable_ipv6 === 0 && this.mtuBytes >= MIN_IPV6_MTU_BYTES;
  }

  /** It has come up, or gone down. */
  opened(): void {}
  closed(): void {}

  /** What `carrier` should be, given the state of this device and of those it depends on. */
  abstract hasCarrier(): boolean;

  /** Sends a complete frame out of this device (`dev_queue_xmit`). */
  transmit(packet: SocketBuffer): void {
    if (this.egress?.(packet) === false) return;
    if (!this.up) {
      packet.drop(`device ${this.name} is down`);
      return;
    }
    // Nothing is queued for a cable that leads nowhere (`noop_qdisc`): taps do not see it either.
    if (!this.carrier) {
      packet.drop(`device ${this.name} has no carrier`);
      return;
    }
    if (++packet.crossings > MAX_CROSSINGS) {
      packet.end('looped', `crossed ${MAX_CROSSINGS} devices and is still moving`);
      return;
    }
    const { nesting } = packet;
    if (nesting > MAX_NESTING) {
      packet.drop(`dead loop on virtual device ${this.name}`);
      return;
    }
    if (this.type !== 'lo') packet.pass(this, 'out');
    packet.nesting = nesting + 1;
    this.startTransmit(packet);
    packet.nesting = nesting;
  }

  protected abstract startTransmit(packet: SocketBuffer): void;
}

/** What every device is born with. */
export interface DeviceIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly index: number;
  readonly mac: Mac;
  readonly mtuBytes: number;
  readonly ipv4: Ipv4Conf;
  readonly ipv6: Ipv6Conf;
}

/** A route in a FIB table. */
export interface FibEntry {
  readonly table: number;
  readonly prefix: Prefix;
  /** IPv6 has routes for groups and for routers in general, which no command makes. */
  readonly type: RouteType | 'multicast' | 'anycast';
  /** Kernel number: 0 global, 253 link, 254 host. */
  readonly scope: number;
  /** Absent for routes that go nowhere (blackhole, unreachable, prohibit, throw). */
  readonly device: Device | undefined;
  readonly gateway: Ip | undefined;
  readonly onlink: boolean;
  /** How far away the next hop is: 255 this host, 254 a neighbour, 253 behind a gateway. */
  readonly nexthopScope: number;
  /** Taken away from IPv6 routes when the address goes. */
  source: Ip | undefined;
  readonly metric: number;
  /** Type of service that a packet must have; none is demanded where it is absent. */
  readonly tos?: number;
  readonly protocol: string;
  readonly mtuBytes: number | undefined;
  /** Of a route with several next hops: the route by each. What stands above is then the first one's. */
  readonly paths?: readonly RoutePath[];
}

/** One next hop of several. */
export interface RoutePath {
  readonly entry: FibEntry;
  /** Share of the flows that take it, 1 to 256, relative to the others'. */
  readonly weight: number;
  /** Its device has gone down; it is passed over until that comes up again. */
  dead: boolean;
}
