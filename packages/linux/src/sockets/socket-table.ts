import type { Ip, IpFamily } from '@podpath/net';
import type { SocketBuffer } from '../core.ts';

export type SocketProtocol = 'tcp' | 'udp' | 'sctp' | 'icmp';

/** The socket that a probe was sent from: it takes answers that come from where the probe went. */
export interface Asker {
  readonly protocol: SocketProtocol;
  readonly local: Ip;
  /** Neither bound nor connected, as those that ping are: what is for another own address is for it too. */
  readonly anyLocal: boolean;
  readonly localPort: number;
  readonly remote: Ip;
  readonly remotePort: number;
}

/** Opens a tunnel port for every network identifier that no other device there has. */
export const ANY_VNI = -1;

/** Takes a datagram that arrived at its port. */
export type DatagramReceiver = (packet: SocketBuffer) => void;

/** Sockets of one namespace. */
export class SocketTable {
  readonly #listening = new Set<number>();
  /** Kernel sockets of tunnel devices, by family and UDP port; each is shared by devices of different identifiers. */
  readonly #tunnels = new Map<number, Map<number, DatagramReceiver>>();
  /** Sockets of programs and of WireGuard, by family and UDP port. */
  readonly #programs = new Map<number, DatagramReceiver>();
  asker: Asker | undefined;

  listen(protocol: SocketProtocol, port: number): void {
    this.#listening.add(portKey(PROTOCOL_INDEX[protocol], port));
  }

  isListening(protocol: SocketProtocol, port: number): boolean {
    return this.#listening.has(portKey(PROTOCOL_INDEX[protocol], port));
  }

  /** Ports that somebody listens on, in ascending order. */
  listeningOn(protocol: SocketProtocol): readonly number[] {
    const first = portKey(PROTOCOL_INDEX[protocol], 0);
    return [...this.#listening]
      .map((key) => key - first)
      .filter((port) => port >= 0 && port < PORTS)
      .sort((a, b) => a - b);
  }

  openProgram(family: IpFamily, port: number, receive: DatagramReceiver): void {
    this.#programs.set(portKey(family, port), receive);
  }

  closeProgram(family: IpFamily, port: number): void {
    this.#programs.delete(portKey(family, port));
  }

  /** Whether anybody has a UDP port, in either family. */
  hasUdp(port: number): boolean {
    const keys = [portKey(4, port), portKey(6, port)];
    return (
      this.isListening('udp', port) ||
      keys.some((key) => this.#programs.has(key) || this.#tunnels.has(key))
    );
  }

  /** The program that has a UDP port open. */
  program(family: IpFamily, port: number): DatagramReceiver | undefined {
    return this.#programs.size > 0 ? this.#programs.get(portKey(family, port)) : undefined;
  }

  openTunnel(family: IpFamily, port: number, vni: number, receive: DatagramReceiver): void {
    const key = portKey(family, port);
    const sharing = this.#tunnels.get(key);
    if (sharing === undefined) this.#tunnels.set(key, new Map([[vni, receive]]));
    else sharing.set(vni, receive);
  }

  closeTunnel(family: IpFamily, port: number, vni: number): void {
    const key = portKey(family, port);
    const sharing = this.#tunnels.get(key);
    sharing?.delete(vni);
    if (sharing?.size === 0) this.#tunnels.delete(key);
  }

  /** Receivers of a tunnel port by network identifier; `undefined` when no tunnel has the port open. */
  tunnels(family: IpFamily, port: number): ReadonlyMap<number, DatagramReceiver> | undefined {
    if (this.#tunnels.size === 0) return undefined;
    return this.#tunnels.get(portKey(family, port));
  }
}

const PROTOCOL_INDEX: Readonly<Record<SocketProtocol, number>> = {
  tcp: 0,
  udp: 1,
  sctp: 2,
  icmp: 3,
};

const PORTS = 0x1_0000;

/** A port among several kinds of ports, in one number. */
const portKey = (kind: number, port: number): number => kind * PORTS + port;
