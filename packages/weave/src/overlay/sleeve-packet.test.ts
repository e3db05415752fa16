import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSleeve, encodeSleeve, SLEEVE_OVERHEAD_BYTES } from './sleeve-packet.ts';

const name = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const frame = fc.record({
  source: name,
  destination: name,
  bytes: fc.uint8Array({ maxLength: 100 }),
});

describe('a sleeve datagram', () => {
  it('has its sender’s name, and each frame behind the peers at both ends and its length', () => {
    const payload = encodeSleeve(0xc00913e02a63, [
      {
        source: 0xc00913e02a63,
        destination: 0xe282fad85af6,
        bytes: FRAME,
      },
    ]);
    expect(Buffer.from(payload).toString('hex')).toBe(
      'c00913e02a63c00913e02a63e282fad85af6000e99815ca794f75123135cc728c43d',
    );
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(name, fc.array(frame, { maxLength: 5 }), (sender, frames) => {
        expect(decodeSleeve(encodeSleeve(sender, frames))).toEqual({
          sender,
          frames,
          malformed: false,
        });
      }),
    );
  });

  it('may end too early, and is read up to there', () => {
    const whole = encodeSleeve(1, [
      { source: 2, destination: 3, bytes: Uint8Array.of(1, 2) },
      { source: 2, destination: 3, bytes: Uint8Array.of(3, 4) },
    ]);
    expect(decodeSleeve(whole.subarray(0, -1))).toMatchObject({
      malformed: true,
      frames: [{ bytes: Uint8Array.of(1, 2) }],
    });
    expect(decodeSleeve(whole.subarray(0, 5))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeSleeve(bytes);
      }),
    );
  });

  it('costs 62 bytes a packet', () => {
    expect(SLEEVE_OVERHEAD_BYTES).toBe(62);
  });
});

const FRAME = new Uint8Array(Buffer.from('99815ca794f75123135cc728c43d', 'hex'));
