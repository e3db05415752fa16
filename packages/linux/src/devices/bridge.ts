import { BROADCAST_MAC, isMulticastMac, type Mac } from '@podpath/net';
import { Device, type DeviceIdentity, type SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { fragment } from '../walk/fragment.ts';
import { passesBridge } from '../walk/frame-hook.ts';
import { passes } from '../walk/hook.ts';
import { BridgeFdb } from './bridge-fdb.ts';
import { finishTranslated, runPrerouting, walksNetfilter } from './bridge-netfilter.ts';
import type { BridgePort } from './bridge-port.ts';

const DEFAULT_MTU_BYTES = 1500;
const HEADROOM_BYTES = 18;
/** 01:80:c2:00:00:00 to :0f, which no bridge forwards (IEEE 802.1D, 7.12.6). */
const RESERVED_GROUPS = 0x0180_c200_000;

/** A learning bridge, and the device by which its host takes part (net/bridge). */
export class Bridge extends Device {
  readonly type = 'bridge';
  readonly #ports = new Map<Device, BridgePort>();
  readonly fdb: BridgeFdb<BridgePort>;
  /** Set by hand: then ports do not change it. */
  macIsFixed: boolean;
  /** An MTU that a bridge is made with does not count: the ports change it. */
  mtuIsFixed = false;
  readonly #namespace: Namespace;

  constructor(
    identity: DeviceIdentity,
    settings: { readonly ageingMs: number; readonly macIsFixed: boolean },
    namespace: Namespace,
  ) {
    super(identity);
    this.#namespace = namespace;
    namespace.hasHadBridge = true;
    this.macIsFixed = settings.macIsFixed;
    this.fdb = new BridgeFdb(settings.ageingMs);
    this.#addOwn(this.mac, undefined);
  }

  hasCarrier(): boolean {
    for (const port of this.#ports.values()) if (port.forwarding) return true;
    return false;
  }

  get ports(): Iterable<BridgePort> {
    return this.#ports.values();
  }

  addPort(port: BridgePort): void {
    this.#ports.set(port.device, port);
    this.#addOwn(port.device.mac, port);
    if (!this.macIsFixed && (this.#ports.size === 1 || port.device.mac < this.mac)) {
      this.#changeMac(port.device.mac);
    }
    if (!this.mtuIsFixed) {
      this.mtuBytes =
        this.#ports.size === 1
          ? port.device.mtuBytes
          : Math.min(this.mtuBytes, port.device.mtuBytes);
    }
    port.device.master = this;
    port.device.portInput = (packet) => this.#receiveFromPort(port, packet);
  }

  removePort(port: BridgePort): void {
    this.#ports.delete(port.device);
    this.fdb.forgetLearned(port);
    this.#removeOwn(port.device.mac, port);
    port.device.master = undefined;
    port.device.portInput = undefined;
    const { mac, mtuBytes } = port.device;
    if (mac === this.mac || mtuBytes === this.mtuBytes) this.portsChanged();
  }

  /** The lowest port MAC and the smallest port MTU are the bridge's, unless set by hand. */
  portsChanged(): void {
    const devices = [...this.#ports.keys()];
    if (!this.macIsFixed) {
      const lowest = devices.reduce((low, { mac }) => Math.min(low, mac), Infinity);
      // Without ports there is none, and the kernel does not keep the last one.
      this.#changeMac(devices.length === 0 ? 0 : lowest);
    }
    if (!this.mtuIsFixed) {
      this.mtuBytes = devices.reduce(
        (smallest, { mtuBytes }) => Math.min(smallest, mtuBytes),
        devices.length === 0 ? DEFAULT_MTU_BYTES : Infinity,
      );
    }
  }

  setMac(mac: Mac): void {
    this.macIsFixed = true;
    this.#changeMac(mac);
  }

  portMacChanged(port: BridgePort, before: Mac): void {
    this.#removeOwn(before, port);
    this.#addOwn(port.device.mac, port);
    this.portsChanged();
  }

  portOf(device: Device): BridgePort | undefined {
    return this.#ports.get(device);
  }

  #changeMac(mac: Mac): void {
    if (mac === this.mac) return;
    this.#removeOwn(this.mac, undefined);
    this.mac = mac;
    if (mac !== 0 && this.fdb.get(mac, 0)?.life !== 'permanent') this.#addOwn(mac, undefined);
  }

  #addOwn(mac: Mac, port: BridgePort | undefined): void {
    this.fdb.set({ mac, port, life: 'permanent', updatedMs: 0 });
  }

  #removeOwn(mac: Mac, port: BridgePort | undefined): void {
    const entry = this.fdb.get(mac, 0);
    if (entry?.life === 'permanent' && entry.port === port) this.fdb.delete(mac);
  }

  /** `br_handle_frame`: a frame came in by a port. */
  #receiveFromPort(port: BridgePort, packet: SocketBuffer): void {
    if (!port.listens) {
      packet.drop(`port ${port.device.name} does not forward`);
      return;
    }
    if (packet.source === 0 || isMulticastMac(packet.source)) {
      packet.drop('a source address that is no host');
      return;
    }
    if (Math.floor(packet.destination / 16) === RESERVED_GROUPS) {
      packet.drop('a group address that bridges keep to themselves');
      return;
    }
    if (packet.destination === this.mac) packet.audience = 'host';
    const space = this.#namespace;
    const { device } = port;
    if (!walksNetfilter(space, packet)) {
      if (passesBridge(space, 'prerouting', this, packet, device, undefined)) {
        this.finish(port, packet);
      }
      return;
    }
    if (!passesBridge(space, 'prerouting', this, packet, device, undefined, 'before-ip')) return;
    const whole = space.wholeForConntrack(packet);
    if (whole === undefined) return;
    const next = runPrerouting(space, this, device, whole);
    if (next === 'ended') return;
    if (!passesBridge(space, 'prerouting', this, whole, device, undefined, 'after-ip')) return;
    if (next === 'bridge' || finishTranslated(this.#namespace, this, whole) === 'bridge') {
      this.finish(port, whole);
    }
  }

  /** `br_handle_frame_finish`: learn where it came from, and find out where it goes. */
  finish(port: BridgePort, packet: SocketBuffer): void {
    const now = this.#namespace.nowMs;
    if (port.learning) this.fdb.learn(packet.source, port, now);
    if (!port.forwarding) {
      packet.drop(`port ${port.device.name} only learns`);
      return;
    }
    const { destination } = packet;
    if (isMulticastMac(destination)) {
      this.#flood(packet.clone(), port);
      this.#passUp(packet, port);
      return;
    }
    const known = this.fdb.get(destination, now);
    if (known === undefined) {
      this.#flood(packet, port);
      return;
    }
    if (known.life === 'permanent' || known.port === undefined) {
      packet.record?.(
        { kind: 'bridge', bridge: this.name, decision: 'local', ports: [] },
        undefined,
      );
      this.#passUp(packet, port);
      return;
    }
    this.#forward(packet, known.port, port);
  }

  /** `br_dev_xmit`: the host itself sends by the bridge. */
  protected startTransmit(packet: SocketBuffer): void {
    const note = packet.bridge;
    if (note?.translated === true) {
      const port = this.portOf(note.physicalIn);
      note.translated = false;
      if (port === undefined) {
        packet.drop('the port that it came in by is gone');
        return;
      }
      this.finish(port, packet);
      return;
    }
    const { destination } = packet;
    if (isMulticastMac(destination)) {
      this.#flood(packet, undefined);
      return;
    }
    const known = this.fdb.get(destination, this.#namespace.nowMs);
    if (known === undefined) {
      this.#flood(packet, undefined);
      return;
    }
    if (known.port === undefined) {
      packet.drop('the bridge would send to itself');
      return;
    }
    this.#forward(packet, known.port, undefined);
  }

  #forward(packet: SocketBuffer, to: BridgePort, from: BridgePort | undefined): void {
    packet.record?.(
      { kind: 'bridge', bridge: this.name, decision: 'forward', ports: [to.device.name] },
      undefined,
    );
    const refusal = to.refuses(from);
    if (refusal !== undefined) {
      packet.drop(refusal);
      return;
    }
    this.#sendOut(packet, to, from);
  }

  #flood(packet: SocketBuffer, from: BridgePort | undefined): void {
    const { kernel, name: namespace } = this.#namespace;
    kernel.onFlood?.(namespace, this.name, packet.frame);
    const { destination } = packet;
    const what =
      destination === BROADCAST_MAC
        ? 'broadcast'
        : isMulticastMac(destination)
          ? 'group'
          : 'unicast';
    const to: BridgePort[] = [];
    for (const port of this.#ports.values()) {
      if (port.takesFlooded(what) && port.refuses(from) === undefined) to.push(port);
    }
    packet.record?.(
      {
        kind: 'bridge',
        bridge: this.name,
        decision: 'flood',
        ports: to.map((port) => port.device.name),
      },
      undefined,
    );
    // The port that came last is the first in the kernel's list (`br_add_if`).
    const last = to.shift();
    if (last === undefined) {
      packet.stray('no other port to flood to');
      return;
    }
    for (const port of to.reverse()) this.#sendOut(packet.clone(), port, from);
    this.#sendOut(packet, last, from);
  }

  /** `__br_forward` and `br_dev_queue_push_xmit`. */
  #sendOut(packet: SocketBuffer, to: BridgePort, from: BridgePort | undefined): void {
    if (!this.#passesOut(packet, to, from)) return;
    for (const frame of this.#asItCame(packet, to.device)) {
      if (frame.frameBytes <= to.device.mtuBytes + HEADROOM_BYTES) to.device.transmit(frame);
      else frame.drop(`larger than the MTU of port ${to.device.name}`);
    }
  }

  /** What conntrack put together on its way over the bridge is taken apart again (`br_nf_dev_queue_xmit`). */
  #asItCame(packet: SocketBuffer, port: Device): readonly SocketBuffer[] {
    const { largestFragment } = packet;
    if (largestFragment === undefined) return [packet];
    return fragment(this.#namespace, packet, Math.min(largestFragment, port.mtuBytes));
  }

  /** The hooks on the way out: of the bridge family, and of IP for what is bridged, with the bridge as both devices. */
  #passesOut(packet: SocketBuffer, to: BridgePort, from: BridgePort | undefined): boolean {
    const space = this.#namespace;
    const { device } = to;
    if (from === undefined) {
      return (
        passesBridge(space, 'output', this, packet, undefined, device) &&
        passesBridge(space, 'postrouting', this, packet, undefined, device)
      );
    }
    if (!walksNetfilter(space, packet)) {
      return (
        passesBridge(space, 'forward', this, packet, from.device, device) &&
        passesBridge(space, 'postrouting', this, packet, undefined, device)
      );
    }
    if (!passesBridge(space, 'forward', this, packet, from.device, device, 'before-ip')) {
      return false;
    }
    if (packet.bridge !== undefined) packet.bridge.physicalOut = device;
    packet.bridged = true;
    packet.input = this;
    packet.output = this;
    const audience = packet.audience;
    // Rules and their answers see a packet for this host, whatever the frame said (`br_nf_forward_ip`).
    if (audience === 'otherhost') packet.audience = 'host';
    if (!passes(space, 'FORWARD', packet)) return false;
    packet.audience = audience;
    if (!passesBridge(space, 'forward', this, packet, from.device, device, 'after-ip'))
      return false;
    if (!passesBridge(space, 'postrouting', this, packet, undefined, device)) return false;
    packet.input = undefined;
    if (audience === 'otherhost') packet.audience = 'host';
    if (!passes(space, 'POSTROUTING', packet)) return false;
    packet.audience = audience;
    return true;
  }

  /** Sends what a rule answers a frame that came in by a port, as if the host sent it (`br_forward`). */
  answer(device: Device, frame: SocketBuffer): void {
    const port = this.portOf(device);
    if (port === undefined || port.refuses(undefined) !== undefined) return;
    this.#sendOut(frame, port, undefined);
  }

  /** `br_pass_frame_up`: received once more, on the bridge device. */
  #passUp(packet: SocketBuffer, port: BridgePort): void {
    if (!this.up) {
      packet.drop(`device ${this.name} is down`);
      return;
    }
    if (!passesBridge(this.#namespace, 'input', this, packet, port.device, undefined)) return;
    // What IP is going to leave alone counts as a connection all the same (`br_nf_local_in`).
    if (packet.isIp && packet.audience !== 'host') this.#namespace.netfilter.confirm(packet);
    this.#namespace.kernel.queue.soon(this, packet);
  }
}
