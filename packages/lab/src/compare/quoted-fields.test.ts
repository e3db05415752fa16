import { encodeIpPacket, type IpPacket, type Ipv4Packet, parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { quotedFields } from './quoted-fields.ts';

const address = (text: string): number => Number(parseIp(text));

const datagram = (id: number): Ipv4Packet => ({
  kind: 'ipv4',
  tos: 0,
  id,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  src: address('10.0.0.1'),
  dst: address('10.0.0.2'),
  payload: { kind: 'udp', srcPort: 4000, dstPort: 53, payload: Uint8Array.of(1, 2, 3) },
});

const errorAbout = (packet: IpPacket): IpPacket => ({
  ...datagram(7),
  src: address('10.0.0.2'),
  dst: address('10.0.0.1'),
  payload: { kind: 'icmp', type: 3, code: 3, rest: 0, data: encodeIpPacket(packet) },
});

const fieldsOf = (packet: IpPacket, lengthBytes?: number): ReadonlyMap<string, string> =>
  new Map(quotedFields(encodeIpPacket(packet).subarray(0, lengthBytes)));

describe('the fields of a quoted packet', () => {
  it('are its header without what is drawn, and what lies behind it', () => {
    const fields = fieldsOf(datagram(0x1234));
    expect(fields.get('length')).toBe('31');
    expect(fields.get('ip.id')).toBe('1234');
    expect(fields.get('ip.header')).toBe('4500001f000040004011' + '0000' + '0a000001' + '0a000002');
    expect(fields.get('udp.ports')).toBe('0fa00035');
    expect(fields.get('udp.data')).toBe('010203');
  });

  it('differ in the identification and what covers it alone when only that differs', () => {
    const [one, other] = [fieldsOf(datagram(1)), fieldsOf(datagram(2))];
    const differing = [...one.keys()].filter((name) => one.get(name) !== other.get(name));
    expect(differing).toEqual(['ip.id', 'ip.checksum']);
  });

  it('are those of a packet that it quotes in its turn', () => {
    const fields = fieldsOf(errorAbout(datagram(0x1234)));
    expect(fields.get('icmp.header')).toBe('030300000000');
    expect(fields.get('quoted ip.id')).toBe('1234');
    expect(fields.get('quoted udp.data')).toBe('010203');
    expect(fields.has('data')).toBe(false);
  });

  it('are bytes where the header itself is cut off', () => {
    expect([...fieldsOf(datagram(1), 12).keys()]).toEqual(['length', 'bytes']);
  });
});
