import { ipv6Words, maskOf, type Prefix } from '@podpath/net';
import { STATE_BIT } from '../conntrack/state-bit.ts';
import type { DeviceNumbers } from '../device-numbers.ts';
import { Word } from '../packet-view.ts';
import { protocolNumber } from '../protocol-names.ts';
import type { Match } from '../rule.ts';

/** One masked comparison of one word of the packet's. */
export interface Comparison {
  readonly word: number;
  /** Signed, as the words are. */
  readonly mask: number;
  readonly value: number;
  /** The packet passes when its bits are others. */
  readonly differs?: true;
}

/** Of what is negative when the packet does not have it. */
const SIGN = -0x8000_0000;
const PORT_BITS = 0xffff;

/**
 * The comparisons that together say what a match says of a packet whose headers have been read; `undefined` for a match
 * that is more than that.
 */
export function comparisonsOf(
  match: Match,
  devices: DeviceNumbers,
): readonly Comparison[] | undefined {
  switch (match.kind) {
    case 'comment':
      return [];
    case 'source':
      return inverted(prefixed(match.prefix, Word.SOURCE), match.invert);
    case 'destination':
      return inverted(prefixed(match.prefix, Word.DESTINATION), match.invert);
    case 'in-interface':
      return inverted(named(match.name, IN, devices), match.invert);
    case 'out-interface':
      return inverted(named(match.name, OUT, devices), match.invert);
    case 'protocol': {
      const number = protocolNumber(match.protocol);
      // `-p all` is no test at all.
      return number === 0 ? [] : inverted([isProtocol(number)], match.invert);
    }
    case 'protocol-module':
      return [isProtocol(protocolNumber(match.protocol)), isThere(Word.SOURCE_PORT)];
    case 'port': {
      if (match.invert === true) return undefined;
      const word = match.side === 'source' ? Word.SOURCE_PORT : Word.DESTINATION_PORT;
      const mask = maskOfRange(match.first, match.last);
      if (mask === undefined) return undefined;
      const port = { word, mask: SIGN | mask, value: match.first };
      return [isProtocol(protocolNumber(match.protocol)), port];
    }
    case 'tcp-flags': {
      const { mask, compare, invert } = match;
      if (invert === true) return undefined;
      return [{ word: Word.TCP_FLAGS, mask: SIGN | mask, value: compare }];
    }
    case 'mark':
      return inverted(
        [{ word: Word.MARK, mask: match.mask | 0, value: match.value | 0 }],
        match.invert,
      );
    case 'conntrack': {
      const mask = match.states.reduce((bits, state) => bits | STATE_BIT[state], 0);
      const none: Comparison = { word: Word.CONNECTION, mask, value: 0 };
      return [match.invert === true ? none : { ...none, differs: true }];
    }
    default:
      return undefined;
  }
}

const isProtocol = (number: number): Comparison => ({
  word: Word.PROTOCOL,
  mask: 0xff,
  value: number,
});

const isThere = (word: number): Comparison => ({ word, mask: SIGN, value: 0 });

/** What several comparisons say together has no opposite that comparisons could say. */
function inverted(
  comparisons: readonly Comparison[] | undefined,
  invert: boolean | undefined,
): readonly Comparison[] | undefined {
  if (comparisons === undefined || invert !== true) return comparisons;
  const [only, ...others] = comparisons;
  return only === undefined || others.length > 0 ? undefined : [{ ...only, differs: true }];
}

/** One for each word that the prefix reaches into, the last first: networks differ there. */
export function prefixed({ address, length }: Prefix, first: number): readonly Comparison[] {
  const words = typeof address === 'number' ? [address] : ipv6Words(address);
  return words
    .map((word, at): Comparison => {
      const mask = maskOf(Math.min(32, Math.max(0, length - 32 * at))) | 0;
      return { word: first + at, mask, value: word & mask };
    })
    .filter(({ mask }) => mask !== 0)
    .toReversed();
}

const IN = { number: Word.IN_DEVICE, starts: Word.IN_DEVICE_STARTS };
const OUT = { number: Word.OUT_DEVICE, starts: Word.OUT_DEVICE_STARTS };

/** A trailing `+` stands for any ending. */
function named(
  name: string,
  words: typeof IN | typeof OUT,
  devices: DeviceNumbers,
): readonly Comparison[] | undefined {
  if (!name.endsWith('+')) {
    return [{ word: words.number, mask: -1, value: devices.numberOf(name) }];
  }
  const bit = devices.bitOfStart(name.slice(0, -1));
  return bit === undefined ? undefined : [{ word: words.starts, mask: bit, value: bit }];
}

/** The bits that all ports of a range share, if they share them with no others. */
function maskOfRange(first: number, last: number): number | undefined {
  const free = first ^ last;
  const isBlock = (free & (free + 1)) === 0 && (first & free) === 0;
  return isBlock && first <= last ? PORT_BITS & ~free : undefined;
}
