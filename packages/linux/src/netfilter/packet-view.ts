import {
  type Ip,
  type IpFamily,
  type IpPacket,
  IpProtocol,
  ipPacketLength,
  writeIpv6Words,
} from '@podpath/net';
import { DeviceNumbers } from './device-numbers.ts';
import { bitsOf, hashOfWord, hashOfWords, wordOf } from './ipset/address-filter.ts';
import type { PacketContext } from './packet-context.ts';
import type { BuiltinChain } from './rule.ts';

/** In place of a port, type or flag byte that the packet does not have. */
const ABSENT = -1;
const IPV6_FRAGMENT = 44;

/** Where the packet's words are: four for each address, of which IPv4 has the first. */
export const Word = {
  SOURCE: 0,
  DESTINATION: 4,
  PROTOCOL: 8,
  SOURCE_PORT: 9,
  DESTINATION_PORT: 10,
  /** Numbers of names, there when `readDevices` was called. */
  IN_DEVICE: 11,
  OUT_DEVICE: 12,
  TCP_FLAGS: 13,
  /** Bits of the beginnings that names have, there with the numbers. */
  IN_DEVICE_STARTS: 16,
  OUT_DEVICE_STARTS: 17,
  /** What rules may change. Kept by whoever walks a packet past rules. */
  MARK: 14,
  CONNECTION: 15,
  /** Of each address: what of its hash chooses a word of a set's filter, and the bits of that word; there when `hashAddresses` was called. */
  SOURCE_HASH: 18,
  DESTINATION_HASH: 20,
} as const;
const WORDS = 22;

/**
 * The fields of the packet at hand, pulled out once per hook so that matches only compare numbers.
 * One view is reused for every packet of a namespace. Addresses are also kept as 32-bit words, an
 * IPv4 address being word 0 alone: then one comparison serves both families.
 */
export class PacketView {
  context: PacketContext;
  hook: BuiltinChain = 'PREROUTING';
  family: IpFamily = 4;
  src: Ip = 0;
  dst: Ip = 0;
  /** Signed: what is not there is -1. */
  readonly words = new Int32Array(WORDS);
  readonly srcWords = new Uint32Array(this.words.buffer, 4 * Word.SOURCE, 4);
  readonly dstWords = new Uint32Array(this.words.buffer, 4 * Word.DESTINATION, 4);
  protocol = 0;
  srcPort = ABSENT;
  dstPort = ABSENT;
  icmpType = ABSENT;
  icmpCode = ABSENT;
  tcpFlags = ABSENT;
  /**
   * The first four bytes of what nf_tables takes for the transport header of a later fragment, which has none: of IPv4
   * the fragment's data, of IPv6 the start of the packet, where version, traffic class and flow label are. Otherwise -1.
   */
  mistakenHeader = ABSENT;
  /** Set by a match that cannot read the header that it looks at: the packet is dropped (`hotdrop`). */
  isUnreadable = false;
  #lengthBytes = ABSENT;
  #inDevice: string | undefined;
  #outDevice: string | undefined;
  #devicesRead = -1;
  readonly #devices: DeviceNumbers;

  constructor(context: PacketContext, devices = new DeviceNumbers()) {
    this.context = context;
    this.#devices = devices;
  }

  load(hook: BuiltinChain, context: PacketContext): void {
    this.hook = hook;
    this.context = context;
    this.family = context.packet.kind === 'ipv4' ? 4 : 6;
    this.#lengthBytes = ABSENT;
    this.isUnreadable = false;
    this.reload();
  }

  /** Reads addresses and ports anew, after NAT changed them. */
  reload(): void {
    const packet = this.context.packet;
    // The same packet comes by at several hooks, and splitting IPv6 addresses is what costs.
    if (this.src !== packet.src) {
      this.src = packet.src;
      splitInto(this.srcWords, packet.src);
    }
    if (this.dst !== packet.dst) {
      this.dst = packet.dst;
      splitInto(this.dstWords, packet.dst);
    }
    this.srcPort = ABSENT;
    this.dstPort = ABSENT;
    this.icmpType = ABSENT;
    this.icmpCode = ABSENT;
    this.tcpFlags = ABSENT;
    this.mistakenHeader = ABSENT;
    const payload = packet.payload;
    switch (payload.kind) {
      case 'tcp':
        this.protocol = IpProtocol.TCP;
        this.tcpFlags = payload.flags;
        this.srcPort = payload.srcPort;
        this.dstPort = payload.dstPort;
        break;
      case 'udp':
        this.protocol = IpProtocol.UDP;
        this.srcPort = payload.srcPort;
        this.dstPort = payload.dstPort;
        break;
      case 'sctp':
        this.protocol = IpProtocol.SCTP;
        this.srcPort = payload.srcPort;
        this.dstPort = payload.dstPort;
        break;
      case 'icmp':
        this.protocol = IpProtocol.ICMP;
        this.icmpType = payload.type;
        this.icmpCode = payload.code;
        break;
      case 'icmpv6':
        this.protocol = IpProtocol.ICMPV6;
        this.icmpType = payload.type;
        this.icmpCode = payload.code;
        break;
      case 'ipip':
        this.protocol = payload.inner.kind === 'ipv4' ? IpProtocol.IPIP : IpProtocol.IPV6;
        break;
      case 'raw':
        this.protocol = payload.protocol;
        if (!isLaterFragment(packet)) this.#readHeader(payload.data);
        else this.mistakenHeader = mistakenHeader(packet, payload.data);
        break;
    }
    const { words } = this;
    words[Word.PROTOCOL] = this.protocol;
    words[Word.SOURCE_PORT] = this.readSrcPort;
    words[Word.DESTINATION_PORT] = this.readDstPort;
    words[Word.TCP_FLAGS] = this.tcpFlags;
  }

  /** The source port as nf_tables reads it. */
  get readSrcPort(): number {
    return this.mistakenHeader === ABSENT ? this.srcPort : this.mistakenHeader >>> 16;
  }

  /** The destination port as nf_tables reads it. */
  get readDstPort(): number {
    return this.mistakenHeader === ABSENT ? this.dstPort : this.mistakenHeader & 0xffff;
  }

  /** Fills in the words of the devices. */
  readDevices(): void {
    const { inDevice = '', outDevice = '' } = this.context;
    const { generation } = this.#devices;
    const isOld = this.#devicesRead !== generation;
    this.#devicesRead = generation;
    if (isOld || this.#inDevice !== inDevice) {
      this.#inDevice = inDevice;
      this.words[Word.IN_DEVICE] = this.#devices.numberOf(inDevice);
      this.words[Word.IN_DEVICE_STARTS] = this.#devices.startsOf(inDevice);
    }
    if (isOld || this.#outDevice !== outDevice) {
      this.#outDevice = outDevice;
      this.words[Word.OUT_DEVICE] = this.#devices.numberOf(outDevice);
      this.words[Word.OUT_DEVICE_STARTS] = this.#devices.startsOf(outDevice);
    }
  }

  /** Fills in the words by which filters of sets are asked. */
  hashAddresses(): void {
    const isIpv4 = this.family === 4;
    this.#putHash(
      Word.SOURCE_HASH,
      isIpv4 ? hashOfWord(this.srcWords[0] ?? 0) : hashOfWords(this.srcWords),
    );
    this.#putHash(
      Word.DESTINATION_HASH,
      isIpv4 ? hashOfWord(this.dstWords[0] ?? 0) : hashOfWords(this.dstWords),
    );
  }

  #putHash(at: number, hash: number): void {
    this.words[at] = wordOf(hash);
    this.words[at + 1] = bitsOf(hash);
  }

  /** A first fragment is not decoded, but its ports and flags are there to be matched. */
  #readHeader(data: Uint8Array): void {
    const headerBytes = HEADER_BYTES.get(this.protocol);
    if (headerBytes === undefined || data.length < headerBytes) return;
    if (this.protocol === IpProtocol.ICMP || this.protocol === IpProtocol.ICMPV6) {
      this.icmpType = data[0] ?? 0;
      this.icmpCode = data[1] ?? 0;
      return;
    }
    this.srcPort = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
    this.dstPort = ((data[2] ?? 0) << 8) | (data[3] ?? 0);
    if (this.protocol === IpProtocol.TCP) this.tcpFlags = data[13] ?? 0;
  }

  /** After a target made the packet longer. */
  resized(): void {
    this.#lengthBytes = ABSENT;
  }

  /** Of the whole IP packet, or of what the frame carries, as rule counters count it. */
  get lengthBytes(): number {
    const { link } = this.context;
    if (link !== undefined) return link.lengthBytes;
    if (this.#lengthBytes === ABSENT) this.#lengthBytes = ipPacketLength(this.context.packet);
    return this.#lengthBytes;
  }
}

const HEADER_BYTES: ReadonlyMap<number, number> = new Map([
  [IpProtocol.TCP, 20],
  [IpProtocol.UDP, 8],
  [IpProtocol.SCTP, 12],
  [IpProtocol.ICMP, 8],
  [IpProtocol.ICMPV6, 8],
]);

const PORTS_BYTES = 4;

function mistakenHeader(packet: IpPacket, data: Uint8Array): number {
  if (packet.kind === 'ipv6') {
    return ((6 << 28) | (packet.trafficClass << 20) | packet.flowLabel) >>> 0;
  }
  if (data.length < PORTS_BYTES) return ABSENT;
  return new DataView(data.buffer, data.byteOffset, PORTS_BYTES).getUint32(0);
}

/** Whether a packet is a fragment other than the first: it has no transport header. */
export const isLaterFragment = (packet: IpPacket): boolean => {
  if (packet.kind === 'ipv4') return packet.fragmentOffset > 0;
  const fragment = packet.extensions?.find(({ type }) => type === IPV6_FRAGMENT);
  return fragment !== undefined && (((fragment.data[0] ?? 0) << 8) | (fragment.data[1] ?? 0)) >= 8;
};

const splitInto = (words: Uint32Array, address: Ip): void => {
  if (typeof address === 'bigint') writeIpv6Words(address, words, 0);
  else words[0] = address;
};
