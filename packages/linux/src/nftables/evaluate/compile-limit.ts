import type { NftLimit, NftLimitUnit } from '../model/statement.ts';
import { type StatementFunction, Step } from './objects.ts';

const DEFAULT_BURST_PACKETS = 5;
const NS_PER_MS = 1e6;

const UNIT_NS: Readonly<Record<NftLimitUnit, number>> = {
  second: 1e9,
  minute: 60e9,
  hour: 3600e9,
  day: 86_400e9,
  week: 604_800e9,
};

/** A bucket of tokens, which are nanoseconds: each packet costs as many as one takes at the rate (net/netfilter/nft_limit.c). */
export const compileLimit = (limit: NftLimit): StatementFunction => {
  const { rate, per, over = false, burstPackets = DEFAULT_BURST_PACKETS } = limit;
  const cost = Math.floor(UNIT_NS[per] / rate);
  const most = Math.floor((UNIT_NS[per] * burstPackets) / rate);
  let tokens = most;
  let lastMs: number | undefined;
  return ({ env }) => {
    const nowMs = env.nowMs();
    tokens = Math.min(most, tokens + (nowMs - (lastMs ?? nowMs)) * NS_PER_MS);
    lastMs = nowMs;
    const isWithin = tokens >= cost;
    if (isWithin) tokens -= cost;
    return isWithin === over ? Step.BREAK : Step.NEXT;
  };
};
