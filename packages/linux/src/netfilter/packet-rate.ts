import type { PacketRate } from './rule.ts';

const SECONDS: Readonly<Record<PacketRate['per'], number>> = {
  day: 86_400,
  hour: 3600,
  minute: 60,
  second: 1,
};

const UNITS: readonly PacketRate['per'][] = ['day', 'hour', 'minute', 'second'];

/** Into how many parts iptables divides a second: what limit, and what hashlimit can tell apart. */
export const LIMIT_SCALE = 10_000;
export const HASHLIMIT_SCALE = 1_000_000;

/** A rate as time from packet to packet, in parts of a second, which is what iptables keeps of it; 0 if too fast. */
export const periodOf = ({ packets, per }: PacketRate, scale: number): number =>
  packets > 0 ? Math.floor((scale * SECONDS[per]) / packets) : 0;

/** The rate that a period is read back as: in the longest unit that says it well. */
export const rateOfPeriod = (period: number, scale: number): PacketRate => {
  let at = 0;
  while (at < UNITS.length - 1) {
    const parts = SECONDS[UNITS[at + 1] ?? 'second'] * scale;
    if (period > parts || Math.floor(parts / period) < parts % period) break;
    at++;
  }
  const per = UNITS[at] ?? 'second';
  return { packets: Math.floor((SECONDS[per] * scale) / period), per };
};

export const unitSeconds = ({ per }: PacketRate): number => SECONDS[per];
