import { clonePacket, encodeIpPacket, type IpPacket } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewrite } from '../nat/translate.ts';
import { icmp, tcp, udp } from '../test-support.ts';
import { readQuoted, rewriteQuoted } from './quoted-packet.ts';
import { Tuple } from './tuple.ts';

const port = fc.integer({ min: 1, max: 65_535 });
const data = fc.uint8Array({ maxLength: 40 });
const v4 = fc.ipV4();
const v6 = fc.bigInt({ min: 1n, max: (1n << 128n) - 1n });

const ipv4Packet: fc.Arbitrary<IpPacket> = fc
  .record({
    src: v4,
    dst: v4,
    srcPort: port,
    dstPort: port,
    kind: fc.integer({ min: 0, max: 2 }),
    data,
  })
  .map(({ src, dst, srcPort, dstPort, kind, data: bytes }) => {
    if (kind === 0) return tcp(`${src}:${srcPort} > ${dst}:${dstPort}`, 'A', { data: bytes });
    if (kind === 1) return icmp(src, dst, 8, 0, ((srcPort << 16) | dstPort) >>> 0, bytes);
    const packet = udp(`${src}:${srcPort} > ${dst}:${dstPort}`);
    if (packet.payload.kind === 'udp') packet.payload.payload = bytes;
    return packet;
  });

const ipv6Packet: fc.Arbitrary<IpPacket> = fc
  .record({
    src: v6,
    dst: v6,
    srcPort: port,
    dstPort: port,
    kind: fc.integer({ min: 0, max: 2 }),
    data,
  })
  .map(({ src, dst, srcPort, dstPort, kind, data: bytes }) => {
    const packet =
      kind === 0
        ? tcp(`[::1]:${srcPort} > [::2]:${dstPort}`, 'A', { data: bytes })
        : kind === 1
          ? icmp('::1', '::2', 128, 0, ((srcPort << 16) | dstPort) >>> 0, bytes)
          : udp(`[::1]:${srcPort} > [::2]:${dstPort}`);
    if (packet.kind === 'ipv6') Object.assign(packet, { src, dst });
    return packet;
  });

const target = (packet: IpPacket, address: number, big: bigint, newPort: number): Tuple => {
  const tuple = new Tuple();
  const to = packet.kind === 'ipv4' ? address : big;
  tuple.set(to, to, newPort, newPort, 0);
  return tuple;
};

describe('rewriting a quoted packet', () => {
  it('gives the bytes that the rewritten packet would have, checksums and all', () => {
    fc.assert(
      fc.property(
        fc.oneof(ipv4Packet, ipv6Packet),
        fc.integer({ min: 1, max: 0xffff_fffe }),
        v6,
        port,
        fc.constantFrom('source', 'destination'),
        (packet, address, big, newPort, side) => {
          const to = target(packet, address, big, newPort);
          const before = encodeIpPacket(packet);
          const kept = before.slice();
          const rewritten = clonePacket(packet);
          rewrite(rewritten, side, to);
          expect(rewriteQuoted(before, side, to)).toEqual(encodeIpPacket(rewritten));
          expect(before).toEqual(kept);
        },
      ),
    );
  });

  it('leaves a cut-off checksum alone', () => {
    const packet = tcp('10.0.0.1:1000 > 10.0.0.2:80', 'S');
    const to = target(packet, 0x0a00_0003, 0n, 7);
    const cut = encodeIpPacket(packet).slice(0, 28);
    const rewritten = clonePacket(packet);
    rewrite(rewritten, 'source', to);
    expect(rewriteQuoted(cut, 'source', to)).toEqual(encodeIpPacket(rewritten).slice(0, 28));
  });

  it('keeps UDP without a checksum without', () => {
    const packet = udp('10.0.0.1:1000 > 10.0.0.2:80');
    if (packet.payload.kind === 'udp') packet.payload.checksum = 0;
    const bytes = rewriteQuoted(encodeIpPacket(packet), 'source', target(packet, 9, 0n, 7));
    expect([bytes[26], bytes[27]]).toEqual([0, 0]);
  });
});

describe('reading a quoted packet', () => {
  it('takes any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(typeof readQuoted(bytes, new Tuple())).toBe('boolean');
        expect(rewriteQuoted(bytes, 'source', new Tuple()).length).toBe(bytes.length);
      }),
    );
  });

  it('refuses fragments other than the first', () => {
    const bytes = encodeIpPacket(udp('10.0.0.1:1000 > 10.0.0.2:80'));
    bytes[7] = 1;
    expect(readQuoted(bytes, new Tuple())).toBe(false);
  });
});
