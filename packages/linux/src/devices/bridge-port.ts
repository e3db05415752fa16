import type { LinkSet } from '../commands.ts';
import type { Device } from '../core.ts';

export type PortState = NonNullable<LinkSet['state']>;

/** A device enslaved to a bridge, and how the bridge treats it. */
export class BridgePort {
  readonly device: Device;
  readonly bridge: Device;
  /** Frames may leave by the port that they came in by. */
  hairpin = false;
  /** Isolated ports reach only ports that are not. */
  isolated = false;
  learning = true;
  /** Takes frames for unicast addresses that nobody has been seen at. */
  flood = true;
  /** Takes broadcasts. */
  broadcastFlood = true;
  /** Takes frames for groups. */
  groupFlood = true;
  /** While it is up. */
  state: PortState = 'forwarding';

  constructor(device: Device, bridge: Device) {
    this.device = device;
    this.bridge = bridge;
  }

  /** Without spanning tree a port forwards as soon as it is up and has a carrier, unless somebody says otherwise. */
  get forwarding(): boolean {
    return this.isUp && this.state === 'forwarding';
  }

  /** Frames are looked at, if only to learn from. */
  get listens(): boolean {
    return this.isUp && (this.state === 'forwarding' || this.state === 'learning');
  }

  get isUp(): boolean {
    return this.bridge.up && this.device.up && this.device.carrier;
  }

  /** Whether it takes a frame that is not for somebody known (`br_flood`). */
  takesFlooded(what: 'unicast' | 'group' | 'broadcast'): boolean {
    if (what === 'broadcast') return this.broadcastFlood;
    return what === 'group' ? this.groupFlood : this.flood;
  }

  /** Why a frame from another port (or, without one, from the host) does not leave here (`should_deliver`). */
  refuses(from: BridgePort | undefined): string | undefined {
    if (!this.forwarding) return `port ${this.device.name} does not forward`;
    if (from === this && !this.hairpin) {
      return `it came in by port ${this.device.name}, which is no hairpin`;
    }
    if (this.isolated && from?.isolated === true) {
      return `ports ${from.device.name} and ${this.device.name} are isolated from each other`;
    }
    return undefined;
  }
}
