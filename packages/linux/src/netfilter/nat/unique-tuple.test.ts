import { type IpPacket, parseIp } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../rule.ts';
import {
  append,
  Bench,
  destination,
  icmp,
  protocol,
  source,
  TestEnvironment,
  udp,
} from '../test-support.ts';

const S = '10.2.0.2';
const NODE = '192.0.2.1';

const masquerading = (target: Target = { kind: 'masquerade' }, seed = 1): Bench =>
  new Bench(new TestEnvironment(seed)).apply(
    append('nat', 'POSTROUTING', [protocol('udp')], target),
  );

const portAfter = (bench: Bench, flow: string): number | undefined => {
  const packet = udp(flow);
  if (bench.forward(packet).kind !== 'accept') return undefined;
  return packet.payload.kind === 'udp' ? packet.payload.srcPort : undefined;
};

describe('the source port', () => {
  it('is kept when it is free, also towards another server', () => {
    const bench = masquerading();
    expect(portAfter(bench, `10.1.0.2:40000 > ${S}:53`)).toBe(40_000);
    expect(portAfter(bench, '10.1.0.3:40000 > 10.2.0.3:53')).toBe(40_000);
    expect(portAfter(bench, `10.1.0.3:40000 > ${S}:54`)).toBe(40_000);
  });

  it('is replaced by a free one of its class when it is taken', () => {
    for (const [port, first, last] of [
      [40_000, 1024, 65_535],
      [500, 1, 511],
      [700, 600, 1023],
    ] as const) {
      const bench = masquerading();
      expect(portAfter(bench, `10.1.0.2:${port} > ${S}:53`)).toBe(port);
      const other = portAfter(bench, `10.1.0.3:${port} > ${S}:53`) ?? 0;
      expect(other).not.toBe(port);
      expect(other).toBeGreaterThanOrEqual(first);
      expect(other).toBeLessThanOrEqual(last);
    }
  });

  it('depends on the seed, and on nothing else', () => {
    const second = (seed: number): number | undefined => {
      const bench = masquerading({ kind: 'masquerade' }, seed);
      portAfter(bench, `10.1.0.2:40000 > ${S}:53`);
      return portAfter(bench, `10.1.0.3:40000 > ${S}:53`);
    };
    expect(second(7)).toBe(second(7));
    expect(second(7)).not.toBe(second(8));
  });

  it('is drawn from the start with --random-fully', () => {
    const bench = masquerading({ kind: 'masquerade', randomFully: true });
    const port = portAfter(bench, `10.1.0.2:40000 > ${S}:53`);
    expect(port).not.toBe(40_000);
    expect(port).toBeGreaterThanOrEqual(1024);
  });

  it('stays in a range given, and the packet too many is dropped', () => {
    const bench = masquerading({
      kind: 'snat',
      address: parseIp(NODE),
      ports: { first: 5000, last: 5001 },
    });
    const ports = [1, 2].map((host) => portAfter(bench, `10.1.0.${host}:40000 > ${S}:53`));
    expect(ports.sort()).toEqual([5000, 5001]);
    expect(portAfter(bench, `10.1.0.3:40000 > ${S}:53`)).toBeUndefined();
    bench.env.now += 30_000;
    expect(portAfter(bench, `10.1.0.3:40000 > ${S}:53`)).toBeGreaterThanOrEqual(5000);
  });

  it('of MASQUERADE --to-ports is left alone inside the range', () => {
    const bench = masquerading({ kind: 'masquerade', ports: { first: 4790, last: 65_535 } });
    expect(portAfter(bench, `10.1.0.2:40000 > ${S}:53`)).toBe(40_000);
    expect(portAfter(bench, `10.1.0.2:4789 > ${S}:53`)).toBeGreaterThanOrEqual(4790);
  });

  it('once mapped for a source serves it towards others too', () => {
    const bench = masquerading();
    portAfter(bench, `10.1.0.2:40000 > ${S}:53`);
    const mapped = portAfter(bench, `10.1.0.3:40000 > ${S}:53`);
    expect(portAfter(bench, '10.1.0.3:40000 > 10.2.0.3:53')).toBe(mapped);
  });
});

describe('a flow that no rule translates', () => {
  it('still gets another source port when its answers would be taken for those of one that was', () => {
    const bench = new Bench().apply(
      append('nat', 'PREROUTING', [destination('10.96.0.10/32')], {
        kind: 'dnat',
        address: parseIp(S),
      }),
    );
    expect(portAfter(bench, `10.1.0.2:41000 > ${S}:53`)).toBe(41_000);
    const packet = udp('10.1.0.2:41000 > 10.96.0.10:53');
    bench.forward(packet);
    expect(packet.src).toBe(parseIp('10.1.0.2'));
    expect(packet.payload).not.toMatchObject({ srcPort: 41_000 });
  });

  it('cannot when the protocol has no ports: the packet is dropped', () => {
    const bench = new Bench().apply(append('nat', 'POSTROUTING', [], { kind: 'masquerade' }));
    const packet = (src: string): IpPacket => {
      const made = icmp(src, S, 8, 0, 1);
      made.payload = { kind: 'raw', protocol: 99, data: new Uint8Array(0) };
      return made;
    };
    expect(bench.forward(packet('10.1.0.2')).kind).toBe('accept');
    expect(bench.forward(packet('10.1.0.3')).kind).toBe('drop');
  });
});

describe('an ICMP identifier', () => {
  it('is treated as a port', () => {
    const bench = new Bench().apply(append('nat', 'POSTROUTING', [], { kind: 'masquerade' }));
    const id = (src: string): number => {
      const packet = icmp(src, S, 8, 0, 0x0007_0001);
      bench.forward(packet);
      return packet.payload.kind === 'icmp' ? packet.payload.rest >>> 16 : -1;
    };
    expect(id('10.1.0.2')).toBe(7);
    const other = id('10.1.0.3');
    expect(other).not.toBe(7);
    const answer = icmp(S, NODE, 0, 0, ((other << 16) | 1) >>> 0);
    bench.forward(answer);
    expect(answer).toEqual(icmp(S, '10.1.0.3', 0, 0, 0x0007_0001));
  });
});

describe('whatever the flows', () => {
  it('every answer finds its own way back', () => {
    const flow = fc.record({
      host: fc.integer({ min: 1, max: 4 }),
      port: fc.constantFrom(500, 501, 700, 40_000, 40_001),
      server: fc.integer({ min: 1, max: 2 }),
      random: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(flow, { maxLength: 40 }),
        fc.integer({ min: 1, max: 1000 }),
        (flows, seed) => {
          const bench = new Bench(new TestEnvironment(seed)).apply(
            append('nat', 'POSTROUTING', [source('10.1.0.0/25')], { kind: 'masquerade' }),
            append('nat', 'POSTROUTING', [source('10.1.0.128/25')], {
              kind: 'masquerade',
              randomFully: true,
            }),
          );
          for (const { host, port, server, random } of flows) {
            const client = `10.1.0.${host + (random ? 128 : 0)}`;
            const packet = udp(`${client}:${port} > 10.2.0.${server}:53`);
            bench.forward(packet);
            if (packet.payload.kind !== 'udp') throw new Error('not UDP');
            const answer = udp(`10.2.0.${server}:53 > ${NODE}:${packet.payload.srcPort}`);
            bench.forward(answer);
            expect(answer).toEqual(udp(`10.2.0.${server}:53 > ${client}:${port}`));
          }
        },
      ),
    );
  });
});
