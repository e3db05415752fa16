import {
  encodeFrame,
  encodeIpPacket,
  type Ip,
  type IpPacket,
  type IpPayload,
  IpProtocol,
  type Ipv4,
  type Ipv6,
  parseIp,
  parseIpv4,
  protocolOf,
  TcpFlag,
} from '@podpath/net';
import type { ForgeStep } from '../scenario/scenario.ts';
import type { Plan, Wire } from './plan.ts';
import { PORTS } from './ports.ts';
import { anyAddress } from './routing-choices.ts';

const WRONG = 0x1234;
const BROADCAST_MAC = 0xffff_ffff_ffff;
/** Addresses that nobody may speak from. */
const MARTIANS: readonly Ipv4[] = ['127.0.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255'].map(
  (text) => parseIpv4(text),
);
const SYN = TcpFlag.SYN;
const ODD_FLAGS: readonly number[] = [
  ...[0, TcpFlag.FIN, SYN, TcpFlag.RST, TcpFlag.ACK, SYN | TcpFlag.ACK, SYN | TcpFlag.FIN],
  ...[SYN | TcpFlag.RST, TcpFlag.RST | TcpFlag.ACK, TcpFlag.FIN | TcpFlag.ACK],
  ...[TcpFlag.FIN | TcpFlag.PSH | TcpFlag.URG, TcpFlag.PSH | TcpFlag.ACK, 63],
];
/** Not 13, whose answer tells the time. */
const ICMP_TYPES = [0, 3, 4, 5, 8, 9, 10, 11, 12, 14, 15, 17, 18, 30, 40, 42, 200, 255] as const;
/** Not what hosts configure themselves by (133 and 134), nor groups. */
const ICMPV6_TYPES = [0, 1, 2, 3, 4, 100, 127, 128, 129, 138, 139, 140, 150, 200, 255] as const;
const QUOTES: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const OTHER_PROTOCOLS = [2, 46, 50, 89, 103, 253] as const;

/** One frame, or the two halves of a packet, made by hand and sent out of a device of a namespace. */
export function forgedFrames(plan: Plan): readonly ForgeStep[] {
  const { random } = plan;
  const wire = random.pick(plan.wires);
  const family = random.pick(plan.families);
  const src = sourceOf(plan, wire, family);
  const dst = anyAddress(plan, family);
  const [what, payload] = random.weighted<() => readonly [string, IpPayload]>([
    [3, () => ['udp', udp(plan)]],
    [4, () => ['tcp', tcp(plan)]],
    [4, () => ['icmp', icmp(plan, family, dst, src)]],
    [1, () => ['other protocol', other(plan)]],
  ])();
  plan.use(`forged ${what}`);
  if ('checksum' in payload && payload.checksum === WRONG) plan.use('forged wrong checksum');
  const whole = packetOf(plan, src, dst, payload);
  const pieces = random.chance(0.1) ? cut(plan, whole) : [whole];
  const destination = random.weighted([
    [6, wire.peerMac],
    [3, random.pick(plan.wires).mac],
    [0.4, BROADCAST_MAC],
  ]);
  return pieces.map((piece) => ({
    do: 'forge',
    namespace: wire.namespace,
    device: wire.device,
    hex: Buffer.from(encodeFrame({ src: wire.mac, dst: destination, payload: piece })).toString(
      'hex',
    ),
  }));
}

function sourceOf(plan: Plan, { namespace }: Wire, family: 4 | 6): Ip {
  const { random } = plan;
  const own = plan.addressesOf(family, namespace);
  return random.weighted<() => Ip>([
    [own.length === 0 ? 0 : 7, () => random.pick(own).address],
    [3, () => anyAddress(plan, family)],
    [family === 4 ? 0.7 : 0, () => random.pick(MARTIANS)],
    [family === 6 ? 0.3 : 0, () => parseIp('::1')],
  ])();
}

const sum = ({ random }: Plan, chance: number): { readonly checksum?: number } =>
  random.chance(chance) ? { checksum: WRONG } : {};

function udp(plan: Plan): IpPayload {
  const { random } = plan;
  return {
    ...{
      kind: 'udp',
      srcPort: 40_500 + random.between(0, 3),
      dstPort: random.pick([...PORTS, 9999]),
    },
    ...(random.chance(0.1) ? { checksum: 0 } : sum(plan, 0.25)),
    payload: new Uint8Array(random.pick([0, 1, 24, 100])),
  };
}

function tcp(plan: Plan): IpPayload {
  const { random } = plan;
  return {
    ...{
      kind: 'tcp',
      srcPort: 40_600 + random.between(0, 3),
      dstPort: random.pick([...PORTS, 9999]),
    },
    ...{ sequence: 1000, acknowledgement: random.pick([0, 5000]), window: 1024 },
    flags: random.pick(ODD_FLAGS),
    ...sum(plan, 0.15),
    data: new Uint8Array(random.pick([0, 0, 4, 24])),
  };
}

function icmp(plan: Plan, family: 4 | 6, about: Ip, to: Ip): IpPayload {
  const { random } = plan;
  const type = family === 4 ? random.pick(ICMP_TYPES) : random.pick(ICMPV6_TYPES);
  const isError = family === 4 ? QUOTES.has(type) : type < 128;
  // An error quotes what it answers: a packet that went the other way.
  const data =
    isError && random.chance(0.8)
      ? encodeIpPacket(packetOf(plan, to, about, random.chance(0.5) ? udp(plan) : tcp(plan)))
      : new Uint8Array(random.pick([0, 8, 56]));
  plan.use(`forged ICMP${family === 6 ? 'v6' : ''} type ${type}`);
  return {
    kind: family === 4 ? 'icmp' : 'icmpv6',
    ...{ type, code: random.pick([0, 0, 1, 3, 4]), rest: random.pick([0, 0x0001_0001, 576]) },
    ...sum(plan, 0.1),
    data,
  };
}

const other = ({ random }: Plan): IpPayload => ({
  kind: 'raw',
  protocol: random.pick(OTHER_PROTOCOLS),
  data: new Uint8Array(random.pick([0, 8, 40])),
});

function packetOf(plan: Plan, src: Ip, dst: Ip, payload: IpPayload): IpPacket {
  const { random } = plan;
  const ttl = random.chance(0.12) ? random.between(0, 2) : 64;
  if (typeof src === 'number' && typeof dst === 'number') {
    const wrong = random.chance(0.04) ? { checksum: WRONG } : {};
    if ('checksum' in wrong) plan.use('forged wrong header checksum');
    const whole = { id: plan.nextId(), moreFragments: false, fragmentOffset: 0 };
    const dontFragment = random.chance(0.3);
    return { kind: 'ipv4', tos: 0, ...whole, dontFragment, ttl, src, dst, ...wrong, payload };
  }
  const [from, to] = [src as Ipv6, dst as Ipv6];
  return {
    kind: 'ipv6',
    trafficClass: 0,
    flowLabel: 0,
    hopLimit: ttl,
    src: from,
    dst: to,
    payload,
  };
}

const FRAGMENT = 44;

/** A packet in two, or less than that: both pieces, the wrong way round, one alone, or overlapping. */
function cut(plan: Plan, whole: IpPacket): readonly IpPacket[] {
  const { random } = plan;
  const bytes = encodeIpPacket(whole).subarray(whole.kind === 'ipv4' ? 20 : 40);
  const protocol = protocolOf(whole.payload);
  const id = plan.nextId();
  const piece = (offset: number, end: number, more: boolean): IpPacket =>
    pieceOf(whole, { kind: 'raw', protocol, data: bytes.subarray(offset, end) }, offset, more, id);
  // A first piece of TCP over IPv6 with less than its header is another matter.
  const at = protocol === IpProtocol.TCP ? 24 : 8;
  if (bytes.length <= at) return [whole];
  const first = piece(0, at, true);
  const last = piece(at, bytes.length, false);
  const [how, pieces] = random.weighted<readonly [string, readonly IpPacket[]]>([
    [3, ['in order', [first, last]]],
    [2, ['the wrong way round', [last, first]]],
    [1, ['first alone', [first]]],
    [1, ['last alone', [last]]],
    [bytes.length < at + 8 ? 0 : 1, ['overlapping', [last, piece(0, at + 8, true)]]],
    [1, ['twice', [first, first, last]]],
  ]);
  plan.use(`forged fragments ${how}`);
  return pieces;
}

function pieceOf(
  whole: IpPacket,
  payload: IpPayload,
  offset: number,
  more: boolean,
  id: number,
): IpPacket {
  if (whole.kind === 'ipv4') {
    const { checksum: _, ...header } = whole;
    const fields = { id, moreFragments: more, fragmentOffset: offset, dontFragment: false };
    return { ...header, ...fields, payload };
  }
  const data = new Uint8Array(6);
  const view = new DataView(data.buffer);
  view.setUint16(0, offset | Number(more));
  view.setUint32(2, id);
  return { ...whole, extensions: [{ type: FRAGMENT, data }], payload };
}
