import { encodeIpPacket } from '@podpath/net';
import type { U32Test } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';

const WORD_BYTES = 4;

/** `-m u32` (net/netfilter/xt_u32.c). Looks at the packet's bytes, and so has to encode it. */
export const matchU32 =
  (tests: readonly U32Test[]): MatchFunction =>
  (view) => {
    const bytes = encodeIpPacket(view.context.packet);
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return tests.every((test) => {
      const value = wordFor(test, words);
      return (
        value !== undefined &&
        test.ranges.some(({ first, last }) => value >= first && value <= last)
      );
    });
  };

/** What a test compares; `undefined` when the packet ends before. */
const wordFor = ({ offset, steps }: U32Test, words: DataView): number | undefined => {
  let value = wordAt(words, offset);
  let base = 0;
  for (const { operator, operand } of steps) {
    if (value === undefined) return undefined;
    switch (operator) {
      case '&':
        value = (value & operand) >>> 0;
        break;
      case '<<':
        value = (value << operand) >>> 0;
        break;
      case '>>':
        value >>>= operand;
        break;
      case '@':
        base += value;
        value = wordAt(words, base + operand);
        break;
    }
  }
  return value;
};

const wordAt = (words: DataView, offset: number): number | undefined =>
  offset + WORD_BYTES <= words.byteLength ? words.getUint32(offset) : undefined;
