import { datatypeInfo } from '../model/datatype.ts';
import { fieldInfo, type NftField } from '../model/field.ts';
import type { NftBitwise, NftNumgen, NftOperand } from '../model/operand.ts';
import { ctReader } from './ct-readers.ts';
import { fibReader } from './fib-reader.ts';
import { metaReader } from './meta-readers.ts';
import { packetReader } from './packet-readers.ts';
import { ABSENT, numberReader, type Reader } from './readers.ts';

/** An operand as something that reads it off packets. */
export const operandReader = (operand: NftOperand): Reader => {
  if (typeof operand === 'string') return fieldReader(operand);
  switch (operand.kind) {
    case 'bitwise':
      return bitwiseReader(operand);
    case 'fib':
      return fibReader(operand);
    case 'numgen':
      return numgenReader(operand);
  }
};

const fieldReader = (field: NftField): Reader => {
  if (isMeta(field)) return metaReader(field);
  return isCt(field) ? ctReader(field) : packetReader(field);
};

const isMeta = (field: NftField): field is Extract<NftField, `meta ${string}`> =>
  field.startsWith('meta ');

const isCt = (field: NftField): field is Extract<NftField, `ct ${string}`> =>
  field.startsWith('ct ');

/** Of fields that are numbers. */
const bitwiseReader = ({ of, mask, xor = 0 }: NftBitwise): Reader => {
  const reader = fieldReader(of);
  if (reader.kind !== 'number') return reader;
  const { read } = reader;
  const maskBits = Number(mask);
  const xorBits = Number(xor);
  if (datatypeInfo(fieldInfo(of).datatype).bits > 32) {
    const [maskHigh, maskLow] = halves(maskBits);
    const [xorHigh, xorLow] = halves(xorBits);
    return numberReader((at) => {
      const value = read(at);
      if (value < 0) return ABSENT;
      const high = (Math.floor(value / HALF) & maskHigh) ^ xorHigh;
      return high * HALF + (((value % HALF) & maskLow) ^ xorLow);
    });
  }
  return numberReader((at) => {
    const value = read(at);
    return value < 0 ? ABSENT : ((value & maskBits) ^ xorBits) >>> 0;
  });
};

/** Half of a MAC address. */
const HALF = 2 ** 24;

const halves = (value: number): readonly [high: number, low: number] => [
  Math.floor(value / HALF),
  value % HALF,
];

/** `random` scales a 32-bit draw down (nft_ng_random); `inc` begins with the offset. */
const numgenReader = ({ mode, modulus, offset = 0 }: NftNumgen): Reader => {
  if (mode === 'random') {
    return numberReader(
      ({ env }) => Math.floor((env.random32() / 0x1_0000_0000) * modulus) + offset,
    );
  }
  let next = 0;
  return numberReader(() => {
    const value = next;
    next = next + 1 < modulus ? next + 1 : 0;
    return value + offset;
  });
};
