import { type CheckReport, type CheckResult, titleOf } from './report.ts';

/** A report in the Test Anything Protocol, version 14. What kept everything from being checked bails out. */
export const tap = ({ results, failures }: CheckReport): string =>
  [
    'TAP version 14',
    `1..${results.length}`,
    ...results.flatMap(testPoint),
    ...failures.map((message) => `Bail out! ${oneLine(message)}`),
    '',
  ].join('\n');

const testPoint = (result: CheckResult, index: number): readonly string[] => {
  const { expectation, outcome, message } = result;
  const description = escaped(oneLine(titleOf(result)));
  const ok = outcome === 'passed' || outcome === 'skipped' ? 'ok' : 'not ok';
  const skip = outcome === 'skipped' ? ` # SKIP ${oneLine(message)}` : '';
  const point = `${ok} ${index + 1} - ${description}${skip}`;
  if (ok === 'ok') return [point];
  const { file, line } = expectation.source;
  return [
    point,
    '  ---',
    `  message: ${JSON.stringify(message)}`,
    `  severity: ${outcome === 'failed' ? 'fail' : 'error'}`,
    `  at: ${JSON.stringify({ file, line })}`,
    '  ...',
  ];
};

const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' | ');

/** A # would begin a directive. */
const escaped = (text: string): string => text.replace(/[\\#]/g, (each) => `\\${each}`);
