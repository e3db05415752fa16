import { describe, expect, test } from 'vitest';
import { parseIpv4, parseIpv6 } from './address-text.ts';
import { get16, put16 } from './bytes.ts';
import { decodeIpPacket } from './decode.ts';
import { encodeIpPacket } from './encode.ts';
import type { IpPacket, IpPayload, UdpDatagram } from './packet.ts';
import { hex, toHex } from './test-hex.ts';

const overIpv4 = (payload: IpPayload): IpPacket => ({
  kind: 'ipv4',
  tos: 0,
  id: 1,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  src: parseIpv4('10.0.0.1'),
  dst: parseIpv4('10.0.0.2'),
  payload,
});

const overIpv6 = (payload: IpPayload): IpPacket => ({
  kind: 'ipv6',
  trafficClass: 0,
  flowLabel: 0,
  hopLimit: 64,
  src: parseIpv6('fd00::1'),
  dst: parseIpv6('fd00::2'),
  payload,
});

const udp = (payload: Uint8Array, checksum?: number): UdpDatagram => ({
  kind: 'udp',
  srcPort: 1000,
  dstPort: 2000,
  payload,
  ...(checksum === undefined ? {} : { checksum }),
});

/** The bytes of a packet after its IP header. */
const transportBytes = (packet: IpPacket): Uint8Array =>
  encodeIpPacket(packet).subarray(packet.kind === 'ipv4' ? 20 : 40);

/** Encodes, overwrites a 16-bit field of the transport header, decodes. */
const decodeWith = (packet: IpPacket, at: number, value: number): IpPayload => {
  const bytes = encodeIpPacket(packet);
  put16(bytes, (packet.kind === 'ipv4' ? 20 : 40) + at, value);
  return decodeIpPacket(bytes).payload;
};

describe('a UDP checksum', () => {
  test('that comes to 0 is sent as ffff', () => {
    // What makes the sum of everything ffff is the checksum of the same datagram with 0 in its place.
    const filler = new Uint8Array(2);
    put16(filler, 0, get16(transportBytes(overIpv4(udp(filler))), 6));
    const bytes = encodeIpPacket(overIpv4(udp(filler)));
    expect(get16(bytes, 26)).toBe(0xffff);
    expect(decodeIpPacket(bytes)).toEqual(overIpv4(udp(filler)));
  });

  test('of 0 means none, and stays none', () => {
    const none = overIpv4(udp(Uint8Array.of(1, 2, 3), 0));
    const bytes = encodeIpPacket(none);
    expect(get16(bytes, 26)).toBe(0);
    expect(decodeIpPacket(bytes)).toEqual(none);
  });

  test('that is wrong is kept and sent again', () => {
    for (const right of [overIpv4(udp(Uint8Array.of(1))), overIpv6(udp(Uint8Array.of(1)))]) {
      expect(decodeWith(right, 6, 0xbad)).toEqual(udp(Uint8Array.of(1), 0xbad));
      const wrong = { ...right, payload: udp(Uint8Array.of(1), 0xbad) };
      expect(decodeIpPacket(encodeIpPacket(wrong))).toEqual(wrong);
    }
  });
});

describe('UDP', () => {
  test('leaves out bytes after its own length', () => {
    expect(decodeWith(overIpv4(udp(Uint8Array.of(1, 2, 3), 0)), 4, 9)).toEqual(
      udp(Uint8Array.of(1), 0),
    );
  });

  test.each([
    [7, 'udp has length 7 with 9 bytes at hand'],
    [10, 'udp has length 10 with 9 bytes at hand'],
  ])('refuses a length of %i', (length, message) => {
    expect(() => decodeWith(overIpv4(udp(Uint8Array.of(1))), 4, length)).toThrow(
      expect.objectContaining({ name: 'DecodeError', layer: 'udp', message }),
    );
  });
});

describe('VXLAN', () => {
  const inner = {
    dst: 1,
    src: 2,
    payload: { kind: 'raw-ethernet', etherType: 0x8100, data: new Uint8Array(4) },
  } as const;
  const tunnel = (dstPort: number): IpPacket =>
    overIpv4({
      kind: 'udp',
      srcPort: 50000,
      dstPort,
      payload: { kind: 'vxlan', vni: 4096, inner },
    });
  const isVxlan = ({ payload }: IpPacket): boolean =>
    payload.kind === 'udp' && !(payload.payload instanceof Uint8Array);

  test.each([4789, 8472, 6784])('is known by port %i', (port) => {
    expect(decodeIpPacket(encodeIpPacket(tunnel(port)))).toEqual(tunnel(port));
  });

  test('is known by the ports that the caller names, and no others', () => {
    const at5555 = encodeIpPacket(tunnel(5555));
    expect(isVxlan(decodeIpPacket(at5555))).toBe(false);
    expect(isVxlan(decodeIpPacket(at5555, { vxlanPorts: [5555] }))).toBe(true);
    const at4789 = encodeIpPacket(tunnel(4789));
    expect(isVxlan(decodeIpPacket(at4789, { vxlanPorts: [] }))).toBe(false);
  });

  test.each([
    ['another flag (group policy)', '88000000 00100000'],
    ['no valid VNI', '00000000 00100000'],
    ['a reserved byte set', '08000000 00100001'],
    ['a header cut short', '08000000 001000'],
    ['no whole frame inside', '08000000 00100000 0000'],
    ['a broken packet inside', '08000000 00100000 000000000001 000000000002 0800 4500'],
  ])('with %s stays bytes', (_, digits) => {
    const packet = overIpv4({ ...udp(hex(digits)), dstPort: 4789 });
    expect(decodeIpPacket(encodeIpPacket(packet))).toEqual(packet);
  });
});

describe('TCP', () => {
  const segment = {
    kind: 'tcp',
    srcPort: 40000,
    dstPort: 443,
    sequence: 0xffff_ffff,
    acknowledgement: 0x8000_0000,
    flags: 0x18,
    window: 65535,
    data: Uint8Array.of(1, 2, 3),
  } as const;

  test('keeps a wrong checksum', () => {
    expect(decodeWith(overIpv4(segment), 16, 0xbad)).toEqual({ ...segment, checksum: 0xbad });
    expect(decodeWith(overIpv6(segment), 16, 0xbad)).toEqual({ ...segment, checksum: 0xbad });
  });

  test('refuses a header longer than the segment or shorter than it can be', () => {
    expect(() => decodeWith(overIpv4(segment), 12, 0x6018)).toThrow(
      'tcp has a header of 24 bytes with 23 bytes at hand',
    );
    expect(() => decodeWith(overIpv4(segment), 12, 0x4018)).toThrow(
      'tcp has a header of 16 bytes with 23 bytes at hand',
    );
  });

  test.each([3, 44])('cannot have %i bytes of options', (length) => {
    const packet = overIpv4({ ...segment, options: new Uint8Array(length) });
    expect(() => encodeIpPacket(packet)).toThrow(
      new RangeError(`TCP options take a multiple of 4 bytes up to 40, not ${length}`),
    );
  });
});

describe('SCTP', () => {
  const init = {
    kind: 'sctp',
    srcPort: 5000,
    dstPort: 6000,
    verificationTag: 0,
    chunks: [
      { type: 1, flags: 0, value: hex('11223344 0001a000 0001 ffff 55667788') },
      { type: 0, flags: 3, value: Uint8Array.of(9) },
    ],
  } as const;
  const packet = (): IpPacket => overIpv4({ ...init, chunks: [...init.chunks] });

  test('pads each chunk to 4 bytes but does not count the padding', () => {
    expect(toHex(transportBytes(packet()).subarray(12))).toBe(
      `01000014${'1122334400' + '01a0000001ffff55667788'}${'00030005' + '09000000'}`,
    );
    expect(decodeIpPacket(encodeIpPacket(packet()))).toEqual(packet());
  });

  test('keeps a wrong checksum', () => {
    expect(decodeWith(packet(), 8, 0)).toHaveProperty('checksum', expect.any(Number));
    const wrong = overIpv4({ ...init, chunks: [...init.chunks], checksum: 0xdead_beef });
    expect(decodeIpPacket(encodeIpPacket(wrong))).toEqual(wrong);
  });

  test('takes a last chunk without its padding', () => {
    const bytes = encodeIpPacket(packet());
    const cut = bytes.subarray(0, bytes.length - 3);
    put16(cut, 2, cut.length);
    expect(decodeIpPacket(cut).payload).toMatchObject({ chunks: init.chunks });
  });

  test.each([
    [0, 'sctp chunk has length 0 with 28 bytes at hand'],
    [29, 'sctp chunk has length 29 with 28 bytes at hand'],
  ])('refuses a chunk of length %i', (length, message) => {
    expect(() => decodeWith(packet(), 14, length)).toThrow(message);
  });

  test('cannot have a chunk longer than its length field says', () => {
    const huge = { type: 0, flags: 0, value: new Uint8Array(65_532) };
    expect(() => encodeIpPacket(overIpv6({ ...init, chunks: [huge] }))).toThrow(RangeError);
  });
});

describe('ICMP', () => {
  const echo = {
    kind: 'icmp',
    type: 8,
    code: 0,
    rest: 0x0102_ff03,
    data: Uint8Array.of(7),
  } as const;
  const echo6 = { ...echo, kind: 'icmpv6', type: 128 } as const;

  test('keeps a wrong checksum', () => {
    expect(decodeWith(overIpv4(echo), 2, 0xbad)).toEqual({ ...echo, checksum: 0xbad });
    expect(decodeWith(overIpv6(echo6), 2, 0xbad)).toEqual({ ...echo6, checksum: 0xbad });
  });

  test('has the pseudo header in its checksum for IPv6 only', () => {
    const other = parseIpv6('fd00::3');
    const toOther = { ...overIpv6(echo6), dst: other } as IpPacket;
    expect(get16(transportBytes(toOther), 2)).not.toBe(get16(transportBytes(overIpv6(echo6)), 2));
    const elsewhere = { ...overIpv4(echo), dst: 7 } as IpPacket;
    expect(get16(transportBytes(elsewhere), 2)).toBe(get16(transportBytes(overIpv4(echo)), 2));
  });

  test('of the other family is no ICMP', () => {
    const packet = overIpv6({ kind: 'raw', protocol: 1, data: new Uint8Array(8) });
    expect(decodeIpPacket(encodeIpPacket(packet))).toEqual(packet);
  });

  test('is cut short below 8 bytes', () => {
    const packet = overIpv6({ kind: 'raw', protocol: 58, data: new Uint8Array(7) });
    expect(() => decodeIpPacket(encodeIpPacket(packet))).toThrow(
      'icmpv6 has 7 bytes, its header needs 8',
    );
  });
});

describe('neighbour discovery', () => {
  const solicitation = (digits: string): IpPacket =>
    overIpv6({ kind: 'icmpv6', type: 135, code: 0, rest: 0, data: hex(digits) });
  const target = 'fd00000000000000 0000000000000002';
  const decoded = (digits: string): IpPayload =>
    decodeIpPacket(encodeIpPacket(solicitation(digits))).payload;

  test('keeps options that it does not know, after the link addresses', () => {
    expect(decoded(`${target} 0e01 112233445566 0101 02000000000a`)).toMatchObject({
      data: {
        kind: 'ndp',
        target: parseIpv6('fd00::2'),
        sourceLinkAddress: 0x0200_0000_000a,
        otherOptions: hex('0e01 112233445566'),
      },
    });
  });

  test.each([
    ['a target cut short', 'fd00'],
    ['an option of length 0', `${target} 0100 02000000000a`],
    ['an option longer than the message', `${target} 0102 02000000000a`],
    ['half an option', `${target} 01`],
  ])('with %s stays bytes', (_, digits) => {
    expect(decoded(digits)).toMatchObject({ data: hex(digits) });
  });
});
