import type { ArpPacket, IpPacket, Mac } from '@podpath/net';
import type { StepDetail } from '../trace.ts';
import type { ConntrackAttachment } from './conntrack.ts';

/** Numbers of the user and group of a process. */
export interface SocketOwner {
  readonly uid: number;
  readonly gid: number;
}

/** What rules of tables that look at frames read beside the packet in them. */
export interface LinkLayer {
  /** The frame carries IP: only then is the packet of the context its own. */
  readonly isIp: boolean;
  readonly arp: ArpPacket | undefined;
  /** Rules may read the Ethernet header, and what type it names: of a tagged frame, the tag's. */
  readonly hasHeader: boolean;
  readonly etherType: number;
  /** What the frame carries, behind its tag. */
  readonly protocol: number;
  /** The VLAN tag's priority and number, as its 16 bits; -1 when there is none. */
  readonly tag: number;
  /** As rule counters count it at this hook. */
  readonly lengthBytes: number;
  /** Bridges whose ports the frame comes in and goes out by; empty where there is none. */
  readonly bridgeIn: string;
  readonly bridgeOut: string;
  /** Sends a copy out of a device. */
  duplicate(device: string): void;
  /** Sends the frame itself out of a device; it ends here. */
  divert(device: string): void;
}

/** A packet on its way through one namespace: the fields of an sk_buff that netfilter reads and writes. */
export interface PacketContext {
  packet: IpPacket;
  mark: number;
  /** Set at the conntrack hook, cleared when the packet changes namespace. */
  conntrack: ConntrackAttachment | undefined;
  /** Device it came in by; `undefined` when it was sent here. */
  inDevice: string | undefined;
  outDevice: string | undefined;
  /** Bridge ports, when the bridge's netfilter hooks are running or have run. */
  physicalIn: string | undefined;
  physicalOut: string | undefined;
  /** True while the packet is being bridged, not routed. */
  bridged: boolean;
  /** The process whose socket sent it; `kernel` for a socket of the kernel's own; absent: no socket here did. */
  readonly owner?: SocketOwner | 'kernel' | undefined;
  /** Link-layer addresses that it came with, and how they addressed it; absent: none, and to this host. */
  readonly source?: Mac;
  readonly destination?: Mac;
  readonly audience?: 'host' | 'broadcast' | 'multicast' | 'otherhost';
  /** There while a table of the bridge or netdev family has the frame. */
  readonly link?: LinkLayer;
  /** Set at OUTPUT when something that decides on its route has changed. */
  reroute?: boolean;
  /** Absent when nobody is watching: then nothing is recorded and nothing allocated for it. */
  record: ((step: StepDetail, packet: IpPacket | undefined) => void) | undefined;
}
