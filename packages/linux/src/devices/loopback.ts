import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { EventQueue } from '../simulation/event-queue.ts';

/** `lo`: packets come back as they went, connection, mark and route included (drivers/net/loopback.c). */
export class Loopback extends Device {
  readonly type = 'lo';
  readonly #queue: EventQueue<SocketBuffer>;

  constructor(identity: DeviceIdentity, queue: EventQueue<SocketBuffer>) {
    super(identity);
    this.#queue = queue;
  }

  override get noArp(): boolean {
    return true;
  }

  hasCarrier(): boolean {
    return true;
  }

  protected startTransmit(packet: SocketBuffer): void {
    this.#queue.soon(this, packet);
  }
}
