const OFFSET_BASIS = 2_166_136_261;
const PRIME = 16_777_619;

/** FNV-1 (multiply, then xor) of UTF-8 text, 32 bits, unsigned. */
export const fnv32 = (text: string): number => {
  let hash = OFFSET_BASIS;
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, PRIME) ^ byte) >>> 0;
  return hash;
};
