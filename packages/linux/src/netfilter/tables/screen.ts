import type { DeviceNumbers } from '../device-numbers.ts';
import type { IpsetSlot } from '../ipset/slot.ts';
import type { Match, Rule } from '../rule.ts';
import { type Comparison, comparisonsOf } from './comparison.ts';

/** A rule's matches, those that are comparisons apart. */
export interface SortedMatches {
  readonly comparisons: readonly Comparison[];
  /** In their order. */
  readonly others: readonly Match[];
}

/**
 * Takes out what can be compared before anything else is asked. What comes after a match that keeps count, or draws, may
 * only be asked when that has been.
 */
export function sortMatches({ matches }: Rule, devices: DeviceNumbers): SortedMatches {
  const comparisons: Comparison[] = [];
  const others: Match[] = [];
  let isPure = true;
  for (const match of matches) {
    const found = isPure ? comparisonsOf(match, devices) : undefined;
    if (found === undefined) others.push(match);
    else comparisons.push(...found);
    isPure &&= PURE.has(match.kind);
  }
  return { comparisons, others };
}

/** The sharpest of the comparisons that say what a packet has to be; `undefined` when there is none. */
export function screenOf(comparisons: readonly Comparison[]): Comparison | undefined {
  let best: Comparison | undefined;
  for (const comparison of comparisons) {
    if (comparison.differs === true) continue;
    if (best === undefined || bitsOf(comparison.mask) > bitsOf(best.mask)) best = comparison;
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
  'conntrack',
  'address-type',
  'physdev',
  'comment',
]);

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
