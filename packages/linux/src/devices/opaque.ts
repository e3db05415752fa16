import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';

/** A device of a type that is not emulated: a packet that reaches it comes to no known end. */
export class Opaque extends Device {
  readonly type = 'opaque';
  /** The type, for people. */
  readonly what: string;

  constructor(identity: DeviceIdentity, what: string) {
    super(identity);
    this.what = what;
  }

  /** Whatever it resolves neighbours by, it is not ARP as known here. */
  override get noArp(): boolean {
    return true;
  }

  hasCarrier(): boolean {
    return this.up;
  }

  /** Takes what one of its members received. */
  takeFrom(member: Device, packet: SocketBuffer): void {
    this.#end(packet, `${member.name} belongs to ${this.name}, which`);
  }

  protected startTransmit(packet: SocketBuffer): void {
    this.#end(packet, this.name);
  }

  #end(packet: SocketBuffer, subject: string): void {
    packet.end(
      'undecided',
      `${subject} is of type ${this.what}, a device that podpath does not emulate`,
    );
  }
}
