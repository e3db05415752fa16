import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloneFrame, clonePacket } from './clone.ts';
import { decodeFrame, decodeIpPacket } from './decode.ts';
import { DecodeError } from './decode-error.ts';
import { encodeFrame, encodeIpPacket } from './encode.ts';
import { frameLength, ipPacketLength } from './length.ts';
import type { EthernetFrame } from './packet.ts';
import { anyFrame, anyIpPacket } from './test-packets.ts';

const decodeOrRefuse = (bytes: Uint8Array): EthernetFrame | undefined => {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
};

/** Some bytes of a valid frame overwritten, or its end cut off. */
const mutatedFrame = fc
  .tuple(
    anyFrame.map((frame) => encodeFrame(frame)),
    fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 4 }),
    fc.option(fc.nat()),
  )
  .map(([valid, changes, cut]) => {
    const bytes = valid.slice();
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
  });

describe('any packet', () => {
  test('comes back from its bytes, and its bytes from it', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = encodeFrame(frame);
        expect(bytes.length).toBe(frameLength(frame));
        const decoded = decodeFrame(bytes);
        expect(decoded).toEqual(frame);
        expect(encodeFrame(decoded)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('comes back without Ethernet, too', () => {
    fc.assert(
      fc.property(anyIpPacket, (packet) => {
        const bytes = encodeIpPacket(packet);
        expect(bytes.length).toBe(ipPacketLength(packet));
        expect(decodeIpPacket(bytes)).toEqual(packet);
      }),
      { numRuns: 500 },
    );
  });

  test('equals its clone, and shares no object with it but bytes', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const before = encodeFrame(frame);
        const clone = cloneFrame(frame);
        expect(clone).toEqual(frame);
        scramble(clone);
        expect(encodeFrame(frame)).toEqual(before);
      }),
    );
    fc.assert(
      fc.property(anyIpPacket, (packet) => {
        expect(clonePacket(packet)).toEqual(packet);
      }),
    );
  });
});

describe('any bytes', () => {
  test('decode or throw DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeOrRefuse(bytes);
        // A plausible start, so that the IP decoders are reached.
        decodeOrRefuse(Uint8Array.of(...new Array(12).fill(0), 0x08, 0, 0x45, 0, 0, ...bytes));
        decodeOrRefuse(
          Uint8Array.of(...new Array(12).fill(0), 0x86, 0xdd, 0x60, 0, 0, 0, 0, ...bytes),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('that nearly are a packet decode to one that encodes to its own canonical bytes, or throw DecodeError', () => {
    let decodedCount = 0;
    fc.assert(
      fc.property(mutatedFrame, (bytes) => {
        const frame = decodeOrRefuse(bytes);
        if (frame === undefined) return;
        decodedCount++;
        const canonical = encodeFrame(frame);
        expect(encodeFrame(decodeFrame(canonical))).toEqual(canonical);
      }),
      { numRuns: 3000 },
    );
    expect(decodedCount).toBeGreaterThan(500);
  });
});

/** Changes every number, and every object inside, of a value that a router may rewrite. */
const scramble = (value: object): void => {
  for (const [key, inner] of Object.entries(value)) {
    if (inner instanceof Uint8Array) continue;
    if (typeof inner === 'object') {
      if (Array.isArray(inner)) inner.length = 0;
      else scramble(inner);
    } else if (typeof inner === 'number') Object.assign(value, { [key]: inner + 8 });
  }
};
