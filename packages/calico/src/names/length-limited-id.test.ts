import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lengthLimitedId } from './length-limited-id.ts';

describe('lengthLimitedId', () => {
  it('keeps a name that fits', () => {
    expect(lengthLimitedId('cali-tw-', 'cali7f94ce7c295', 28)).toBe('cali-tw-cali7f94ce7c295');
    expect(lengthLimitedId('cali-pi-', 'gnp/default.deny-all', 28)).toBe(
      'cali-pi-gnp/default.deny-all',
    );
  });

  it('hashes the suffix of a name that does not', () => {
    expect(lengthLimitedId('cali-pi-', 'np/prod/default.allow-web-to-db', 28)).toBe(
      'cali-pi-_hHGl4DgPPGPiZnoGGzQ',
    );
    expect(lengthLimitedId('felix', '12345678910', 13)).toBe('felix_Y2QCZIS');
  });

  it('hashes a name that fits exactly when it would look hashed', () => {
    expect(lengthLimitedId('felix', '_2345', 10)).toBe('felix_kMQI');
    expect(lengthLimitedId('felix', '_234', 10)).toBe('felix_234');
  });

  it('writes an empty suffix as an underscore', () => {
    expect(lengthLimitedId('felix', '', 10)).toBe('felix_');
  });

  it('refuses a limit that leaves no room for the hash', () => {
    expect(() => lengthLimitedId('felix', 'toolong', 6)).toThrow(RangeError);
  });

  it('never exceeds the limit, and tells suffixes apart', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const [nameA, nameB] = [
          lengthLimitedId('cali-pi-', a, 28),
          lengthLimitedId('cali-pi-', b, 28),
        ];
        expect(nameA.length).toBeLessThanOrEqual(28);
        if (nameA === nameB) expect(a === '' ? '_' : a).toBe(b === '' ? '_' : b);
      }),
    );
  });
});
