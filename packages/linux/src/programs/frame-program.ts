import type { EthernetFrame, Ipv4 } from '@podpath/net';
import type { StepDetail } from '../trace.ts';

/**
 * A program that switches frames between devices of one namespace and a VXLAN port or a socket of its own, as an
 * Open vSwitch datapath does between its vports, or a router in user space between its `tun` device and the world.
 */
export interface FrameProgram {
  /**
   * Devices whose frames it gets, and nobody else in the namespace. Of a `tun` device it is the other end: it gets what
   * is sent there, in mode `tun` with Ethernet addresses of zeros, and what it transmits is received there.
   */
  readonly devices: readonly string[];
  /** Its VXLAN port: the name that it has in traces, and the UDP port. Frames of every VNI come to the program. */
  readonly tunnel?: { readonly name: string; readonly port: number };
  receive(frame: ProgramFrame): void;
  /** A UDP socket of the program, to carry frames in a format of its own. */
  readonly datagrams?: {
    readonly name: string;
    readonly port: number;
    receive(datagram: ProgramDatagram): void;
  };
}

/** A datagram for a program. */
export interface ProgramDatagram {
  readonly payload: Uint8Array;
  readonly source: Ipv4;
  readonly destination: Ipv4;
  /** Takes a frame out of it; the trace goes on with the frame. */
  open(frame: EthernetFrame): ProgramFrame;
  drop(reason: string): void;
}

/** The outer side of a tunnelled frame. */
export interface TunnelAddresses {
  readonly vni: number;
  readonly source: Ipv4;
  readonly destination: Ipv4;
}

/** A frame in a program's hands. It may send any number of copies, and says so when it sends none. */
export interface ProgramFrame {
  readonly frame: EthernetFrame;
  readonly from:
    | { readonly kind: 'device'; readonly device: string }
    | ({ readonly kind: 'tunnel' } & TunnelAddresses)
    | { readonly kind: 'datagram' };
  /** Virtual time. */
  readonly nowMs: number;
  /** Sends a copy out of a device. Throws RangeError when the namespace has none of that name. */
  transmit(device: string): void;
  /**
   * Sends a copy through the tunnel port: TOS 0, no UDP checksum, and the source port from the inner flow. Throws
   * RangeError when the program has no tunnel.
   */
  encapsulate(
    tunnel: TunnelAddresses & { readonly ttl: number; readonly dontFragment: boolean },
  ): void;
  /** Sends the program's form of the frame from its UDP socket to the same port elsewhere. */
  sendDatagram(datagram: {
    readonly payload: Uint8Array;
    readonly source: Ipv4;
    readonly destination: Ipv4;
    readonly dontFragment: boolean;
  }): void;
  /** Notes what the program decided. */
  record(step: StepDetail): void;
  drop(reason: string): void;
  /** Drops a copy that was never meant for this place. */
  stray(reason: string): void;
}
