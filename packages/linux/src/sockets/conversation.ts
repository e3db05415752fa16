import {
  familyOf,
  type Ip,
  type IpFamily,
  type IpPacket,
  type IpPayload,
  TcpFlag,
  type TcpSegment,
} from '@podpath/net';
import type { Probe } from '../network.ts';
import { IPV6_LOOPBACK, isUnspecified } from '../routing/address-kinds.ts';
import type { Random } from '../simulation/random.ts';
import { sctpInit } from './segments.ts';
import { TcpConnection } from './tcp-connection.ts';

const { RST, SYN } = TcpFlag;
const FIRST_EPHEMERAL_PORT = 32_768;
const LAST_EPHEMERAL_PORT = 60_999;
const PING_BYTES = 56;
const LOOPBACK = 0x7f00_0001;

/** Where a listener took a connection, in its terms: NAT may have changed what the client wrote. */
interface AcceptedAt {
  readonly namespace: string;
  readonly local: Ip;
  readonly localPort: number;
  readonly remote: Ip;
  readonly remotePort: number;
}

/** What the ends of a probe's flow remember from one of its packets to the next. */
export class Conversation {
  readonly probe: Probe;
  readonly localPort: number;
  /** Chosen by the first packet's route. */
  local: Ip | undefined;
  readonly #random: Random;
  readonly #payload: Uint8Array;
  #tcp: TcpConnection | undefined = undefined;
  #accepted: AcceptedAt | undefined = undefined;
  #echoes = 0;
  #hash: number | undefined = undefined;

  constructor(probe: Probe, random: Random) {
    // "Any address" as a destination is this host.
    this.probe = isUnspecified(probe.to) ? { ...probe, to: loopbackLike(probe.to) } : probe;
    this.#payload = new Uint8Array(
      probe.payloadBytes ?? (probe.protocol === 'icmp' ? PING_BYTES : 0),
    );
    this.local = probe.source;
    this.localPort = probe.sourcePort ?? random.between(FIRST_EPHEMERAL_PORT, LAST_EPHEMERAL_PORT);
    this.#random = random;
  }

  get family(): IpFamily {
    return familyOf(this.probe.to);
  }

  /** Drawn once, when it is first asked for. */
  get hash(): number {
    this.#hash ??= this.#random.next32();
    return this.#hash;
  }

  /** What the next packet carries. */
  next(mtuBytes: number | undefined): IpPayload {
    const { protocol, port, payloadBytes } = this.probe;
    switch (protocol) {
      case 'tcp':
        this.#tcp ??= new TcpConnection(
          {
            port: this.localPort,
            remotePort: port,
            family: this.family,
            mtuBytes: mtuBytes ?? 1500,
            payloadBytes,
          },
          this.#random,
        );
        return this.#tcp.next();
      case 'udp':
        return {
          kind: 'udp',
          srcPort: this.localPort,
          dstPort: port,
          payload: this.#payload,
        };
      case 'sctp':
        return sctpInit(this.localPort, port, this.#random.next32());
      case 'icmp': {
        const echo = {
          code: 0,
          rest: this.localPort * 0x1_0000 + (++this.#echoes & 0xffff),
          data: this.#payload,
        };
        return this.family === 4
          ? { kind: 'icmp', type: 8, ...echo }
          : { kind: 'icmpv6', type: 128, ...echo };
      }
    }
  }

  /** The other end has spoken. */
  answered(segment: TcpSegment): void {
    this.#tcp?.answered(segment);
  }

  /** A listener takes the connection. */
  accept(namespace: string, { src, dst }: IpPacket, { srcPort, dstPort }: TcpSegment): void {
    this.#accepted = {
      namespace,
      local: dst,
      localPort: dstPort,
      remote: src,
      remotePort: srcPort,
    };
  }

  /** Whether a segment, no longer the opening one, is of the connection that a listener there took. */
  isAccepted(namespace: string, { src, dst }: IpPacket, segment: TcpSegment): boolean {
    const at = this.#accepted;
    return (
      at !== undefined &&
      at.namespace === namespace &&
      at.local === dst &&
      at.localPort === segment.dstPort &&
      at.remote === src &&
      at.remotePort === segment.srcPort &&
      (segment.flags & (SYN | RST)) === 0
    );
  }
}

const loopbackLike = (any: Ip): Ip => (typeof any === 'number' ? LOOPBACK : IPV6_LOOPBACK);
