import { type EthernetFrame, type Ip, type IpPacket, parseIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flowSourcePort } from './flow-hash.ts';

const packet = (src: Ip, dst: Ip, srcPort: number, dstPort: number): IpPacket => {
  const payload = { kind: 'udp', srcPort, dstPort, payload: new Uint8Array(0) } as const;
  if (typeof src === 'number' && typeof dst === 'number') {
    const fields = { tos: 0, id: 0, dontFragment: true, moreFragments: false, fragmentOffset: 0 };
    return { kind: 'ipv4', ...fields, ttl: 64, src, dst, payload };
  }
  return {
    kind: 'ipv6',
    trafficClass: 0,
    flowLabel: 0,
    hopLimit: 64,
    src: BigInt(src),
    dst: BigInt(dst),
    payload,
  };
};

const frame = (payload: EthernetFrame['payload']): EthernetFrame => ({ src: 1, dst: 2, payload });

const address = fc.oneof(
  fc.nat(0xffff_ffff).map((ip): Ip => ip),
  fc.bigInt({ min: 1n << 100n, max: (1n << 128n) - 1n }).map((ip): Ip => ip),
);
const port = fc.nat(0xffff);

describe('the source port of a tunnelled flow', () => {
  it('is one of those that are nobody else’s, and the same both ways', () => {
    fc.assert(
      fc.property(address, address, port, port, fc.nat(), (a, b, p, q, seed) => {
        fc.pre(typeof a === typeof b);
        const there = flowSourcePort(frame(packet(a, b, p, q)), seed);
        const back = flowSourcePort(frame(packet(b, a, q, p)), seed);
        expect(there).toBe(back);
        expect(there).toBeGreaterThanOrEqual(32_768);
        expect(there).toBeLessThanOrEqual(60_999);
      }),
    );
  });

  it('spreads flows, and is another with another seed', () => {
    const of = (srcPort: number, seed: number) =>
      flowSourcePort(frame(packet(parseIp('10.0.0.1'), parseIp('10.0.0.2'), srcPort, 80)), seed);
    const ports = new Set(Array.from({ length: 500 }, (_, index) => of(40_000 + index, 1)));
    expect(ports.size).toBeGreaterThan(450);
    expect(of(40_000, 1)).not.toBe(of(40_000, 2));
  });

  it('goes by addresses alone for what has no ports', () => {
    const ping = (rest: number): EthernetFrame => {
      const ip = packet(parseIp('10.0.0.1'), parseIp('10.0.0.2'), 0, 0);
      const payload = { kind: 'icmp', type: 8, code: 0, rest, data: new Uint8Array(0) } as const;
      return frame(ip.kind === 'ipv4' ? { ...ip, payload } : ip);
    };
    expect(flowSourcePort(ping(1), 9)).toBe(flowSourcePort(ping(2), 9));
    const arp = {
      kind: 'arp',
      operation: 'request',
      senderMac: 1,
      senderIp: 1,
      targetMac: 0,
      targetIp: 2,
    } as const;
    expect(flowSourcePort(frame(arp), 9)).toBe(
      flowSourcePort({ ...frame(arp), src: 2, dst: 1 }, 9),
    );
  });
});
