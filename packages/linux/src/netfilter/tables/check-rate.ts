import { familyOf, type IpFamily } from '@podpath/net';
import { HASHLIMIT_SCALE, LIMIT_SCALE, periodOf } from '../packet-rate.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { Match } from '../rule.ts';
import { isWhole, wrongFamily } from './rule-place.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

const MOST_BURST = 10_000;
const MOST_HASHLIMIT_BURST = 1_000_000;
const MOST_HITS = 65_535;
const LONGEST_HASHLIMIT_NAME = 255;
const LONGEST_RECENT_NAME = 199;
const MOST_PACKETS = 0xffff_ffff;

export const checkRateMatch = (
  match: MatchOf<'limit' | 'hashlimit' | 'statistic' | 'recent'>,
  family: IpFamily,
): Refusal | undefined => {
  switch (match.kind) {
    case 'limit':
      if (periodOf(match.rate, LIMIT_SCALE) < 1) return BAD_RATE;
      return isWhole(match.burst ?? 0, MOST_BURST) ? undefined : BAD_BURST;
    case 'hashlimit':
      return checkHashlimit(match, family);
    case 'statistic':
      if (match.mode === 'random') {
        return match.threshold < 0 || match.threshold > 0x8000_0000
          ? invalid('the threshold must be from 0 to 2^31')
          : undefined;
      }
      if (!isWhole(match.every, MOST_PACKETS, 1)) return invalid('bad value for option "--every"');
      return isWhole(match.packet, match.every - 1)
        ? undefined
        : invalid('the --packet p must be 0 <= p <= n-1');
    case 'recent':
      return checkRecent(match, family);
  }
};

const checkHashlimit = (match: MatchOf<'hashlimit'>, family: IpFamily): Refusal | undefined => {
  const { name, rate, burst, expireMs, collectMs, sourceMaskLength, destinationMaskLength } = match;
  const whole = family === 4 ? 32 : 128;
  if (!isName(name, LONGEST_HASHLIMIT_NAME)) return badName(name);
  if (periodOf(rate, HASHLIMIT_SCALE) < 1) return BAD_RATE;
  if (burst !== undefined && !isWhole(burst, MOST_HASHLIMIT_BURST, 1)) return BAD_BURST;
  for (const length of [sourceMaskLength, destinationMaskLength]) {
    if (length !== undefined && !isWhole(length, whole)) {
      return invalid(`a mask of ${length} bits is not one of IPv${family}`);
    }
  }
  return [expireMs, collectMs].every((ms) => ms === undefined || isWhole(ms, MOST_PACKETS, 1))
    ? undefined
    : invalid('an interval must be at least a millisecond');
};

const checkRecent = (
  { name, action, mask }: MatchOf<'recent'>,
  family: IpFamily,
): Refusal | undefined => {
  if (!isName(name, LONGEST_RECENT_NAME)) return badName(name);
  if (mask !== undefined && familyOf(mask) !== family) return invalid(wrongFamily(family));
  if (action.kind === 'set' || action.kind === 'remove') return undefined;
  const { seconds = 0, hitCount = 0, reap } = action;
  if (!isWhole(seconds, MOST_PACKETS)) return invalid('bad value for option "--seconds"');
  if (!isWhole(hitCount, MOST_HITS)) return invalid('bad value for option "--hitcount"');
  return reap === true && seconds === 0
    ? invalid('option "--reap" also requires "--seconds"')
    : undefined;
};

const isName = (name: string, longest: number): boolean =>
  name.length >= 1 &&
  name.length <= longest &&
  !name.includes('/') &&
  name !== '.' &&
  name !== '..';

const badName = (name: string): Refusal => invalid(`"${name}" cannot be the name of a file`);

const BAD_RATE: Refusal = invalid('bad rate, or rate too fast');
const BAD_BURST: Refusal = invalid('bad burst');
