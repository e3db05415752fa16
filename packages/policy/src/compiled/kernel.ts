import { EVERYTHING, FLAG, HEAD, LOCATION, type Views } from './tables.ts';

/** What the tables say of one connection. */
export const DENIED = 0;
export const ALLOWED = 1;
/** The tables do not know: host endpoints are on the way. */
export const ASK = 2;

/**
 * Judges so many connections; the rest are addresses in the memory, in bytes: of the ends by their numbers and of the verdicts
 * one after the other. Ends of different families, and numbers that are none, connect to nothing.
 */
export type BatchKernel = (
  count: number,
  from: number,
  to: number,
  protocol: number,
  port: number,
  out: number,
) => void;

/** Judges one connection, given as one of a batch. */
export type SingleKernel = (from: number, to: number, protocol: number, port: number) => number;

// What other modules export is looked up each time; what is written here is a constant.
const NO = DENIED;
const YES = ALLOWED;
const UNKNOWN = ASK;
const ALL = EVERYTHING;
const PLACE = LOCATION;
const { gone: GONE, node: NODE } = FLAG;
const SPECIAL = FLAG.gone | FLAG.ask;

// Both kernels are written out, and in closures over what they read, because V8 then compiles each to one piece of code with
// these arrays for constants. `| 0` keeps sums in 32 bits.

/** The kernel in JavaScript, step by step as the one in WebAssembly. Allocates nothing. */
export const createJsKernel =
  ({ words, halves, bytes }: Views): BatchKernel =>
  (count, from, to, protocol, port, out) => {
    const ends = words[HEAD.ends] ?? 0;
    const endCount = words[HEAD.endCount] ?? 0;
    const identities = words[HEAD.identities] ?? 0;
    const protocols = words[HEAD.protocols] ?? 0;
    const classes = words[HEAD.classes] ?? 0;
    const sets = words[HEAD.sets] ?? 0;
    const setWords = words[HEAD.setWords] ?? 0;
    const [fromWord, toWord, portHalf] = [from >> 2, to >> 2, port >> 1];
    for (let at = 0; at < count; at++) {
      const source = words[(fromWord + at) | 0] ?? 0;
      const target = words[(toWord + at) | 0] ?? 0;
      let verdict = NO;
      if (((source ^ target) & 1) === 0 && source >>> 0 < endCount && target >>> 0 < endCount) {
        const a = (ends + 2 * source) | 0;
        const b = (ends + 2 * target) | 0;
        const sourceFlags = words[(a + 1) | 0] ?? 0;
        const targetFlags = words[(b + 1) | 0] ?? 0;
        const flags = sourceFlags | targetFlags;
        if ((flags & SPECIAL) !== 0) {
          verdict = (flags & GONE) !== 0 ? NO : UNKNOWN;
        } else if (
          ((sourceFlags ^ targetFlags) & PLACE) === 0 &&
          (source === target || (flags & NODE) !== 0)
        ) {
          verdict = YES;
        } else {
          const entry = (protocols + 2 * (bytes[(protocol + at) | 0] ?? 0)) | 0;
          const masked = (halves[(portHalf + at) | 0] ?? 0) & (words[(entry + 1) | 0] ?? 0);
          const trafficClass = halves[(classes + (words[entry] ?? 0) + masked) | 0] ?? 0;
          const classSets = (sets + Math.imul(trafficClass, setWords)) | 0;
          const self = words[a] ?? 0;
          const other = words[b] ?? 0;
          verdict =
            findBit(words, classSets, (identities + 8 * self) | 0, other, targetFlags) === 0
              ? NO
              : findBit(words, classSets, (identities + 8 * other + 4) | 0, self, sourceFlags);
        }
      }
      bytes[(out + at) | 0] = verdict;
    }
  };

/** The same for single connections, as long as the head stays as it is. Allocates nothing. */
export const createSingleKernel = ({ words, halves }: Views): SingleKernel => {
  const ends = words[HEAD.ends] ?? 0;
  const endCount = words[HEAD.endCount] ?? 0;
  const identities = words[HEAD.identities] ?? 0;
  const protocols = words[HEAD.protocols] ?? 0;
  const classes = words[HEAD.classes] ?? 0;
  const sets = words[HEAD.sets] ?? 0;
  const setWords = words[HEAD.setWords] ?? 0;
  const judgeOne: SingleKernel = (source, target, protocol, port) => {
    const all = words;
    const apart = source ^ target;
    if ((apart & 1) !== 0 || source >>> 0 >= endCount || target >>> 0 >= endCount) return NO;
    const a = ends + 2 * source;
    const b = ends + 2 * target;
    const sourceFlags = all[a + 1] ?? 0;
    const targetFlags = all[b + 1] ?? 0;
    const flags = sourceFlags | targetFlags;
    if ((flags & SPECIAL) !== 0) return (flags & GONE) !== 0 ? NO : UNKNOWN;
    if (((sourceFlags ^ targetFlags) & PLACE) === 0 && (apart === 0 || flags < 0)) return YES;
    const entry = protocols + 2 * (protocol & 255);
    const trafficClass = halves[classes + (all[entry] ?? 0) + (port & (all[entry + 1] ?? 0))] ?? 0;
    const classSets = sets + trafficClass * setWords;
    const self = all[a] ?? 0;
    const other = all[b] ?? 0;
    return findBit(all, classSets, identities + 8 * self, other, targetFlags) === NO
      ? NO
      : findBit(all, classSets, identities + 8 * other + 4, self, sourceFlags);
  };
  return judgeOne;
};

/** Whether a row lets traffic of a class pass to or from another identity: 0 or 1. */
const findBit = (
  words: Int32Array,
  classSets: number,
  row: number,
  other: number,
  otherFlags: number,
): number => {
  let cell = ((words[row] ?? 0) + (other & (words[(row + 1) | 0] ?? 0))) << 1;
  let key = words[cell] ?? 0;
  while (key !== other && key !== 0) {
    cell = (cell + 2) | 0;
    key = words[cell] ?? 0;
  }
  const found = key === 0 ? row + 2 + ((otherFlags >>> 30) & 1) : cell + 1;
  const set = words[found | 0] ?? 0;
  if (set === ALL) return YES;
  return ((words[(classSets + (set >>> 5)) | 0] ?? 0) >>> (set & 31)) & 1;
};
