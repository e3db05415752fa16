import { formatIp, type IpFamily } from '@podpath/net';
import {
  HASHLIMIT_SCALE,
  LIMIT_SCALE,
  periodOf,
  rateOfPeriod,
  unitSeconds,
} from '../packet-rate.ts';
import type { Match, PacketRate } from '../rule.ts';

type MatchOf<K extends Match['kind']> = Extract<Match, { readonly kind: K }>;

const DEFAULT_BURST = 5;
const DEFAULT_COLLECT_MS = 1000;

/** Options of the matches that count packets, in iptables-save's words. */
export const formatRateMatch = (
  match: MatchOf<'limit' | 'hashlimit' | 'statistic' | 'recent'>,
  family: IpFamily,
): string => {
  switch (match.kind) {
    case 'limit': {
      const { burst = DEFAULT_BURST } = match;
      const rate = formatRate(asKept(match.rate, LIMIT_SCALE));
      // No burst at all is the kernel's default.
      const bursts = burst === DEFAULT_BURST || burst === 0 ? '' : ` --limit-burst ${burst}`;
      return `--limit ${rate}${bursts}`;
    }
    case 'hashlimit':
      return formatHashlimit(match, family);
    case 'statistic': {
      const not = match.invert === true ? '! ' : '';
      return match.mode === 'nth'
        ? `--mode nth ${not}--every ${match.every} --packet ${match.packet}`
        : `--mode random ${not}--probability ${(match.threshold / 0x8000_0000).toFixed(11)}`;
    }
    case 'recent':
      return formatRecent(match, family);
  }
};

const UNIT_NAMES = { day: 'day', hour: 'hour', minute: 'min', second: 'sec' } as const;

const formatRate = ({ packets, per }: PacketRate): string => `${packets}/${UNIT_NAMES[per]}`;

const asKept = (rate: PacketRate, scale: number): PacketRate => {
  const period = periodOf(rate, scale);
  return period === 0 ? rate : rateOfPeriod(period, scale);
};

const MODES = ['srcip', 'srcport', 'dstip', 'dstport'] as const;

const formatHashlimit = (match: MatchOf<'hashlimit'>, family: IpFamily): string => {
  const rate = asKept(match.rate, HASHLIMIT_SCALE);
  const whole = family === 4 ? 32 : 128;
  const { by = [], expireMs = unitSeconds(match.rate) * 1000 } = match;
  const parts = [
    `--hashlimit-${match.compare} ${formatRate(rate)}`,
    `--hashlimit-burst ${match.burst ?? DEFAULT_BURST}`,
  ];
  const add = (option: string, value: number | undefined, unsaid: number): void => {
    if (value !== undefined && value !== unsaid) parts.push(`--hashlimit-${option} ${value}`);
  };
  const modes = MODES.filter((mode) => by.includes(mode));
  if (modes.length > 0) parts.push(`--hashlimit-mode ${modes.join(',')}`);
  parts.push(`--hashlimit-name ${match.name}`);
  add('htable-size', match.tableSize, 0);
  add('htable-gcinterval', match.collectMs, DEFAULT_COLLECT_MS);
  add('htable-expire', expireMs, unitSeconds(rate) * 1000);
  add('srcmask', match.sourceMaskLength, whole);
  add('dstmask', match.destinationMaskLength, whole);
  return parts.join(' ');
};

const formatRecent = (
  { name, action, side, mask, invert }: MatchOf<'recent'>,
  family: IpFamily,
): string => {
  const parts = [`${invert === true ? '! ' : ''}--${action.kind}`];
  if (action.kind === 'rcheck' || action.kind === 'update') {
    const { seconds = 0, reap, hitCount = 0, ttl } = action;
    if (seconds !== 0) parts.push(`--seconds ${seconds}`);
    if (reap === true) parts.push('--reap');
    if (hitCount !== 0) parts.push(`--hitcount ${hitCount}`);
    if (ttl === true) parts.push('--rttl');
  }
  const every = family === 4 ? 0xffff_ffff : (1n << 128n) - 1n;
  parts.push(`--name ${name}`, `--mask ${formatIp(mask ?? every)}`);
  parts.push(side === 'destination' ? '--rdest' : '--rsource');
  return parts.join(' ');
};
