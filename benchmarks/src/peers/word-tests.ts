import type { Match, Rule } from '@podpath/linux';
import { type IpPacket, maskOf } from '@podpath/net';

/** One masked comparison of a packet's words. */
export interface WordTest {
  readonly word: number;
  readonly mask: number;
  readonly value: number;
}

const SOURCE = 0;
const DESTINATION = 1;
const DEVICE = 2;
export const WORDS = 3;
/** No rule of the chains names the device that the packets come in by. */
const UNNAMED = 0;

/** The sharpest comparison in each rule of a long chain: what a packet is held against when it does not fit. */
export const wordTests = (rules: readonly Rule[]): readonly WordTest[] =>
  rules.map(({ matches }, index) => {
    for (const match of matches) {
      const test = testOf(match, index);
      if (test !== undefined) return test;
    }
    throw new RangeError(`rule ${index + 1} compares nothing`);
  });

function testOf(match: Match, index: number): WordTest | undefined {
  switch (match.kind) {
    case 'source':
    case 'destination': {
      const { address, length } = match.prefix;
      const mask = maskOf(length) | 0;
      const word = match.kind === 'source' ? SOURCE : DESTINATION;
      return { word, mask, value: Number(address) & mask };
    }
    case 'in-interface':
      return { word: DEVICE, mask: -1, value: index + 1 };
    default:
      return undefined;
  }
}

export const packetWords = ({ src, dst }: IpPacket): Int32Array =>
  Int32Array.of(Number(src), Number(dst), UNNAMED);

/** The first test that a packet passes, the plain way; their number when none does. */
export const firstFit = (tests: readonly WordTest[], packet: IpPacket): number => {
  const words = packetWords(packet);
  const found = tests.findIndex(({ word, mask, value }) => ((words[word] ?? 0) & mask) === value);
  return found < 0 ? tests.length : found;
};
