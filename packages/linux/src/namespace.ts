import type { EthernetFrame, Ip, IpPacket, Ipv4, Ipv6 } from '@podpath/net';
import type { Device, FibEntry, SocketBuffer } from './core.ts';
import type { Handshakes } from './devices/wireguard/handshakes.ts';
import { NeighbourTable } from './neighbours/neighbour-table.ts';
import type { Netfilter } from './netfilter/netfilter.ts';
import type { RejectType } from './netfilter/rule.ts';
import type { Recorder } from './recording/recorder.ts';
import { Fib } from './routing/fib.ts';
import { PathMtus } from './routing/known-path-mtus.ts';
import { PrefixLists } from './routing/prefix-lists.ts';
import type { EventQueue } from './simulation/event-queue.ts';
import type { Random } from './simulation/random.ts';
import type { Conversation } from './sockets/conversation.ts';
import { SocketTable } from './sockets/socket-table.ts';
import { type Tunnel, TunnelTable } from './sockets/tunnel-table.ts';
import { Sysctls } from './sysctls.ts';
import { FrameContext } from './walk/frame-context.ts';
import { Reassembly } from './walk/reassembly.ts';
import { RedirectLimit } from './walk/redirect-limit.ts';

/** A tunnel as those see it who have a packet for it, or an error about one of its packets. */
export interface PacketTunnel extends Tunnel {
  carriesPacket(inner: IpPacket): boolean;
  receiveOuter(packet: SocketBuffer): void;
  /** Only those that wrap packets in IPv4 remember errors. */
  noteError?(expired: boolean): void;
}

/** What all namespaces of a network share. */
export interface Kernel {
  readonly queue: EventQueue<SocketBuffer>;
  /** After so many events of one probe there is no end to be expected. */
  readonly maxEvents: number;
  readonly random: Random;
  /** Of netfilter, before `random` is asked. */
  readonly draw: (() => number | undefined) | undefined;
  /** Of the hash that spreads tunnelled flows over source ports: one for the whole machine. */
  readonly flowHashSeed: number;
  readonly handshakes: Handshakes;
  /** Asked before that hash is computed. */
  readonly tunnelSourcePort: ((inner: EthernetFrame) => number | undefined) | undefined;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** Of the probe that is under way. */
  recorder: Recorder | undefined;
  conversation: Conversation | undefined;
  readonly onFlood: ((namespace: string, bridge: string, frame: EthernetFrame) => void) | undefined;
  readonly answers: Answers;
}

/** What is wrong with a packet. */
export interface IcmpErrorKind {
  readonly type: number;
  readonly code: number;
  readonly rest?: number;
  /** Who says so. Default: whom the route to the sender says. */
  readonly from?: Ip;
  /** What is quoted, where the packet itself is not at hand whole. */
  readonly quote?: Uint8Array;
}

/**
 * Packets that the stack makes because of another packet. Called from deep inside the walk, which
 * the answers then walk themselves: hence handed in, not imported.
 */
interface Answers {
  /** An ICMP or ICMPv6 error about a packet, to its sender, where the rules for errors allow one. */
  icmpError(namespace: Namespace, cause: SocketBuffer, error: IcmpErrorKind): void;
  /** What a REJECT rule asks for. */
  reject(namespace: Namespace, cause: SocketBuffer, how: RejectType): void;
}

/** One network namespace: its state. What happens to packets in it stands elsewhere. */
export class Namespace {
  readonly name: string;
  readonly kernel: Kernel;
  readonly devices = new Map<string, Device>();
  readonly sysctls = new Sysctls(this.devices);
  readonly ipv4 = new Fib<Ipv4>(4, () => PrefixLists.ipv4<FibEntry>());
  readonly ipv6 = new Fib<Ipv6>(6, () => PrefixLists.ipv6<FibEntry>());
  readonly neighbours = new NeighbourTable();
  readonly sockets = new SocketTable();
  /** Devices that take packets of IP in IP. */
  readonly tunnels = new TunnelTable<PacketTunnel>();
  readonly reassembly = new Reassembly();
  readonly redirects = new RedirectLimit();
  readonly pathMtus = new PathMtus();
  /** It has a bridge, or once had one. */
  hasHadBridge = false;
  /** Rules at bridges or devices look at frames. */
  looksAtFrames = false;
  /** The frame that rules are looking at. */
  readonly frames = new FrameContext();
  readonly netfilter: Netfilter;
  /** Addresses of its devices, each with the devices that have it. */
  readonly #owners = new Map<Ip, Device[]>();
  #lastIndex = 0;
  #lastPacketId: number;

  constructor(name: string, kernel: Kernel, netfilterOf: (namespace: Namespace) => Netfilter) {
    this.name = name;
    this.kernel = kernel;
    this.#lastPacketId = kernel.random.next32() & 0xffff;
    this.netfilter = netfilterOf(this);
  }

  get nowMs(): number {
    return this.kernel.queue.nowMs;
  }

  /** A host, unlike a router, leaves routes by gateways that do not answer alone (`rt6_check_neigh`). */
  readonly hasDeadGateway = ({ device, gateway }: FibEntry): boolean =>
    device !== undefined &&
    typeof gateway === 'bigint' &&
    this.neighbours.get(device, gateway)?.state === 'failed';

  /** Device indices count up and are not given out again. */
  nextIndex(): number {
    return ++this.#lastIndex;
  }

  nextPacketId(): number {
    this.#lastPacketId = (this.#lastPacketId + 1) & 0xffff;
    return this.#lastPacketId;
  }

  /** Conntrack puts fragments together before anything looks at them; then it is the last piece that goes on. */
  wholeForConntrack(packet: SocketBuffer): SocketBuffer | undefined {
    const family = packet.packet.kind === 'ipv4' ? 4 : 6;
    return this.netfilter.tracks(family) ? this.reassembly.take(packet, this.nowMs) : packet;
  }

  own(address: Ip, device: Device): void {
    const owners = this.#owners.get(address);
    if (owners === undefined) this.#owners.set(address, [device]);
    else owners.push(device);
  }

  disown(address: Ip, device: Device): void {
    const owners = this.#owners.get(address);
    const index = owners?.indexOf(device) ?? -1;
    if (owners === undefined || index < 0) return;
    owners.splice(index, 1);
    if (owners.length === 0) this.#owners.delete(address);
  }

  /** The devices that an address is configured on. */
  ownersOf(address: Ip): readonly Device[] {
    return this.#owners.get(address) ?? [];
  }
}
