const GROUPED = new Intl.NumberFormat('en-GB');
// British English writes `2m`, which reads as milli.
const COMPACT = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  maximumSignificantDigits: 3,
});
const SHORT = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** `1,234`. */
export const count = (value: number): string => GROUPED.format(value);

/** `1.23M`: three significant digits. */
export const compact = (value: number): string => COMPACT.format(value);

const NS_PER = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
] as const;

/** A duration in the unit that fits: `1.2 µs`. */
export function duration(ns: number): string {
  for (const [unit, size] of NS_PER) if (ns >= size) return `${SHORT.format(ns / size)} ${unit}`;
  return `${SHORT.format(ns)} ns`;
}

const BYTES_PER = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

/** A number of bytes in the unit that fits: `1.2 MB`, a million bytes and a fifth. */
export function bytes(value: number): string {
  for (const [unit, size] of BYTES_PER)
    if (value >= size) return `${SHORT.format(value / size)} ${unit}`;
  return `${SHORT.format(value)} bytes`;
}

/** How far the runs lie apart, as a share of the middle one: `±4%`; `one run` when there is nothing to compare. */
export function spread(runs: readonly number[], middle: number): string {
  if (runs.length < 2) return 'one run';
  const half = (Math.max(...runs) - Math.min(...runs)) / 2;
  return `±${Math.round((half / middle) * 100)}%`;
}
