import type { EthernetFrame, Ip, IpFamily, Mac } from '@podpath/net';
import type { FdbLife, Program, RouteSpec } from './commands.ts';
import type { DeviceType } from './device-type.ts';
import type { Netfilter } from './netfilter/netfilter.ts';
import type { FrameProgram } from './programs/frame-program.ts';
import type { PacketTrace } from './trace.ts';

/** A set of emulated network namespaces joined by veth pairs, with one virtual clock. */
export interface Network {
  addNamespace(name: string): NamespaceView;
  hasNamespace(name: string): boolean;
  /** Throws when there is none of that name. */
  namespace(name: string): NamespaceView;
  namespaceNames(): readonly string[];
  /** Deletes a namespace and with it the devices in it and their veth peers. */
  deleteNamespace(name: string): void;
  /**
   * Carries out the commands in order. Throws `CommandError`, which names the command as text and
   * the errno, at the first that the kernel would refuse; the ones before it stay done, as on a real machine.
   */
  apply(program: Program): void;
  /** Opens a listening socket. Idempotent. ICMP echo is always answered. */
  listen(namespace: string, protocol: 'tcp' | 'udp' | 'sctp', port: number): void;
  /**
   * Gives a program the frames of some devices and of a VXLAN port, for as long as the network lives.
   * Throws RangeError for a device that does not exist or that a bridge or another program has.
   */
  attachProgram(namespace: string, program: FrameProgram): void;
  /** Sends what a program's socket would send and runs the network until nothing moves. */
  send(probe: Probe, options?: SendOptions): PacketTrace;
  /**
   * Sends a frame out of a device as a packet socket does, past every rule and route, and runs the network until nothing
   * moves. Throws RangeError when the namespace has no such device.
   */
  transmit(
    namespace: string,
    device: string,
    frame: EthernetFrame,
    options?: SendOptions,
  ): PacketTrace;
  /**
   * Opens a flow, whose packets are sent one at a time, each until nothing moves. Throws RangeError for SCTP, of which
   * only the first packet is emulated.
   */
  open(probe: Probe): PacketFlow;
  /** Moves the virtual clock: conntrack entries, neighbours and FDB entries age. */
  advance(ms: number): void;
  readonly nowMs: number;
}

export interface NetworkOptions {
  /** Seed of every random draw (port selection, `statistic`, VXLAN source ports). Default 1. */
  readonly seed?: number;
  /**
   * Asked first whenever netfilter draws 32 bits (`statistic`, a masqueraded port): to repeat what another kernel drew.
   * `undefined` leaves it to the seed.
   */
  readonly draw?: () => number | undefined;
  /** UDP source port of a tunnelled frame, to repeat another kernel's hash; `undefined` leaves it to the seed. */
  readonly tunnelSourcePort?: (inner: EthernetFrame) => number | undefined;
  /**
   * Called when a bridge is about to flood a frame, before it does: the place to bring to life a
   * node that nobody has asked for yet.
   */
  readonly onFlood?: (namespace: string, bridge: string, frame: EthernetFrame) => void;
  /** How many steps of frames one probe may set off before it counts as looped. Default 100,000. */
  readonly maxEvents?: number;
}

/** A first packet that a process sends: a TCP SYN, a UDP datagram, an SCTP INIT, an ICMP echo request. */
export interface Probe {
  readonly namespace: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly to: Ip;
  /** Destination port; 0 for ICMP. */
  readonly port: number;
  /** Drawn from 32768–60999 when absent. For ICMP, the identifier. */
  readonly sourcePort?: number;
  /** Bound source address; chosen by the route when absent. */
  readonly source?: Ip;
  /** Default 64. */
  readonly ttl?: number;
  /** Type of service or traffic class. Default 0. */
  readonly tos?: number;
  /** Bytes after the transport header. Default 0 (56 for ICMP). */
  readonly payloadBytes?: number;
  readonly dontFragment?: boolean;
  /** User and group of the process. Default root, 0 and 0. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** A flow's own socket. */
export interface PacketFlow {
  /**
   * Sends the next packet: first what `Network.send` would, then the next datagram or echo request, or data on the TCP
   * connection (a byte of it, when the probe does not say). An unanswered TCP segment is sent again.
   */
  send(options?: SendOptions): PacketTrace;
}

export interface SendOptions {
  /** Record hops and steps. Default true; without it only outcome and reason are filled in. */
  readonly trace?: boolean;
  /** Record frames on devices. Default false. */
  readonly capture?: boolean;
}

/** A look inside one namespace. Nothing here changes it. */
export interface NamespaceView {
  readonly name: string;
  readonly netfilter: Netfilter;
  devices(): readonly DeviceView[];
  /** The FIB's decision for a packet that this namespace would send or forward. */
  route(to: Ip, options?: { from?: Ip; inDevice?: string; mark?: number }): RouteDecision;
  routes(family: IpFamily, table?: number): readonly RouteSpec[];
  neighbours(): readonly NeighbourView[];
  fdb(): readonly FdbView[];
  sysctl(key: string): number | undefined;
  /** As `wg show all dump` prints it; what is not known of a peer is 0. */
  wgDump(): string;
  /**
   * What the collecting script would write of it: texts by the names of files, as iproute2 6.1 and the other tools print
   * them. Loaded again they make the same namespace, but for what passes with time: learned entries are as new, and
   * connections, limits and programs are not taken up again. Fields that nothing here depends on are left out, or the
   * kernel's usual ones; docs/snapshots.md lists them.
   */
  snapshotFiles(): ReadonlyMap<string, string>;
  /** As `ip route show table …` prints it. */
  ipRoute(family: IpFamily, table?: number): string;
}

export interface DeviceView {
  readonly name: string;
  readonly type: DeviceType;
  readonly mac: Mac;
  readonly mtuBytes: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly master?: string;
  readonly peer?: { readonly namespace: string; readonly device: string };
  readonly addresses: readonly { readonly address: Ip; readonly length: number }[];
}

export type RouteDecision =
  | {
      readonly kind: 'route';
      readonly table: number;
      readonly route: RouteSpec;
      readonly device: string;
      readonly via?: Ip;
      readonly source?: Ip;
      /** What routers on the way have told of their MTUs, for what the namespace sends itself. */
      readonly pathMtu?: { readonly mtuBytes: number; readonly expiresMs: number };
    }
  | {
      readonly kind: 'local';
      readonly table: number;
      readonly route: RouteSpec;
      readonly device: string;
    }
  | {
      readonly kind: 'error';
      readonly error: 'EINVAL' | 'EHOSTUNREACH' | 'EACCES' | 'ENETUNREACH';
      readonly route?: RouteSpec;
    };

export interface NeighbourView {
  readonly device: string;
  readonly address: Ip;
  readonly mac?: Mac;
  readonly state: 'permanent' | 'noarp' | 'reachable' | 'stale' | 'incomplete' | 'failed';
}

export interface FdbView {
  readonly device: string;
  readonly mac: Mac;
  readonly dst?: Ip;
  readonly life: FdbLife;
}
