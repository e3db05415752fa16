import { ipv6Words, maskOf, type Prefix } from '@podpath/net';
import type { PacketView } from '../packet-view.ts';
import type { MatchFunction } from './match-function.ts';

/** `-s` and `-d`. A prefix that fits in its first word, as every IPv4 one does, is one masked comparison. */
export const matchPrefix = (side: 'source' | 'destination', prefix: Prefix): MatchFunction => {
  const { length } = prefix;
  if (length === 0) return () => true;
  const [want0, want1, want2, want3] =
    typeof prefix.address === 'number' ? [prefix.address, 0, 0, 0] : ipv6Words(prefix.address);
  const mask0 = wordMask(length, 0);
  if (length <= 32) {
    // Long chains are made of these: no call in between.
    return side === 'source'
      ? (view) => ((view.srcWords[0] ?? 0) & mask0) >>> 0 === want0
      : (view) => ((view.dstWords[0] ?? 0) & mask0) >>> 0 === want0;
  }
  const words = wordsOf(side);
  const mask1 = wordMask(length, 1);
  const mask2 = wordMask(length, 2);
  const mask3 = wordMask(length, 3);
  return (view) => {
    const have = words(view);
    return (
      at(have, 0) === want0 &&
      (at(have, 1) & mask1) >>> 0 === want1 &&
      (at(have, 2) & mask2) >>> 0 === want2 &&
      (at(have, 3) & mask3) >>> 0 === want3
    );
  };
};

const wordsOf = (side: 'source' | 'destination'): ((view: PacketView) => Uint32Array) =>
  side === 'source' ? (view) => view.srcWords : (view) => view.dstWords;

const at = (words: Uint32Array, index: number): number => words[index] ?? 0;

const wordMask = (length: number, word: number): number =>
  maskOf(Math.min(32, Math.max(0, length - 32 * word)));

/** A device name as rules write it: a trailing `+` stands for any ending. */
export const matchesInterfaceName = (pattern: string, device: string | undefined): boolean => {
  // A packet without such a device has the empty name, which `+` alone matches.
  const name = device ?? '';
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
};

/** `-i` and `-o`. */
export const matchInterface = (direction: 'in' | 'out', pattern: string): MatchFunction => {
  const wild = pattern.endsWith('+');
  const name = wild ? pattern.slice(0, -1) : pattern;
  if (direction === 'in') {
    if (wild) return (view) => (view.context.inDevice ?? '').startsWith(name);
    return (view) => view.context.inDevice === name;
  }
  if (wild) return (view) => (view.context.outDevice ?? '').startsWith(name);
  return (view) => view.context.outDevice === name;
};
