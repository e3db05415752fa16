import { describe, expect, test } from 'vitest';
import { innerService, outerService } from './congestion.ts';

const NOT_CAPABLE = 0;
const CAPABLE_1 = 1;
const CAPABLE_0 = 2;
const EXPERIENCED = 3;
const NAMES = [NOT_CAPABLE, CAPABLE_1, CAPABLE_0, EXPERIENCED];

describe('congestion bits of a packet in a tunnel', () => {
  test('show outside, but for congestion itself', () => {
    expect(NAMES.map((bits) => outerService(0, 0x50 | bits))).toEqual([0, 1, 2, 2]);
    // The rest of the type of service is the tunnel's own.
    expect(outerService(0xb8, 0x13)).toBe(0xb8 | CAPABLE_0);
    expect(outerService(0xbb, 0x10)).toBe(0xb8);
  });

  test('leave as the table of RFC 6040, figure 4, has it', () => {
    // Rows: what arrives inside; columns: what arrives outside.
    const table = NAMES.map((inner) => NAMES.map((outer) => innerService(outer, inner)));
    expect(table).toEqual([
      [NOT_CAPABLE, NOT_CAPABLE, NOT_CAPABLE, undefined],
      [CAPABLE_1, CAPABLE_1, CAPABLE_1, EXPERIENCED],
      [CAPABLE_0, CAPABLE_1, CAPABLE_0, EXPERIENCED],
      [EXPERIENCED, EXPERIENCED, EXPERIENCED, EXPERIENCED],
    ]);
    expect(innerService(0xb8 | EXPERIENCED, 0x28 | CAPABLE_0)).toBe(0x28 | EXPERIENCED);
  });
});
