const INITIAL = 0xdead_beef;

/** Bob Jenkins's hash of 32-bit words as the kernel computes it (`jhash2` in include/linux/jhash.h). Allocates nothing. */
export const jenkinsHash = (words: Uint32Array, length: number, seed: number): number => {
  let a = (INITIAL + (length << 2) + seed) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; length - at > 3; at += 3) {
    a = (a + word(words, at)) | 0;
    b = (b + word(words, at + 1)) | 0;
    c = (c + word(words, at + 2)) | 0;
    a = (a - c) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  const left = length - at;
  if (left === 0) return c >>> 0;
  if (left > 2) c = (c + word(words, at + 2)) | 0;
  if (left > 1) b = (b + word(words, at + 1)) | 0;
  a = (a + word(words, at)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
};

/** Spreads a 32-bit number over `size` values (`reciprocal_scale`): the upper half of their product. */
export const scaleTo = (value: number, size: number): number => {
  const low = (value & 0xffff) * size;
  const high = (value >>> 16) * size;
  return Math.floor((high + Math.floor(low / 0x1_0000)) / 0x1_0000);
};

/** A word as a little-endian machine reads one that is stored in network order. */
export const swapped = (value: number): number =>
  ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;

const word = (words: Uint32Array, at: number): number => words[at] ?? 0;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
