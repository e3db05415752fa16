import { answerJson } from '../output/answer-json.ts';
import { junit } from './junit.ts';
import { type CheckReport, countsOf, titleOf } from './report.ts';
import { checkSarif } from './sarif.ts';
import { tap } from './tap.ts';

export type CheckFormat = 'text' | 'json' | 'junit' | 'tap' | 'sarif';

/** Ends with a newline. */
export function renderCheck(report: CheckReport, format: CheckFormat): string {
  switch (format) {
    case 'text':
      return text(report);
    case 'json':
      return answerJson('check', json(report));
    case 'junit':
      return junit(report);
    case 'tap':
      return tap(report);
    case 'sarif':
      return checkSarif(report);
  }
}

const WORDS = { passed: 'passed ', failed: 'FAILED ', error: 'ERROR  ', skipped: 'skipped' };

const text = (report: CheckReport): string => {
  const { passed, failed, errors, skipped } = countsOf(report);
  const lines = report.results.flatMap((result) => {
    const { file, line } = result.expectation.source;
    return [
      `${WORDS[result.outcome]} ${titleOf(result)} (${file}:${line})`,
      ...(result.message === '' ? [] : result.message.split('\n').map((each) => `        ${each}`)),
    ];
  });
  const sum = [
    `${passed} passed, ${failed} failed`,
    ...(errors === 0 ? [] : [`${errors} could not be checked`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ];
  return `${[...lines, ...report.failures.map((each) => `failure: ${each}`), `${sum.join(', ')}.`].join('\n')}\n`;
};

/** The report as JSON has it. */
const json = (report: CheckReport) => {
  const { file, failures, results } = report;
  return {
    file,
    ...countsOf(report),
    failures,
    results: results.map(({ expectation, ...result }) => {
      const { allowed, protocol, port, ...rest } = expectation;
      const what = protocol === 'ICMP' ? { protocol } : { protocol, port };
      return { ...rest, ...what, expect: allowed ? 'allowed' : 'denied', ...result };
    }),
  };
};
