import { Device, type SocketBuffer } from '../core.ts';

/** A device that swallows what is sent to it (drivers/net/dummy.c). */
export class Dummy extends Device {
  readonly type = 'dummy';

  override get noArp(): boolean {
    return true;
  }

  hasCarrier(): boolean {
    return this.up;
  }

  protected startTransmit(packet: SocketBuffer): void {
    packet.drop(`swallowed by ${this.name}`);
  }
}
