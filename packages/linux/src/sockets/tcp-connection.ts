import { type IpFamily, TcpFlag, type TcpSegment } from '@podpath/net';
import type { Random } from '../simulation/random.ts';
import { tcpData, tcpOptions, tcpSyn, timestampOption } from './segments.ts';

const { ACK, RST, SYN } = TcpFlag;

interface Ends {
  readonly port: number;
  readonly remotePort: number;
  readonly family: IpFamily;
  /** Of the way's first link: what the segment size offered follows from. */
  readonly mtuBytes: number;
  /** In each segment. Absent: none in the SYN, one byte in those after it. */
  readonly payloadBytes: number | undefined;
}

/**
 * The client's end of a TCP connection: asks for it until it is given, then sends data, each time what is not
 * acknowledged yet (RFC 9293, 3.10). After a reset it asks anew.
 */
export class TcpConnection {
  readonly #ends: Ends;
  readonly #timestamp: number;
  readonly #first: number;
  readonly #options: Uint8Array;
  readonly #timestampOption: Uint8Array;
  readonly #synData: Uint8Array;
  readonly #data: Uint8Array;
  #sequence = 0;
  /** What the other end is acknowledged up to; `undefined` before it gave the connection. */
  #received: number | undefined = undefined;

  constructor(ends: Ends, random: Random) {
    this.#ends = ends;
    this.#timestamp = random.next32();
    this.#first = random.next32();
    this.#options = tcpOptions(ends.mtuBytes, ends.family, this.#timestamp);
    this.#timestampOption = timestampOption(this.#timestamp);
    this.#synData = new Uint8Array(ends.payloadBytes ?? 0);
    this.#data = new Uint8Array(ends.payloadBytes ?? 1);
  }

  next(): TcpSegment {
    const { port, remotePort } = this.#ends;
    if (this.#received === undefined) {
      const syn = tcpSyn(port, remotePort, this.#first, this.#options);
      return { ...syn, data: this.#synData };
    }
    return tcpData(port, remotePort, {
      sequence: this.#sequence,
      acknowledgement: this.#received,
      options: this.#timestampOption,
      data: this.#data,
    });
  }

  answered({ flags, sequence, acknowledgement }: TcpSegment): void {
    if ((flags & RST) !== 0) {
      this.#received = undefined;
    } else if ((flags & (SYN | ACK)) === (SYN | ACK)) {
      this.#received = (sequence + 1) >>> 0;
      this.#sequence = acknowledgement;
    } else if ((flags & ACK) !== 0) {
      this.#sequence = acknowledgement;
    }
  }
}
