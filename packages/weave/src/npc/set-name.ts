import { createHash } from 'node:crypto';

const ALPHABET =
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789(){}[]+=_$%^!*|/?.;:@#~';
const BASE = BigInt(ALPHABET.length);

/**
 * The name of the ipset that stands for a text: SHA-1 of the text, written to the base 85 with the
 * least significant digit first (weave, npc/shortname.go). ipset allows 31 characters.
 */
export const setNameOf = (text: string): string => {
  let rest = BigInt(`0x${createHash('sha1').update(text).digest('hex')}`);
  let digits = '';
  for (; rest > 0n; rest /= BASE) digits += ALPHABET.charAt(Number(rest % BASE));
  return `weave-${digits}`;
};
