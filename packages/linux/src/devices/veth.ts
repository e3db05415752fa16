import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { EventQueue } from '../simulation/event-queue.ts';

/** Room for a link layer header and a VLAN tag on top of the MTU (`is_skb_forwardable`). */
const HEADROOM_BYTES = 18;

/** One end of a virtual cable: what is sent here is received there (drivers/net/veth.c). */
export class Veth extends Device {
  readonly type = 'veth';
  peer: Veth | undefined = undefined;
  readonly #queue: EventQueue<SocketBuffer>;

  constructor(identity: DeviceIdentity, queue: EventQueue<SocketBuffer>) {
    super(identity);
    this.#queue = queue;
  }

  hasCarrier(): boolean {
    return this.up && this.peer?.up === true;
  }

  protected startTransmit(packet: SocketBuffer): void {
    const { peer } = this;
    if (peer === undefined || !peer.up) {
      packet.drop(`the other end of ${this.name} is down`);
      return;
    }
    if (packet.frameBytes > peer.mtuBytes + HEADROOM_BYTES) {
      packet.refusedBy = this;
      packet.drop(`larger than the MTU of the other end of ${this.name}`);
      return;
    }
    packet.scrub(peer.namespace !== this.namespace);
    packet.arriveAt(peer);
    this.#queue.soon(peer, packet);
  }
}
