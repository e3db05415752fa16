import { formatIp, parseIpv4 } from '@podpath/net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlapOf } from './address-range.ts';
import { range, text } from './range-text.ts';
import { Space } from './space.ts';

const spaceOf = (...ranges: string[]): Space => {
  const space = new Space();
  for (const given of ranges) space.add(range(given));
  return space;
};

describe('a peer’s space', () => {
  it('hands out the lowest free address of a range', () => {
    const space = spaceOf('10.32.0.12+43');
    const next = () => formatIp(space.allocate(range('10.32.0.19+38')) ?? 0);
    expect([next(), next()]).toEqual(['10.32.0.19', '10.32.0.20']);
    expect(space.free().map(text)).toEqual(['10.32.0.12+7', '10.32.0.21+34']);
    expect(space.used().map(text)).toEqual(['10.32.0.19+2']);
    expect(space.freeCount).toBe(41);
  });

  it('claims only what is free, and takes back only what it gave', () => {
    const space = spaceOf('10.0.1.0+48');
    const address = parseIpv4('10.0.1.7');
    expect(space.release(address)).toBe(false);
    expect(space.claim(address)).toBe(true);
    expect(space.claim(address)).toBe(false);
    expect(space.release(address)).toBe(true);
    expect(space.claim(parseIpv4('10.0.1.48'))).toBe(false);
    expect(space.free().map(text)).toEqual(['10.0.1.0+48']);
  });
});

describe('a donation', () => {
  const donation = (space: Space, given: string) => {
    const donated = space.donate(range(given));
    return donated === undefined ? undefined : text(donated);
  };

  it('is the upper half of an untouched range', () => {
    expect(donation(spaceOf('10.32.0.0+1048576'), '10.32.0.0+1048576')).toBe('10.40.0.0+524288');
  });

  it('is a quarter once a single address is in use', () => {
    const space = spaceOf('10.32.0.0+1048576');
    space.allocate(range('10.32.0.1+1'));
    expect(donation(space, '10.32.0.0+1048576')).toBe('10.44.0.0+262144');
    expect(donation(space, '10.32.0.0+1048576')).toBe('10.36.0.0+262144');
  });

  it('can be repeated to the last address', () => {
    const space = spaceOf('10.0.1.0+32');
    const given: string[] = [];
    for (;;) {
      const next = donation(space, '10.0.1.0+64');
      if (next === undefined) break;
      given.push(next);
    }
    expect(given).toEqual([
      '10.0.1.16+16',
      '10.0.1.8+8',
      '10.0.1.4+4',
      '10.0.1.2+2',
      '10.0.1.1+1',
      '10.0.1.0+1',
    ]);
  });

  it('never contains an address in use', () => {
    const offsets = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 40 });
    fc.assert(
      fc.property(offsets, (used) => {
        const space = new Space();
        space.add({ start: 1000, end: 1064 });
        for (const offset of used) space.claim(1000 + offset);
        const free = space.freeCount;
        const donated = space.donate({ start: 1000, end: 1064 });
        if (donated === undefined) return expect(free).toBe(0);
        for (const own of space.used()) expect(overlapOf(own, donated)).toBeUndefined();
        expect(space.freeCount).toBe(free - (donated.end - donated.start));
      }),
    );
  });
});
