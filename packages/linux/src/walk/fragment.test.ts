import { clonePacket, encodeIpPacket, type IpPacket, ipPacketLength } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SocketBuffer } from '../core.ts';
import { Handshakes } from '../devices/wireguard/handshakes.ts';
import { Namespace } from '../namespace.ts';
import { createNetfilter } from '../netfilter/create-netfilter.ts';
import { netfilterEnvironment } from '../netfilter-environment.ts';
import { EventQueue } from '../simulation/event-queue.ts';
import { Random } from '../simulation/random.ts';
import { fragment } from './fragment.ts';
import { Reassembly } from './reassembly.ts';

const namespace = new Namespace(
  'n',
  {
    queue: new EventQueue(),
    maxEvents: 1,
    random: new Random(1),
    draw: undefined,
    flowHashSeed: 1,
    handshakes: new Handshakes(new Random(1)),
    tunnelSourcePort: undefined,
    namespaces: new Map(),
    recorder: undefined,
    conversation: undefined,
    onFlood: undefined,
    answers: { icmpError: () => {}, reject: () => {} },
  },
  (inside) => createNetfilter(netfilterEnvironment(inside)),
);

const udp = (bytes: Uint8Array) =>
  ({ kind: 'udp', srcPort: 1000, dstPort: 2000, payload: bytes }) as const;

const ipv4 = (bytes: Uint8Array, id: number): IpPacket => ({
  kind: 'ipv4',
  tos: 0,
  id,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  src: 0x0a00_0001,
  dst: 0x0a00_0002,
  payload: udp(bytes),
});

const ipv6 = (bytes: Uint8Array): IpPacket => ({
  kind: 'ipv6',
  trafficClass: 0,
  flowLabel: 0,
  hopLimit: 64,
  src: 1n << 100n,
  dst: 2n << 100n,
  payload: udp(bytes),
});

const inFlight = (packet: IpPacket): SocketBuffer =>
  new SocketBuffer(clonePacket(packet), 'n', undefined, undefined);

const packets = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 4000 }), fc.nat(0xffff), fc.boolean())
  .map(([bytes, id, four]) => (four ? ipv4(bytes, id) : ipv6(bytes)));
const mtus = fc.integer({ min: 68, max: 1500 });

describe('pieces of a packet', () => {
  it('fit the MTU, and all but the last end on a multiple of eight', () => {
    fc.assert(
      fc.property(packets, mtus, (packet, mtu) => {
        const pieces = fragment(namespace, inFlight(packet), mtu);
        for (const [index, piece] of pieces.entries()) {
          expect(ipPacketLength(piece.packet)).toBeLessThanOrEqual(mtu);
          const { payload } = piece.packet;
          if (payload.kind !== 'raw') throw new Error('a piece has no ports');
          if (index < pieces.length - 1) expect(payload.data.length % 8).toBe(0);
        }
      }),
    );
  });

  it('make the packet again, in whatever order they come, and each as often as it likes', () => {
    fc.assert(
      fc.property(packets, mtus, fc.infiniteStream(fc.nat()), (packet, mtu, draws) => {
        const pieces = [...fragment(namespace, inFlight(packet), mtu)];
        const shuffled = pieces
          .map((piece) => ({ piece, key: draws.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ piece }) => piece);
        const reassembly = new Reassembly();
        const wholes: SocketBuffer[] = [];
        for (const piece of shuffled.slice(0, -1)) {
          for (const copy of [piece, piece.clone()]) {
            const whole = reassembly.take(copy, 0);
            if (whole !== undefined) wholes.push(whole);
          }
        }
        expect(wholes).toEqual([]);
        const [last] = shuffled.slice(-1);
        const whole = last === undefined ? undefined : reassembly.take(last, 0);
        expect(whole && encodeIpPacket(whole.packet)).toEqual(encodeIpPacket(packet));
        const largest = Math.max(...pieces.map((piece) => ipPacketLength(piece.packet)));
        if (pieces.length > 1) expect(whole?.largestFragment).toBe(largest);
      }),
    );
  });

  it('of different packets are not mixed', () => {
    const one = fragment(namespace, inFlight(ipv4(new Uint8Array(3000).fill(1), 1)), 1500);
    const two = fragment(namespace, inFlight(ipv4(new Uint8Array(3000).fill(2), 2)), 1500);
    const reassembly = new Reassembly();
    const wholes = [one[0], two[1], two[2], one[1], two[0], one[2]].map((piece) =>
      piece === undefined ? undefined : reassembly.take(piece, 0),
    );
    expect(wholes.map((whole) => whole !== undefined)).toEqual([
      ...[false, false, false, false, true, true],
    ]);
  });

  it('are given up after thirty seconds', () => {
    const pieces = fragment(namespace, inFlight(ipv4(new Uint8Array(2000), 1)), 1500);
    const [first, second] = pieces;
    if (first === undefined || second === undefined) throw new Error('two pieces');
    const reassembly = new Reassembly();
    expect(reassembly.take(first, 0)).toBeUndefined();
    expect(reassembly.take(second, 30_000)).toBeUndefined();
    expect(reassembly.take(first, 30_001)).toBeDefined();
  });
});

describe('a packet that is whole', () => {
  it('goes through the queue as it is', () => {
    const packet = inFlight(ipv4(new Uint8Array(10), 1));
    expect(new Reassembly().take(packet, 0)).toBe(packet);
  });
});
