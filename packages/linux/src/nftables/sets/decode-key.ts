import { ipv6FromWords } from '@podpath/net';
import { datatypeInfo, type NftDatatype, wordsOf } from '../model/datatype.ts';
import type { NftKey, NftScalar } from '../model/value.ts';

/** The key that the words at the start of an array are, each place one value. */
export const decodeKey = (types: readonly NftDatatype[], words: Uint32Array): NftKey => {
  let at = 0;
  const places = types.map((type) => {
    const place = decodeScalar(type, words, at);
    at += wordsOf(type);
    return place;
  });
  const [only, ...others] = places;
  return only !== undefined && others.length === 0 ? only : places;
};

const decodeScalar = (type: NftDatatype, words: Uint32Array, at: number): NftScalar => {
  const word = (index: number): number => words[at + index] ?? 0;
  switch (type) {
    case 'ipv6_addr':
      return ipv6FromWords(word(0), word(1), word(2), word(3));
    case 'ifname':
      return decodeName([word(0), word(1), word(2), word(3)]);
    default:
      return datatypeInfo(type).bits > 32 ? word(0) * 0x1_0000_0000 + word(1) : word(0);
  }
};

const decodeName = (words: readonly number[]): string =>
  words
    .flatMap((word) => [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff])
    .filter((byte) => byte !== 0)
    .map((byte) => String.fromCharCode(byte))
    .join('');
