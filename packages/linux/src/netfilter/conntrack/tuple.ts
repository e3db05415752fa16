import { type Ip, IpProtocol, writeIpv6Words } from '@podpath/net';
import { isLaterFragment, type PacketView } from '../packet-view.ts';

/**
 * One direction of a connection. For ICMP the source port is the identifier and the destination port
 * is the type and code, as the kernel lays them out.
 */
export class Tuple<Owner = unknown> {
  src: Ip = 0;
  dst: Ip = 0;
  srcPort = 0;
  dstPort = 0;
  protocol = 0;
  /** Connections of one zone know nothing of another's; see `Zone`. */
  zone = 0;
  hash = 0;
  /** Chain of the hash bucket. */
  next: Tuple<Owner> | undefined;
  /** The connection it belongs to; `undefined` for one made to look things up. */
  readonly owner: Owner | undefined;
  /** Whether it is the connection's reply direction. */
  readonly isReply: boolean;

  constructor(owner?: Owner, isReply = false) {
    this.owner = owner;
    this.isReply = isReply;
  }

  set(src: Ip, dst: Ip, srcPort: number, dstPort: number, protocol: number): void {
    this.src = src;
    this.dst = dst;
    this.srcPort = srcPort;
    this.dstPort = dstPort;
    this.protocol = protocol;
    this.rehash();
  }

  copy(other: Tuple): void {
    this.src = other.src;
    this.dst = other.dst;
    this.srcPort = other.srcPort;
    this.dstPort = other.dstPort;
    this.protocol = other.protocol;
    this.zone = other.zone;
    this.hash = other.hash;
  }

  equals(other: Tuple): boolean {
    return (
      this.hash === other.hash &&
      this.src === other.src &&
      this.dst === other.dst &&
      this.srcPort === other.srcPort &&
      this.dstPort === other.dstPort &&
      this.protocol === other.protocol &&
      this.zone === other.zone
    );
  }

  /** Becomes the tuple of an answer to `other`, in the same zone; false when such a packet has no answer. */
  invertOf(other: Tuple): boolean {
    this.zone = other.zone;
    if (other.protocol === IpProtocol.ICMP || other.protocol === IpProtocol.ICMPV6) {
      const answers = other.protocol === IpProtocol.ICMP ? ICMP_ANSWERS : ICMPV6_ANSWERS;
      const type = answers.get(other.dstPort >>> 8);
      if (type === undefined) return false;
      const typeAndCode = (type << 8) | (other.dstPort & 0xff);
      this.set(other.dst, other.src, other.srcPort, typeAndCode, other.protocol);
    } else {
      this.set(other.dst, other.src, other.dstPort, other.srcPort, other.protocol);
    }
    return true;
  }

  /** After a field was assigned. */
  rehash(): void {
    this.hash = hashTuple(
      addressHash(this.src),
      addressHash(this.dst),
      this.srcPort,
      this.dstPort,
      this.protocol,
      this.zone,
    );
  }

  /** Reads the packet's own tuple; false when it has none (a fragment, a header cut short). Allocates nothing. */
  read(view: PacketView): boolean {
    const payload = view.context.packet.payload;
    let srcPort = 0;
    let dstPort = 0;
    switch (payload.kind) {
      case 'tcp':
      case 'udp':
      case 'sctp':
        srcPort = payload.srcPort;
        dstPort = payload.dstPort;
        break;
      case 'icmp':
      case 'icmpv6':
        srcPort = payload.rest >>> 16;
        dstPort = (payload.type << 8) | payload.code;
        break;
      case 'raw':
        if (HAVE_HEADERS.has(payload.protocol) || isLaterFragment(view.context.packet))
          return false;
        if (payload.protocol === GRE) dstPort = callOf(payload.data);
        break;
      case 'ipip':
        break;
    }
    this.src = view.src;
    this.dst = view.dst;
    this.srcPort = srcPort;
    this.dstPort = dstPort;
    this.protocol = view.protocol;
    this.zone = 0;
    const srcHash = view.family === 4 ? view.src : wordsHash(view.srcWords);
    const dstHash = view.family === 4 ? view.dst : wordsHash(view.dstWords);
    this.hash = hashTuple(Number(srcHash), Number(dstHash), srcPort, dstPort, view.protocol, 0);
    return true;
  }
}

export const GRE = 47;
const GRE_POINT_TO_POINT = 1;

/** Of PPTP's variant of GRE, the number of the call; all else between two hosts is one (gre_pkt_to_tuple). */
const callOf = (data: Uint8Array): number =>
  ((data[1] ?? 0) & 7) === GRE_POINT_TO_POINT ? ((data[6] ?? 0) << 8) | (data[7] ?? 0) : 0;

/** Protocols whose tuple needs the header that an undecoded payload does not have. */
const HAVE_HEADERS: ReadonlySet<number> = new Set([
  IpProtocol.ICMP,
  IpProtocol.TCP,
  IpProtocol.UDP,
  IpProtocol.ICMPV6,
  IpProtocol.SCTP,
]);

/** Query types and what answers them, both ways (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c). */
const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [0, 8],
  [13, 14],
  [14, 13],
  [15, 16],
  [16, 15],
  [17, 18],
  [18, 17],
]);
const ICMPV6_ANSWERS: ReadonlyMap<number, number> = new Map([
  [128, 129],
  [129, 128],
  [139, 140],
  [140, 139],
]);

export const addressHash = (address: Ip): number =>
  typeof address === 'number' ? address : wordsHash(wordsOf(address));

const words = new Uint32Array(4);
const wordsOf = (address: bigint): Uint32Array => {
  writeIpv6Words(address, words, 0);
  return words;
};

const wordsHash = (words: Uint32Array): number =>
  mix4(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0);

const mix4 = (w0: number, w1: number, w2: number, w3: number): number =>
  Math.imul(Math.imul(Math.imul(w0, 31) ^ w1, 0x9e37_79b1) ^ w2, 0x85eb_ca6b) ^ w3;

const hashTuple = (
  src: number,
  dst: number,
  srcPort: number,
  dstPort: number,
  protocol: number,
  zone: number,
): number => {
  let hash = Math.imul(src, 0x9e37_79b1) ^ protocol ^ (zone << 8);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b) ^ dst;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35) ^ ((srcPort << 16) | dstPort);
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4_eb2f);
  return (hash ^ (hash >>> 15)) >>> 0;
};
