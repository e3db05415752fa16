import type { FuzzResult } from './run-fuzz.ts';

/** One line for the terminal. */
export function summaryLine({ setups, flows, seconds, ...rest }: FuzzResult): string {
  const { mutedFlows, endless, disagreements } = rest;
  const differing = disagreements.map(({ seed }) => seed);
  return [
    `${setups} set-ups, ${flows} flows, ${seconds.toFixed(1)} s`,
    `left out: ${mutedFlows} flows with muted errors, ${endless.length} set-ups without end`,
    `differing: ${differing.length}${differing.length === 0 ? '' : ` (seeds ${differing.join(' ')})`}`,
  ].join('; ');
}

/** The same, and what was covered, as Markdown. */
export function fuzzMarkdown(result: FuzzResult): string {
  const { seed, setups, flows, mutedFlows, endless, disagreements, features } = result;
  return [
    '| | |',
    '|---|---:|',
    `| first seed | ${seed} |`,
    `| set-ups | ${setups} |`,
    `| flows | ${flows} |`,
    `| set-ups that differ | ${disagreements.length} |`,
    `| flows left out, as their errors would be muted | ${mutedFlows} |`,
    `| set-ups left out, as they have no end | ${endless.length} |`,
    '',
    '| covered | set-ups |',
    '|---|---:|',
    ...[...features].map(([feature, count]) => `| ${feature} | ${count} |`),
    '',
  ].join('\n');
}

/** The same as JSON, with the differences themselves. */
export function fuzzJson({ features, disagreements, ...rest }: FuzzResult): string {
  return `${JSON.stringify(
    {
      ...rest,
      disagreements: disagreements.map(({ seed, differences }) => ({ seed, differences })),
      features: Object.fromEntries(features),
    },
    null,
    2,
  )}\n`;
}
