import type { NetfilterEnvironment } from '../netfilter.ts';
import { LIMIT_SCALE, periodOf, rateOfPeriod, unitSeconds } from '../packet-rate.ts';
import type { Match } from '../rule.ts';
import { inverted, type MatchFunction } from './match-function.ts';
import { TokenBucket } from './token-bucket.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

const DEFAULT_BURST = 5;
const NS_PER_SECOND = 1e9;
const NS_PER_MS = 1e6;

/** `-m limit`, which iptables hands to nftables: tokens are nanoseconds (net/netfilter/nft_limit.c). */
export const matchLimit = (
  { rate: given, burst }: MatchOf<'limit'>,
  env: NetfilterEnvironment,
): MatchFunction => {
  const rate = rateOfPeriod(periodOf(given, LIMIT_SCALE), LIMIT_SCALE);
  const cost = Math.floor((unitSeconds(rate) * NS_PER_SECOND) / rate.packets);
  const most = cost * (burst || DEFAULT_BURST);
  const bucket = new TokenBucket({ cost, most, tokensPerMs: NS_PER_MS }, env.nowMs());
  return () => bucket.take(env.nowMs());
};

/** `-m statistic` (net/netfilter/xt_statistic.c). */
export const matchStatistic = (
  match: MatchOf<'statistic'>,
  env: NetfilterEnvironment,
): MatchFunction => {
  if (match.mode === 'random') {
    const { threshold } = match;
    // The kernel compares 31 bits of its draw.
    return inverted(() => (env.random32() & 0x7fff_ffff) < threshold, match.invert);
  }
  const { every, packet } = match;
  let seen = 0;
  return inverted(() => {
    const isThis = seen === packet;
    seen = seen === every - 1 ? 0 : seen + 1;
    return isThis;
  }, match.invert);
};
