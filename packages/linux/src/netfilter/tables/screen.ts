import { ipv6Words, maskOf, type Prefix } from '@podpath/net';
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

/** Fewer rules than this are tried as they are. */
const LEAST_RULES = 6;
/** Word, mask, value, and one to make it a power of two. */
const STRIDE = 4;
const LOG_STRIDE = 2;

/**
 * The screens of a chain's rules, one behind the other, so that a packet goes past the many rules that do not fit at the
 * pace of memory. What gets through one has still to pass the rule's matches.
 */
export class Screens {
  readonly #tests: Int32Array;
  /** Whether the words of devices have to be there. */
  readonly askDevices: boolean;

  private constructor(tests: readonly (WordTest | undefined)[]) {
    this.#tests = new Int32Array(tests.length * STRIDE);
    let askDevices = false;
    for (const [index, test] of tests.entries()) {
      // Without one everything passes: nothing of word 0 is nothing.
      if (test === undefined) continue;
      this.#tests.set([test.word, test.mask, test.want], index * STRIDE);
      if (test.word === Word.IN_DEVICE || test.word === Word.OUT_DEVICE) askDevices = true;
    }
    this.askDevices = askDevices;
  }

  /** `undefined` where they would not be worth their memory: the chain is short, or nothing would be held back. */
  static of(rules: readonly { readonly screen: WordTest | undefined }[]): Screens | undefined {
    if (rules.length < LEAST_RULES || rules.every(({ screen }) => screen === undefined)) {
      return undefined;
    }
    return new Screens(rules.map(({ screen }) => screen));
  }

  /** The first rule from `index` on whose screen lets the packet through; the number of rules when none does. */
  next(words: Int32Array, index: number): number {
    const tests = this.#tests;
    const end = tests.length;
    let at = index << LOG_STRIDE;
    while (
      at < end &&
      ((words[tests[at] ?? 0] ?? 0) & (tests[at + 1] ?? 0)) !== (tests[at + 2] ?? 0)
    ) {
      at += STRIDE;
    }
    return at >> LOG_STRIDE;
  }
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

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits++;
  return bits;
}
