import type { CaseResult } from './runner.ts';

/** What one runner found in one set. */
export interface SetSummary {
  /** No two of a run are the same. */
  readonly name: string;
  /** What was held to the vectors; absent when no runner takes the set. */
  readonly subject?: string;
  readonly passed: number;
  readonly failed: number;
  readonly notSupported: number;
  readonly failures: readonly {
    readonly id: string;
    readonly expected: string;
    readonly got: string;
  }[];
  /** How many cases are not supported, by what is missing. */
  readonly reasons: Readonly<Record<string, number>>;
}

export const summarise = async (
  name: string,
  subject: string | undefined,
  results: Iterable<CaseResult> | AsyncIterable<CaseResult>,
): Promise<SetSummary> => {
  let passed = 0;
  let notSupported = 0;
  const failures: SetSummary['failures'][number][] = [];
  const reasons: Record<string, number> = {};
  for await (const result of results) {
    switch (result.outcome) {
      case 'passed':
        passed += 1;
        break;
      case 'failed':
        failures.push({ id: result.id, expected: result.expected, got: result.got });
        break;
      case 'not-supported':
        notSupported += 1;
        reasons[result.reason] = (reasons[result.reason] ?? 0) + 1;
        break;
    }
  }
  return {
    name,
    ...(subject === undefined ? {} : { subject }),
    passed,
    failed: failures.length,
    notSupported,
    failures,
    reasons,
  };
};

/** A line for the set, then each failure with what was expected and what came. */
export const formatSummary = (summary: SetSummary): string => {
  const { name, passed, failed, notSupported, failures, reasons } = summary;
  return [
    `${name}: ${passed} passed, ${failed} failed, ${notSupported} not supported`,
    ...Object.entries(reasons).map(([reason, count]) => `  not supported, ${count}: ${reason}`),
    ...failures.flatMap(({ id, expected, got }) => [
      `  FAILED ${id}`,
      `    expected ${expected}`,
      `    got      ${got}`,
    ]),
  ].join('\n');
};

/** The last line of a run. */
export const formatTotal = (summaries: readonly SetSummary[]): string => {
  const total = (count: (summary: SetSummary) => number) =>
    summaries.reduce((sum, summary) => sum + count(summary), 0);
  const passed = total((summary) => summary.passed);
  const failed = total((summary) => summary.failed);
  const notSupported = total((summary) => summary.notSupported);
  return `total: ${passed} passed, ${failed} failed, ${notSupported} not supported`;
};
