import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIp } from './address-text.ts';
import { get16 } from './bytes.ts';
import { checksumOf, isCorrect, putChecksum, sumOfAddresses, sumOfWords } from './checksum.ts';
import { crc32c } from './crc32c.ts';
import { hex } from './test-hex.ts';

describe('the Internet checksum', () => {
  test('of the example in RFC 1071, section 3', () => {
    expect(checksumOf(sumOfWords(hex('0001 f203 f4f5 f6f7')))).toBe(~0xddf2 & 0xffff);
  });

  test('takes a missing last byte for 0', () => {
    expect(sumOfWords(hex('0102 03'))).toBe(sumOfWords(hex('0102 0300')));
  });

  test('of the largest packet does not overflow', () => {
    const bytes = new Uint8Array(65_535).fill(0xff);
    expect(checksumOf(sumOfWords(bytes))).toBe(0x00ff);
  });

  test('counts addresses as their words', () => {
    const inIpv4 = sumOfWords(hex('0a000001 c0a80101'));
    expect(sumOfAddresses(parseIp('10.0.0.1'), parseIp('192.168.1.1'))).toBe(inIpv4);
    const inIpv6 = sumOfWords(
      hex('fd000001000200030004000500060007 ff020000000000000000000000000001'),
    );
    const [src, dst] = [parseIp('fd00:1:2:3:4:5:6:7'), parseIp('ff02::1')];
    expect(sumOfAddresses(src, dst)).toBe(inIpv6);
  });

  test('makes the sum over everything correct, and any other value does not', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 60 }),
        fc.nat(0xffff_ffff),
        fc.integer({ min: 1, max: 0xfffe }),
        (bytes, pseudoSum, wrongBy) => {
          putChecksum(bytes, 2, undefined, pseudoSum);
          expect(isCorrect(sumOfWords(bytes, pseudoSum))).toBe(true);
          putChecksum(bytes, 2, (get16(bytes, 2) + wrongBy) % 0xffff, pseudoSum);
          expect(isCorrect(sumOfWords(bytes, pseudoSum))).toBe(false);
        },
      ),
    );
  });
});

describe('CRC32c', () => {
  test.each([
    ['the check value of the polynomial', Buffer.from('123456789'), 0xe306_9283],
    ['32 zeros (RFC 3720, B.4)', new Uint8Array(32), 0x8a91_36aa],
    ['32 ones (RFC 3720, B.4)', new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    ['rising bytes (RFC 3720, B.4)', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd_794e],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });
});
