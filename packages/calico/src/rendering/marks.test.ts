import { describe, expect, it } from 'vitest';
import { allMarks, allocateMarks } from './marks.ts';

describe('marks', () => {
  it('takes the lowest bits of the mask in order', () => {
    expect(allocateMarks(0xffff_0000)).toEqual({
      accept: 0x10000,
      pass: 0x20000,
      drop: 0x40000,
      scratch0: 0x80000,
      scratch1: 0x100000,
    });
    expect(allocateMarks(0xff00_0010).pass).toBe(0x100_0000);
    expect(allocateMarks(0xf800_0000).scratch1).toBe(0x8000_0000);
  });

  it('clears all but the drop bit', () => {
    expect(allMarks(allocateMarks())).toBe(0x1b0000);
    expect(allMarks(allocateMarks(0xf800_0000))).toBe(0xd800_0000);
  });

  it('refuses a mask without room', () => {
    expect(() => allocateMarks(0xf)).toThrow(RangeError);
  });
});
