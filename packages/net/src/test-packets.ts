import fc from 'fast-check';
import type {
  ArpPacket,
  EthernetFrame,
  Icmpv6Message,
  IpPacket,
  IpPayload,
  Ipv4Packet,
  Ipv6ExtensionHeader,
  Ipv6Packet,
  NeighbourDiscovery,
  RawIpPayload,
  SctpPacket,
  TcpSegment,
  UdpDatagram,
} from './packet.ts';
import { anyIpv4, anyIpv6, anyMac } from './test-arbitraries.ts';

/**
 * Arbitrary packets in the form that decoding gives: absent where the wire says nothing, whole where the
 * decoder reads on. Not part of the package.
 */

const byte = fc.nat(0xff);
const word = fc.nat(0xffff);
const long = fc.nat(0xffff_ffff);
const data = fc.uint8Array({ maxLength: 40 });
const sizedBytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const optionWords = fc.integer({ min: 1, max: 10 }).chain((words) => sizedBytes(words * 4));
/** Neither transport nor tunnel nor IPv6 extension header: GRE, ESP, OSPF, "no next header". */
const unknownProtocol = fc.constantFrom(47, 50, 89, 59);
/** No VXLAN on it. */
const plainPort = word.filter((port) => ![4789, 8472, 6784].includes(port));

const tcp: fc.Arbitrary<TcpSegment> = fc.record(
  {
    kind: fc.constant('tcp'),
    srcPort: word,
    dstPort: word,
    sequence: long,
    acknowledgement: long,
    flags: fc.nat(0xfff),
    window: word,
    urgentPointer: fc.integer({ min: 1, max: 0xffff }),
    options: optionWords,
    data,
  },
  {
    requiredKeys: [
      'kind',
      'srcPort',
      'dstPort',
      'sequence',
      'acknowledgement',
      'flags',
      'window',
      'data',
    ],
  },
);

const plainUdp: fc.Arbitrary<UdpDatagram> = fc.record(
  {
    kind: fc.constant('udp'),
    srcPort: word,
    dstPort: plainPort,
    payload: data,
    checksum: fc.constant(0),
  },
  { requiredKeys: ['kind', 'srcPort', 'dstPort', 'payload'] },
);

const vxlan = (inner: fc.Arbitrary<EthernetFrame>): fc.Arbitrary<UdpDatagram> =>
  fc.record({
    kind: fc.constant('udp'),
    srcPort: word,
    dstPort: fc.constantFrom(4789, 8472, 6784),
    payload: fc.record({ kind: fc.constant('vxlan'), vni: fc.nat(0xff_ffff), inner }),
  });

const sctp: fc.Arbitrary<SctpPacket> = fc.record({
  kind: fc.constant('sctp'),
  srcPort: word,
  dstPort: word,
  verificationTag: long,
  chunks: fc.array(fc.record({ type: byte, flags: byte, value: data }), { maxLength: 3 }),
});

const icmp: fc.Arbitrary<IpPayload> = fc.record({
  kind: fc.constant('icmp'),
  type: byte,
  code: byte,
  rest: long,
  data,
});

const ndp: fc.Arbitrary<NeighbourDiscovery> = fc.record(
  {
    kind: fc.constant('ndp'),
    target: anyIpv6,
    sourceLinkAddress: anyMac,
    targetLinkAddress: anyMac,
    // A nonce.
    otherOptions: sizedBytes(6).map((nonce) => Uint8Array.of(14, 1, ...nonce)),
  },
  { requiredKeys: ['kind', 'target'] },
);

const icmpv6: fc.Arbitrary<Icmpv6Message> = fc.oneof(
  fc.record({
    kind: fc.constant('icmpv6'),
    type: byte.filter((type) => type !== 135 && type !== 136),
    code: byte,
    rest: long,
    data,
  }),
  fc.record({
    kind: fc.constant('icmpv6'),
    type: fc.constantFrom(135, 136),
    code: fc.constant(0),
    rest: long,
    data: ndp,
  }),
);

const unknown: fc.Arbitrary<RawIpPayload> = fc.record({
  kind: fc.constant('raw'),
  protocol: unknownProtocol,
  data,
});

const ipv4 = (payload: fc.Arbitrary<IpPayload>): fc.Arbitrary<Ipv4Packet> =>
  fc
    .record(
      {
        kind: fc.constant('ipv4'),
        tos: byte,
        id: word,
        dontFragment: fc.boolean(),
        moreFragments: fc.constant(false),
        fragmentOffset: fc.constant(0),
        ttl: byte,
        src: anyIpv4,
        dst: anyIpv4,
        options: optionWords,
        payload,
      },
      {
        requiredKeys: [
          'kind',
          'tos',
          'id',
          'dontFragment',
          'moreFragments',
          'fragmentOffset',
          'ttl',
          'src',
          'dst',
          'payload',
        ],
      },
    )
    .map((packet): Ipv4Packet => packet);

/** A fragment of any protocol: what it carries stays bytes. */
const ipv4Fragment: fc.Arbitrary<Ipv4Packet> = fc
  .tuple(ipv4(icmp), fc.nat(0x1fff), fc.boolean(), byte, data)
  .map(([packet, offset, more, protocol, bytes]) => ({
    ...packet,
    fragmentOffset: offset * 8,
    moreFragments: more || offset === 0,
    payload: { kind: 'raw', protocol, data: bytes },
  }));

const wholeExtension: fc.Arbitrary<Ipv6ExtensionHeader> = fc.oneof(
  fc.record({
    type: fc.constantFrom(0, 43, 60),
    data: fc.nat(2).chain((units) => sizedBytes(6 + 8 * units)),
  }),
  // An atomic fragment.
  fc.record({
    type: fc.constant(44),
    data: sizedBytes(4).map((id) => Uint8Array.of(0, 0, ...id)),
  }),
);

const ipv6 = (payload: fc.Arbitrary<IpPayload>): fc.Arbitrary<Ipv6Packet> =>
  fc.record(
    {
      kind: fc.constant('ipv6'),
      trafficClass: byte,
      flowLabel: fc.nat(0xf_ffff),
      hopLimit: byte,
      src: anyIpv6,
      dst: anyIpv6,
      extensions: fc.array(wholeExtension, { minLength: 1, maxLength: 3 }),
      payload,
    },
    { requiredKeys: ['kind', 'trafficClass', 'flowLabel', 'hopLimit', 'src', 'dst', 'payload'] },
  );

const ipv6Fragment: fc.Arbitrary<Ipv6Packet> = fc
  .tuple(ipv6(icmpv6), fc.integer({ min: 1, max: 0xffff }), long, byte, data)
  .filter(([, offsetAndFlags]) => (offsetAndFlags & 0xfff9) !== 0)
  .map(([packet, offsetAndFlags, id, protocol, bytes]) => {
    const header = Uint8Array.of(
      offsetAndFlags >>> 8,
      offsetAndFlags,
      id >>> 24,
      id >>> 16,
      id >>> 8,
      id,
    );
    const extensions = [...(packet.extensions ?? []), { type: 44, data: header }];
    return { ...packet, extensions, payload: { kind: 'raw', protocol, data: bytes } };
  });

const arp: fc.Arbitrary<ArpPacket> = fc.record({
  kind: fc.constant('arp'),
  operation: fc.constantFrom('request', 'reply'),
  senderMac: anyMac,
  senderIp: anyIpv4,
  targetMac: anyMac,
  targetIp: anyIpv4,
});

const frame = (payload: fc.Arbitrary<ArpPacket | IpPacket>): fc.Arbitrary<EthernetFrame> =>
  fc.oneof(
    fc.record(
      {
        dst: anyMac,
        src: anyMac,
        payload,
        trailer: fc.uint8Array({ minLength: 1, maxLength: 18 }),
      },
      { requiredKeys: ['dst', 'src', 'payload'] },
    ),
    fc.record({
      dst: anyMac,
      src: anyMac,
      payload: fc.record({
        kind: fc.constant('raw-ethernet'),
        // A VLAN tag, a spanning tree frame's length, LLDP.
        etherType: fc.constantFrom(0x8100, 39, 0x88cc),
        data,
      }),
    }),
  );

const packets = fc.letrec<{ frame: EthernetFrame; packet: IpPacket }>((tie) => {
  const flat: fc.Arbitrary<IpPayload> = fc.oneof(tcp, plainUdp, sctp, unknown);
  const deep: fc.Arbitrary<IpPayload> = fc.oneof(
    vxlan(tie('frame')),
    fc.record({ kind: fc.constant('ipip'), inner: tie('packet') }),
  );
  return {
    packet: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'packet' },
      fc.oneof(ipv4(fc.oneof(flat, icmp)), ipv6(fc.oneof(flat, icmpv6))),
      fc.oneof(ipv4Fragment, ipv6Fragment),
      fc.oneof(ipv4(deep), ipv6(deep)),
    ),
    frame: frame(fc.oneof(arp, tie('packet'))),
  };
});

export const anyIpPacket: fc.Arbitrary<IpPacket> = packets.packet;

export const anyFrame: fc.Arbitrary<EthernetFrame> = packets.frame;
