import { type ExplainedStep, explain } from './explanation.ts';
import type { Verdict } from './verdict.ts';

/**
 * A verdict in a few lines: the answer, then why at each end and at host endpoints between them.
 * For programs, a verdict is plain data: `JSON.stringify` gives the same text for the same cluster and flow.
 */
export const formatVerdict = (verdict: Verdict): string =>
  [answerOf(verdict), ...explain(verdict).flatMap(formatStep)].join('\n');

const formatStep = (step: ExplainedStep): readonly string[] => {
  const [first, ...more] = step.reasons;
  const where =
    typeof step.who === 'string'
      ? ''
      : ` at ${step.who.node} (HostEndpoint ${step.who.hostEndpoint})`;
  return [
    `  ${step.direction.padEnd(8)} ${answerOf(step)}${where}: ${first}`,
    ...more.map((line) => `${' '.repeat(11)}${line}`),
  ];
};

const answerOf = ({ allowed }: { readonly allowed: boolean }): string =>
  allowed ? 'allowed' : 'denied';
