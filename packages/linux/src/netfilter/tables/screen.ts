import { ipv6Words, maskOf, type Prefix } from '@podpath/net';
import type { IpsetSlot } from '../ipset/slot.ts';
import { nameHash, Word } from '../packet-view.ts';
import { protocolNumber } from '../protocol-names.ts';
import type { Match, Rule } from '../rule.ts';

/** One masked comparison, of one word of the packet's, that every packet passes which the rule fits. */
export interface WordTest {
  readonly word: number;
  /** Signed, as the words are. */
  readonly mask: number;
  readonly want: number;
}

/** The sharpest comparison that a rule begins with; `undefined` when there is none. */
export function screenOf({ matches }: Rule): WordTest | undefined {
  let best: WordTest | undefined;
  for (const match of matches) {
    // What comes after something that keeps count, or draws, may only be asked when that has been.
    if (!PURE.has(match.kind)) break;
    const test = testOf(match);
    if (test === undefined) continue;
    if (best === undefined || bitsOf(test.mask) > bitsOf(best.mask)) best = test;
  }
  return best;
}

/** Matches whose answer depends on the packet alone, and changes nothing. */
const PURE: ReadonlySet<Match['kind']> = new Set<Match['kind']>([
  'source',
  'destination',
  'in-interface',
  'out-interface',
  'protocol',
  'port',
  'protocol-module',
  'tcp-flags',
  'multiport',
  'icmp',
  'mark',
  'comment',
]);

function testOf(match: Match): WordTest | undefined {
  if ('invert' in match && match.invert === true) return undefined;
  switch (match.kind) {
    case 'source':
      return prefixTest(match.prefix, Word.SOURCE);
    case 'destination':
      return prefixTest(match.prefix, Word.DESTINATION);
    case 'in-interface':
      return deviceTest(match.name, Word.IN_DEVICE);
    case 'out-interface':
      return deviceTest(match.name, Word.OUT_DEVICE);
    case 'protocol': {
      const number = protocolNumber(match.protocol);
      return number === 0 ? undefined : { word: Word.PROTOCOL, mask: 0xff, want: number };
    }
    case 'port': {
      if (match.first !== match.last) return undefined;
      const word = match.side === 'source' ? Word.SOURCE_PORT : Word.DESTINATION_PORT;
      // A port that is not there is negative: the mask keeps the sign.
      return { word, mask: -0x8000_0000 | 0xffff, want: match.first };
    }
    default:
      return undefined;
  }
}

/** Of the prefix's words the one that most of it lies in, and of equals the last: networks differ there. */
function prefixTest({ address, length }: Prefix, first: number): WordTest | undefined {
  if (length === 0) return undefined;
  const words = typeof address === 'number' ? [address] : ipv6Words(address);
  const at = Math.min(words.length - 1, Math.max(0, Math.floor(length / 32) - 1));
  const mask = maskOf(Math.min(32, length - 32 * at)) | 0;
  return { word: first + at, mask, want: (words[at] ?? 0) & mask };
}

/** A trailing `+` stands for any ending, which a hash says nothing of. */
const deviceTest = (name: string, word: number): WordTest | undefined =>
  name.endsWith('+') ? undefined : { word, mask: -1, want: nameHash(name) };

/** How many bits a comparison compares. */
export function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits++;
  return bits;
}

/** A set of addresses that a rule asks about one end of the packet. */
export interface SetQuestion {
  readonly slot: IpsetSlot;
  readonly ofSource: boolean;
}

/**
 * The sets that a rule asks before anything that keeps count, in their order. Whether a set itself keeps count may
 * change when it is swapped for another.
 */
export function setQuestions(
  { matches }: Rule,
  slotOf: (name: string) => IpsetSlot | undefined,
): readonly SetQuestion[] {
  const questions: SetQuestion[] = [];
  for (const match of matches) {
    if (match.kind !== 'set') {
      if (PURE.has(match.kind)) continue;
      break;
    }
    const slot = slotOf(match.set);
    const [direction] = match.directions;
    // Of what is there because it is not in a set, a filter says nothing.
    if (slot === undefined || direction === undefined || match.invert === true) break;
    questions.push({ slot, ofSource: direction === 'src' });
  }
  return questions;
}
