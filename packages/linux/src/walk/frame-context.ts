import {
  type ArpPacket,
  DecodeError,
  decodeFrame,
  type EthernetFrame,
  encodeFrame,
  type IpPacket,
  type Mac,
  type RawEthernetPayload,
} from '@podpath/net';
import { type Device, type FrameAudience, SocketBuffer } from '../core.ts';
import type { ConntrackAttachment } from '../netfilter/conntrack.ts';
import type { LinkLayer, PacketContext, SocketOwner } from '../netfilter/packet-context.ts';

const ETHERNET_HEADER_BYTES = 14;
const TAG_BYTES = 4;
const ETHER_TYPES = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806 } as const;
const TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8]);

/** In place of the IP packet that a frame has not. Rules that read one end before they look at it. */
const NO_PACKET: IpPacket = {
  kind: 'ipv4',
  src: 0,
  dst: 0,
  ttl: 0,
  tos: 0,
  id: 0,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  payload: { kind: 'raw', protocol: 0, data: new Uint8Array() },
};

/** A copy of a frame that a rule sends by another device, or a frame that it sends there in place of on. */
export interface SentByRule {
  readonly frame: SocketBuffer;
  readonly device: string;
}

/** A frame as tables of the bridge and netdev families see it. One is reused for all frames of a namespace. */
export class FrameContext implements PacketContext, LinkLayer {
  #frame = new SocketBuffer(
    { kind: 'raw-ethernet', etherType: 0, data: new Uint8Array() },
    '',
    undefined,
    undefined,
  );
  /** What the frame carries, behind its VLAN tag, which the kernel keeps beside it. */
  #payload = this.#frame.payload;
  #in: Device | undefined;
  #out: Device | undefined;
  #bridge: string | undefined;
  #countsHeader = false;
  #sent: SentByRule[] | undefined;
  /** How many frames are being sent by rules, each because of the one before. */
  diversions = 0;
  tag = -1;
  hasHeader = true;
  readonly physicalIn = undefined;
  readonly physicalOut = undefined;
  readonly bridged = false;

  /** A frame between two ports of a bridge, of which there is but one where it comes up to the host or from it. */
  loadBridged(
    frame: SocketBuffer,
    bridge: string,
    from: Device | undefined,
    to: Device | undefined,
  ): void {
    this.#load(frame);
    this.#bridge = bridge;
    this.#in = from;
    this.#out = to;
    this.#countsHeader = false;
    this.hasHeader = true;
  }

  /** A frame at a device that it comes in by, or is about to leave by. */
  loadAt(frame: SocketBuffer, device: Device, leaves: boolean): void {
    this.#load(frame);
    this.#bridge = undefined;
    this.#in = leaves ? undefined : device;
    this.#out = leaves ? device : undefined;
    // nft looks at no header before it has asked that the device is of Ethernet, as the loopback device is not.
    this.hasHeader = device.isEthernet && device.type !== 'lo';
    this.#countsHeader = leaves && device.isEthernet;
  }

  #load(frame: SocketBuffer): void {
    this.#frame = frame;
    this.#payload = frame.payload;
    this.tag = -1;
    const { payload } = frame;
    if (payload.kind !== 'raw-ethernet' || !TAGS.has(payload.etherType)) return;
    const { data } = payload;
    if (data.length < TAG_BYTES) return;
    const [high = 0, low = 0, typeHigh = 0, typeLow = 0] = data;
    this.tag = (high << 8) | low;
    const etherType = (typeHigh << 8) | typeLow;
    this.#payload = decoded({ kind: 'raw-ethernet', etherType, data: data.subarray(TAG_BYTES) });
  }

  /** Takes what rules want sent by other devices, in order. */
  takeSent(): readonly SentByRule[] | undefined {
    const sent = this.#sent;
    this.#sent = undefined;
    return sent;
  }

  duplicate(device: string): void {
    this.#sent ??= [];
    this.#sent.push({ frame: this.#frame.clone(), device });
  }

  divert(device: string): void {
    this.#sent ??= [];
    this.#sent.push({ frame: this.#frame, device });
  }

  get link(): LinkLayer {
    return this;
  }

  get isIp(): boolean {
    const { kind } = this.#payload;
    return kind === 'ipv4' || kind === 'ipv6';
  }

  get arp(): ArpPacket | undefined {
    return this.#payload.kind === 'arp' ? this.#payload : undefined;
  }

  get etherType(): number {
    return etherTypeOf(this.#frame.payload);
  }

  get protocol(): number {
    return etherTypeOf(this.#payload);
  }

  get lengthBytes(): number {
    const bytes = this.#frame.frameBytes - (this.tag < 0 ? 0 : TAG_BYTES);
    return this.#countsHeader ? bytes : bytes - ETHERNET_HEADER_BYTES;
  }

  get bridgeIn(): string {
    return this.#in === undefined ? '' : (this.#bridge ?? '');
  }

  get bridgeOut(): string {
    return this.#out === undefined ? '' : (this.#bridge ?? '');
  }

  get packet(): IpPacket {
    const payload = this.#payload;
    return payload.kind === 'ipv4' || payload.kind === 'ipv6' ? payload : NO_PACKET;
  }

  get mark(): number {
    return this.#frame.mark;
  }

  set mark(mark: number) {
    this.#frame.mark = mark;
  }

  get conntrack(): ConntrackAttachment | undefined {
    return this.#frame.conntrack;
  }

  set conntrack(conntrack: ConntrackAttachment | undefined) {
    this.#frame.conntrack = conntrack;
  }

  get inDevice(): string | undefined {
    return this.#in?.name;
  }

  get outDevice(): string | undefined {
    return this.#out?.name;
  }

  get owner(): SocketOwner | 'kernel' | undefined {
    return this.#frame.owner;
  }

  get source(): Mac {
    return this.#frame.source;
  }

  get destination(): Mac {
    return this.#frame.destination;
  }

  get audience(): FrameAudience {
    return this.#frame.audience;
  }

  get record(): PacketContext['record'] {
    return this.#frame.record;
  }
}

/** What the bytes behind a tag are; bytes, where they make no sense. */
function decoded(payload: RawEthernetPayload): EthernetFrame['payload'] {
  try {
    return decodeFrame(encodeFrame({ dst: 0, src: 0, payload })).payload;
  } catch (error) {
    if (error instanceof DecodeError) return payload;
    throw error;
  }
}

const etherTypeOf = (payload: SocketBuffer['payload']): number =>
  payload.kind === 'raw-ethernet' ? payload.etherType : ETHER_TYPES[payload.kind];
