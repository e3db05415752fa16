import { datatypeInfo, wordsOf } from '../model/datatype.ts';
import { type NftLookupKey, operandDatatype, operandsOf } from '../model/operand.ts';
import { writeName } from '../sets/encode-key.ts';
import type { Evaluation } from './objects.ts';
import { operandReader } from './operand-reader.ts';

/** Writes a packet's key to where lookups read it; false when the packet has not all of it. */
export type KeyWriter = (at: Evaluation) => boolean;

/** Puts the operands side by side, as elements of sets lie. */
export const keyWriter = (key: NftLookupKey): KeyWriter => {
  let place = 0;
  const writers = operandsOf(key).map((operand) => {
    const datatype = operandDatatype(operand);
    const write = placeWriter(operand, place, datatypeInfo(datatype).bits);
    place += wordsOf(datatype);
    return write;
  });
  const [only, ...others] = writers;
  if (only !== undefined && others.length === 0) return only;
  return (at) => {
    for (let i = 0; i < writers.length; i++) if (writers[i]?.(at) === false) return false;
    return true;
  };
};

const placeWriter = (
  operand: Parameters<typeof operandReader>[0],
  place: number,
  bits: number,
): KeyWriter => {
  const reader = operandReader(operand);
  switch (reader.kind) {
    case 'number':
      if (bits > 32) {
        return (at) => {
          const value = reader.read(at);
          at.key[place] = Math.floor(value / 0x1_0000_0000);
          at.key[place + 1] = value >>> 0;
          return value >= 0;
        };
      }
      return (at) => {
        const value = reader.read(at);
        at.key[place] = value;
        return value >= 0;
      };
    case 'ipv6':
      return (at) => {
        const words = reader.read(at);
        if (words === undefined) return false;
        for (let i = 0; i < 4; i++) at.key[place + i] = words[i] ?? 0;
        return true;
      };
    case 'name':
      return (at) => {
        writeName(at.key, place, reader.read(at));
        return true;
      };
  }
};
