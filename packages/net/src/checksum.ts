import type { Ip } from './address.ts';
import { put16 } from './bytes.ts';
import { ipv6Words } from './ipv6-words.ts';

/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words.
 * Sums are plain numbers that are folded once at the end; 65,535 bytes fit 32 bits with room to spare.
 */
export const sumOfWords = (bytes: Uint8Array, initial = 0): number => {
  let sum = initial;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return even === bytes.length ? sum : sum + ((bytes[even] ?? 0) << 8);
};

/** The addresses' part of a pseudo header (RFC 768, RFC 8200 section 8.1); protocol and length come on top. */
export const sumOfAddresses = (src: Ip, dst: Ip): number => sumOfAddress(src) + sumOfAddress(dst);

/** The checksum to send for a sum taken with the checksum field at 0. */
export const checksumOf = (sum: number): number => ~fold(sum) & 0xffff;

/** Whether a sum taken over a checksum as well says that it is right. */
export const isCorrect = (sum: number): boolean => fold(sum) === 0xffff;

/**
 * Fills in a checksum: the one given, or the right one over everything in `bytes`.
 * `sendsZero` false (UDP) sends ffff, which is the same number in one's complement, in place of 0.
 */
export const putChecksum = (
  bytes: Uint8Array,
  at: number,
  given: number | undefined,
  pseudoSum = 0,
  sendsZero = true,
): void => {
  put16(bytes, at, 0);
  const computed = checksumOf(sumOfWords(bytes, pseudoSum));
  put16(bytes, at, given ?? (computed === 0 && !sendsZero ? 0xffff : computed));
};

const sumOfAddress = (address: Ip): number =>
  typeof address === 'number'
    ? sumOfWord(address)
    : ipv6Words(address).reduce((sum, word) => sum + sumOfWord(word), 0);

const sumOfWord = (word: number): number => (word >>> 16) + (word & 0xffff);

const fold = (sum: number): number => {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
};
