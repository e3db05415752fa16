import { FLAG, HEAD, LOCATION, NUMBER, SPREAD, type Views } from './tables.ts';

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

// What other modules export is looked up each time; what is written here is a constant.
const NO = DENIED;
const YES = ALLOWED;
const UNKNOWN = ASK;
const PLACE = LOCATION;
const REST = NUMBER;
const HASH = SPREAD;
const GONE = FLAG.gone;
const SPECIAL = FLAG.gone | FLAG.ask;

/** The memory and where in it tables are, for the kernels in JavaScript. */
export interface Places extends Views {
  readonly ends: number;
  readonly flags: number;
  /** Bits that no number of an end has. */
  readonly noBits: number;
  readonly identities: number;
  readonly protocols: number;
  readonly classes: number;
  readonly sets: number;
  readonly setWords: number;
}

/** Holds as long as tables stay where they are. */
export const placesOf = ({ words, halves, bytes }: Views): Places => ({
  words,
  halves,
  bytes,
  ends: words[HEAD.ends] ?? 0,
  flags: words[HEAD.flags] ?? 0,
  noBits: ~(words[HEAD.endMask] ?? 0),
  identities: words[HEAD.identities] ?? 0,
  protocols: words[HEAD.protocols] ?? 0,
  classes: words[HEAD.classes] ?? 0,
  sets: words[HEAD.sets] ?? 0,
  setWords: words[HEAD.setWords] ?? 0,
});

// Both kernels are written out, because V8 makes one piece of machine code of functions up to a certain size only, and
// neither keeps its verdict in a variable, which costs a third. `| 0` keeps sums in 32 bits.

/** The kernel in JavaScript, step by step as the one in WebAssembly. Allocates nothing. */
export const judgeBatch = (
  places: Places,
  count: number,
  from: number,
  to: number,
  protocol: number,
  port: number,
  out: number,
): void => {
  const { words, halves, bytes } = places;
  const { ends, flags, noBits, identities, protocols, classes, sets, setWords } = places;
  const [fromWord, toWord, portHalf] = [from >> 2, to >> 2, port >> 1];
  for (let at = 0; at < count; at++) {
    const source = words[(fromWord + at) | 0] ?? 0;
    const target = words[(toWord + at) | 0] ?? 0;
    if ((((source ^ target) & 1) | ((source | target) & noBits)) !== 0) {
      bytes[(out + at) | 0] = NO;
      continue;
    }
    let self = words[(ends + source) | 0] ?? 0;
    let other = words[(ends + target) | 0] ?? 0;
    let sourceKind = 0;
    let targetKind = 0;
    if ((self | other) < 0) {
      const sourceFlags = words[(flags + source) | 0] ?? 0;
      const targetFlags = words[(flags + target) | 0] ?? 0;
      const both = sourceFlags | targetFlags;
      if ((both & SPECIAL) !== 0) {
        bytes[(out + at) | 0] = (both & GONE) !== 0 ? NO : UNKNOWN;
        continue;
      }
      if (both < 0 && ((sourceFlags ^ targetFlags) & PLACE) === 0) {
        bytes[(out + at) | 0] = YES;
        continue;
      }
      sourceKind = (sourceFlags >>> 30) & 1;
      targetKind = (targetFlags >>> 30) & 1;
      self &= REST;
      other &= REST;
    } else if (source === target) {
      bytes[(out + at) | 0] = YES;
      continue;
    }
    const entry = words[(protocols + (bytes[(protocol + at) | 0] ?? 0)) | 0] ?? 0;
    const further = (halves[(portHalf + at) | 0] ?? 0) & (entry >> 31);
    const trafficClass = halves[(classes + (entry & REST) + further) | 0] ?? 0;
    const classSets = (sets + Math.imul(trafficClass, setWords)) | 0;
    bytes[(out + at) | 0] =
      findBit(words, classSets, (identities + 8 * self) | 0, other, targetKind) &
      findBit(words, classSets, (identities + 8 * other + 4) | 0, self, sourceKind);
  }
};

/** The same for one connection, given as one of a batch. Allocates nothing. */
export const judgeOne = (
  places: Places,
  source: number,
  target: number,
  protocol: number,
  port: number,
): number => {
  const { words } = places;
  if ((((source ^ target) & 1) | ((source | target) & places.noBits)) !== 0) return NO;
  let self = words[(places.ends + source) | 0] ?? 0;
  let other = words[(places.ends + target) | 0] ?? 0;
  let sourceKind = 0;
  let targetKind = 0;
  if ((self | other) < 0) {
    const sourceFlags = words[(places.flags + source) | 0] ?? 0;
    const targetFlags = words[(places.flags + target) | 0] ?? 0;
    const both = sourceFlags | targetFlags;
    if ((both & SPECIAL) !== 0) return (both & GONE) !== 0 ? NO : UNKNOWN;
    if (both < 0 && ((sourceFlags ^ targetFlags) & PLACE) === 0) return YES;
    sourceKind = (sourceFlags >>> 30) & 1;
    targetKind = (targetFlags >>> 30) & 1;
    self &= REST;
    other &= REST;
  } else if (source === target) return YES;
  const entry = words[(places.protocols + (protocol & 0xff)) | 0] ?? 0;
  const further = port & (entry >> 31) & 0xffff;
  const trafficClass = places.halves[(places.classes + (entry & REST) + further) | 0] ?? 0;
  const classSets = (places.sets + Math.imul(trafficClass, places.setWords)) | 0;
  const { identities } = places;
  return (
    findBit(words, classSets, (identities + 8 * self) | 0, other, targetKind) &
    findBit(words, classSets, (identities + 8 * other + 4) | 0, self, sourceKind)
  );
};

/** Whether a row lets traffic of a class pass to or from another identity, a pod (0) or not (1): 0 or 1. */
const findBit = (
  words: Int32Array,
  classSets: number,
  row: number,
  other: number,
  kind: number,
): number => {
  const place = words[row] ?? 0;
  // A shift goes by the lowest five bits alone.
  let cell = ((place >>> 5) + (Math.imul(other, HASH) >>> place)) << 1;
  let key = words[cell] ?? 0;
  while (key < 0 && (key & REST) !== other) {
    cell = (cell + 2) | 0;
    key = words[cell] ?? 0;
  }
  // All ones where the cell is another's, so that its set is not taken. Cheaper than a branch that goes either way.
  const another = (0 - ((key & REST) ^ other)) >> 31;
  const given = (cell + 1) | 0;
  const usual = (row + 1 + kind) | 0;
  const set = words[given ^ ((given ^ usual) & another)] ?? 0;
  return ((words[(classSets + (set >>> 5)) | 0] ?? 0) >>> (set & 31)) & 1;
};
