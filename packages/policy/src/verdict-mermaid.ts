import { type ExplainedStep, explain } from './explanation.ts';
import { quoted } from './mermaid-text.ts';
import type { Verdict } from './verdict.ts';

/** What the ends of the connection are called. */
export interface VerdictEnds {
  readonly from: string;
  readonly to: string;
  /** What is dialled: `TCP 80`. */
  readonly what: string;
}

/**
 * A verdict as a flowchart in Mermaid's language: from the source to the destination past all who are asked. An arrow ends in
 * a cross where the first of them denies, and is dotted from there on. Ends with a newline.
 */
export const verdictMermaid = (verdict: Verdict, { from, to, what }: VerdictEnds): string => {
  const steps = explain(verdict);
  const names = ['source', ...steps.map((_, index) => `step${index + 1}`), 'destination'];
  const firstDenial = steps.findIndex(({ allowed }) => !allowed);
  const arrow = (index: number): string => {
    if (index === 0) return `-->|${quoted(what)}|`;
    if (firstDenial < 0 || index <= firstDenial) return '-->';
    return index === firstDenial + 1 ? '--x' : '-.->';
  };
  return [
    'flowchart LR',
    `  source([${quoted(from)}])`,
    ...steps.map((step, index) => `  step${index + 1}[${quoted(textOf(step))}]`),
    `  destination([${quoted(to)}])`,
    ...names.slice(1).map((name, index) => `  ${names[index]} ${arrow(index)} ${name}`),
    ...steps.map(
      ({ allowed }, index) => `  class step${index + 1} ${allowed ? 'allowed' : 'denied'}`,
    ),
    '  classDef allowed stroke:#2e7d32',
    '  classDef denied stroke:#c62828',
    '',
  ].join('\n');
};

const textOf = ({ who, direction, allowed, reasons }: ExplainedStep): string => {
  const at = typeof who === 'string' ? '' : ` at ${who.node}`;
  return [`${direction} ${allowed ? 'allowed' : 'denied'}${at}`, ...reasons].join('<br/>');
};
