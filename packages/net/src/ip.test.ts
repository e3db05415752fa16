import { describe, expect, test } from 'vitest';
import { formatIp, parseIpv4, parseIpv6 } from './address-text.ts';
import { put16 } from './bytes.ts';
import { decodeFrame, decodeIpPacket } from './decode.ts';
import { DecodeError } from './decode-error.ts';
import { encodeFrame, encodeIpPacket, protocolOf } from './encode.ts';
import { frameLength, ipHeaderLength, ipPacketLength } from './length.ts';
import type { IpPacket, IpPayload, Ipv4Packet, Ipv6Packet } from './packet.ts';
import { hex, toHex } from './test-hex.ts';

const raw: IpPayload = { kind: 'raw', protocol: 50, data: Uint8Array.of(1, 2, 3, 4) };

const ipv4: Ipv4Packet = {
  kind: 'ipv4',
  tos: 0,
  id: 1,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  src: parseIpv4('10.0.0.1'),
  dst: parseIpv4('10.0.0.2'),
  payload: raw,
};

const ipv6: Ipv6Packet = {
  kind: 'ipv6',
  trafficClass: 0,
  flowLabel: 0,
  hopLimit: 64,
  src: parseIpv6('fd00::1'),
  dst: parseIpv6('fd00::2'),
  payload: raw,
};

describe('an IPv4 header', () => {
  // The worked example of the Wikipedia article "Internet checksum".
  const example = hex(`4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7 ${'00'.repeat(95)}`);
  put16(example, 24, 95);

  test('is read', () => {
    const packet = decodeIpPacket(example);
    expect(packet).toMatchObject({ kind: 'ipv4', dontFragment: true, ttl: 64 });
    expect(formatIp(packet.dst)).toBe('192.168.0.199');
    expect(packet).not.toHaveProperty('checksum');
  });

  test('keeps a wrong checksum and is sent with it again', () => {
    const wrong = example.slice();
    put16(wrong, 10, 0xb862);
    const packet = decodeIpPacket(wrong);
    expect(packet).toMatchObject({ checksum: 0xb862 });
    expect(encodeIpPacket(packet)).toEqual(wrong);
  });

  test('gets its checksum anew when a router has changed it', () => {
    const packet = decodeIpPacket(example);
    if (packet.kind === 'ipv4') packet.ttl--;
    expect(toHex(encodeIpPacket(packet).subarray(8, 12))).toBe('3f11b961');
  });

  test('may have options', () => {
    // Router alert.
    const packet = { ...ipv4, options: hex('94040000') };
    const bytes = encodeIpPacket(packet);
    expect(bytes[0]).toBe(0x46);
    expect(ipHeaderLength(packet)).toBe(24);
    expect(decodeIpPacket(bytes)).toEqual(packet);
  });

  test.each([
    ['nothing', '', 'ip has 0 bytes, its header needs 1'],
    ['another version', '50', 'ip has version 5, neither 4 nor 6'],
    ['19 bytes', `45${'00'.repeat(18)}`, 'ipv4 has 19 bytes, its header needs 20'],
    ['a header of 4 words', `44${'00'.repeat(19)}`, 'ipv4 has a header of 16 bytes, less than 20'],
    ['options cut short', `46${'00'.repeat(19)}`, 'ipv4 has 20 bytes, its header needs 24'],
    [
      'a length below the header',
      `45000013${'00'.repeat(16)}`,
      'ipv4 has total length 19 with a header of 20 and 20 bytes at hand',
    ],
    [
      'a length above the bytes',
      `45000015${'00'.repeat(16)}`,
      'ipv4 has total length 21 with a header of 20 and 20 bytes at hand',
    ],
  ])('is refused: %s', (_, digits, message) => {
    expect(() => decodeIpPacket(hex(digits))).toThrow(
      expect.objectContaining({ name: 'DecodeError', message }),
    );
  });

  test.each<[string, Partial<Ipv4Packet>]>([
    ['options not a multiple of 4', { options: new Uint8Array(3) }],
    ['too many options', { options: new Uint8Array(44) }],
    ['a fragment offset not a multiple of 8', { fragmentOffset: 4 }],
    ['a fragment offset beyond 13 bits', { fragmentOffset: 65_536 }],
    ['too many bytes', { payload: { ...raw, kind: 'raw', data: new Uint8Array(65_516) } }],
  ])('cannot say: %s', (_, change) => {
    expect(() => encodeIpPacket({ ...ipv4, ...change } as Ipv4Packet)).toThrow(RangeError);
  });
});

describe('an IPv6 header', () => {
  // Router alert, then a routing header, then a raw payload.
  const extensions = [
    { type: 0, data: hex('050200000100') },
    { type: 43, data: hex(`0000${'00'.repeat(12)}`) },
  ];

  test('chains its extension headers', () => {
    const packet = { ...ipv6, extensions };
    const bytes = encodeIpPacket(packet);
    expect(toHex(bytes.subarray(4, 8))).toBe('001c0040');
    expect(toHex(bytes.subarray(40))).toBe(
      `2b00050200000100${'3201'}${'00'.repeat(14)}${'01020304'}`,
    );
    expect(ipHeaderLength(packet)).toBe(64);
    expect(decodeIpPacket(bytes)).toEqual(packet);
  });

  test('keeps a transport readable behind them', () => {
    const payload: IpPayload = { kind: 'udp', srcPort: 1, dstPort: 2, payload: Uint8Array.of(5) };
    const packet = { ...ipv6, extensions, payload };
    expect(decodeIpPacket(encodeIpPacket(packet))).toEqual(packet);
  });

  test('of a fragment leaves the payload as bytes, even when it starts with another extension header', () => {
    const fragment = { type: 44, data: hex('0001 00000007') };
    const payload: IpPayload = { kind: 'raw', protocol: 60, data: Uint8Array.of(1) };
    const packet = { ...ipv6, extensions: [fragment], payload };
    expect(decodeIpPacket(encodeIpPacket(packet))).toEqual(packet);
  });

  test.each([
    ['39 bytes', `60${'00'.repeat(38)}`, 'ipv6 has 39 bytes, its header needs 40'],
    [
      'a length above the bytes',
      `600000000001${'00'.repeat(34)}`,
      'ipv6 says 41 bytes, 40 are at hand',
    ],
    [
      'half an extension header',
      `600000000001${'00'.repeat(34)}2b`,
      'ipv6 extension has 1 bytes, its header needs 2',
    ],
    [
      'an extension header cut short',
      `600000000008${'00'.repeat(34)}2b01${'00'.repeat(6)}`,
      'ipv6 extension has 8 bytes, its header needs 16',
    ],
  ])('is refused: %s', (_, digits, message) => {
    expect(() => decodeIpPacket(hex(digits))).toThrow(
      expect.objectContaining({ name: 'DecodeError', message }),
    );
  });

  test.each<[string, Partial<Ipv6Packet>]>([
    ['an extension header of odd length', { extensions: [{ type: 0, data: new Uint8Array(7) }] }],
    ['an empty extension header', { extensions: [{ type: 0, data: new Uint8Array(0) }] }],
    ['a long fragment header', { extensions: [{ type: 44, data: new Uint8Array(14) }] }],
    ['an unknown extension header', { extensions: [{ type: 51, data: new Uint8Array(6) }] }],
    ['too many bytes', { payload: { kind: 'raw', protocol: 50, data: new Uint8Array(65_536) } }],
  ])('cannot say: %s', (_, change) => {
    expect(() => encodeIpPacket({ ...ipv6, ...change })).toThrow(RangeError);
  });
});

describe('IP in IP', () => {
  const wrap = (inner: IpPacket): Ipv4Packet => ({ ...ipv4, payload: { kind: 'ipip', inner } });

  test('is protocol 4 or 41, by what is inside', () => {
    expect(protocolOf(wrap(ipv4).payload)).toBe(4);
    expect(protocolOf(wrap(ipv6).payload)).toBe(41);
    expect(ipPacketLength(wrap(ipv4))).toBe(20 + 20 + 4);
    for (const packet of [wrap(ipv4), wrap(ipv6), { ...ipv6, payload: wrap(ipv4).payload }]) {
      expect(decodeIpPacket(encodeIpPacket(packet))).toEqual(packet);
    }
  });

  test('with the wrong version inside is refused', () => {
    const bytes = encodeIpPacket(wrap(ipv6));
    bytes[9] = 4;
    expect(() => decodeIpPacket(bytes)).toThrow(new DecodeError('ipv4', 'has version 6'));
  });

  test('is followed 8 layers deep and kept as bytes below, so that no packet exhausts the stack', () => {
    let packet: IpPacket = ipv4;
    for (let layer = 0; layer < 3000; layer++) packet = wrap(packet);
    const bytes = encodeIpPacket(packet);
    let decoded = decodeIpPacket(bytes);
    let layers = 0;
    for (; decoded.payload.kind === 'ipip'; layers++) decoded = decoded.payload.inner;
    expect(layers).toBe(8);
    expect(decoded.payload).toMatchObject({ kind: 'raw', protocol: 4 });
    expect(encodeIpPacket(decodeIpPacket(bytes))).toEqual(bytes);
  });
});

describe('an Ethernet frame', () => {
  const frame = { dst: 1, src: 2, payload: ipv4 };

  test('keeps the padding that short frames have', () => {
    const padded = { ...frame, trailer: new Uint8Array(22) };
    expect(frameLength(padded)).toBe(60);
    expect(decodeFrame(encodeFrame(padded))).toEqual(padded);
  });

  test('is refused when cut short', () => {
    expect(() => decodeFrame(new Uint8Array(13))).toThrow(
      'ethernet has 13 bytes, its header needs 14',
    );
    const arp = hex(`${'00'.repeat(12)}0806${'00'.repeat(27)}`);
    expect(() => decodeFrame(arp)).toThrow('arp has 27 bytes, its header needs 28');
  });

  test('whose type and version disagree is refused', () => {
    const bytes = encodeFrame(frame);
    put16(bytes, 12, 0x86dd);
    expect(() => decodeFrame(bytes)).toThrow(DecodeError);
  });

  test.each([
    ['another operation (RARP)', '0001 0800 06 04 0003'],
    ['other hardware', '0006 0800 06 04 0001'],
    ['another protocol', '0001 86dd 06 04 0001'],
    ['other address lengths', '0001 0800 08 04 0001'],
  ])('with ARP for %s keeps it as bytes', (_, head) => {
    const data = hex(`${head} ${'00'.repeat(20)}`);
    const arp = { ...frame, payload: { kind: 'raw-ethernet', etherType: 0x0806, data } } as const;
    expect(decodeFrame(encodeFrame(arp))).toEqual(arp);
  });
});
