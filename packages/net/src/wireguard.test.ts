import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex } from './test-hex.ts';
import { decodeWireguardData, encodeWireguardData } from './wireguard.ts';

describe('a data message of WireGuard', () => {
  test('has type, receiver and counter in front, little-endian, and a tag behind', () => {
    const message = { receiver: 0x0102_0304, counter: 5n, sealed: hex('aabb') };
    expect(encodeWireguardData(message)).toEqual(
      hex(`04000000 04030201 0500000000000000 aabb ${'00'.repeat(16)}`),
    );
  });

  test('is read as it was written', () => {
    const messages = fc.record({
      receiver: fc.nat({ max: 0xffff_ffff }),
      counter: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      sealed: fc.uint8Array({ maxLength: 80 }),
    });
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeWireguardData(encodeWireguardData(message))).toEqual(message);
      }),
    );
  });

  test('is told from handshakes and from anything else', () => {
    const handshake = new Uint8Array(148);
    handshake[0] = 1;
    expect(decodeWireguardData(handshake)).toBeUndefined();
    expect(decodeWireguardData(hex(`04000001${'00'.repeat(28)}`))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 31 }), (bytes) => {
        expect(decodeWireguardData(bytes)).toBeUndefined();
      }),
    );
  });
});
