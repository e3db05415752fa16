import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { EventQueue } from '../simulation/event-queue.ts';

/**
 * Its other end is a program: what is sent here the program reads, what the program writes is received here
 * (drivers/net/tun.c). In mode `tun` that is packets, in mode `tap` frames. Without a program it has no carrier.
 */
export class Tun extends Device {
  readonly type = 'tun';
  readonly mode: 'tun' | 'tap';
  readonly #queue: EventQueue<SocketBuffer>;
  #read: ((packet: SocketBuffer) => void) | undefined = undefined;

  constructor(identity: DeviceIdentity, mode: 'tun' | 'tap', queue: EventQueue<SocketBuffer>) {
    super(identity);
    this.mode = mode;
    this.#queue = queue;
  }

  get isOpen(): boolean {
    return this.#read !== undefined;
  }

  /** A program takes hold of the other end, which only one can. */
  open(read: (packet: SocketBuffer) => void): void {
    this.#read = read;
  }

  override get noArp(): boolean {
    return this.mode === 'tun';
  }

  override get isEthernet(): boolean {
    return this.mode === 'tap';
  }

  hasCarrier(): boolean {
    return this.up && this.isOpen;
  }

  /** The program writes (`tun_get_user`). */
  write(packet: SocketBuffer): void {
    if (!this.up) {
      packet.drop(`device ${this.name} is down`);
      return;
    }
    packet.scrub(true);
    if (this.mode === 'tap') {
      packet.arriveAt(this);
    } else {
      if (!packet.isIp) {
        packet.drop(`${this.name} carries nothing but IP`);
        return;
      }
      packet.source = 0;
      packet.destination = 0;
      packet.audience = 'host';
    }
    this.#queue.soon(this, packet);
  }

  protected startTransmit(packet: SocketBuffer): void {
    const read = this.#read;
    // The program gets its turn when whoever sent the packet is done.
    if (read !== undefined) this.#queue.soon({ receive: read }, packet);
  }
}
