import { type CheckReport, type CheckResult, countsOf, titleOf } from './report.ts';

/** A report as the XML that test runners of continuous integration read: one suite, a case for each expectation. */
export const junit = (report: CheckReport): string => {
  const { file, results, failures } = report;
  const { failed, errors, skipped } = countsOf(report);
  const counts = [
    `tests="${results.length + failures.length}"`,
    `failures="${failed}"`,
    `errors="${errors + failures.length}"`,
    `skipped="${skipped}"`,
  ].join(' ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="podpath check" ${counts}>`,
    `  <testsuite name="${escaped(file)}" ${counts}>`,
    ...failures.flatMap((message) => [
      `    <testcase name="podpath check" classname="podpath" file="${escaped(file)}">`,
      `      <error message="${escaped(firstLine(message))}">${escaped(message)}</error>`,
      '    </testcase>',
    ]),
    ...results.flatMap(testcase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
};

const ELEMENTS = { failed: 'failure', error: 'error', skipped: 'skipped' } as const;

const testcase = (result: CheckResult): readonly string[] => {
  const { expectation, outcome, message } = result;
  const { source, plugin = 'policies' } = expectation;
  const attributes = [
    `name="${escaped(titleOf(result))}"`,
    `classname="podpath.${escaped(plugin)}"`,
    `file="${escaped(source.file)}"`,
    `line="${source.line}"`,
  ].join(' ');
  if (outcome === 'passed') return [`    <testcase ${attributes}/>`];
  const element = ELEMENTS[outcome];
  const text = outcome === 'skipped' ? '' : escaped(message);
  return [
    `    <testcase ${attributes}>`,
    `      <${element} message="${escaped(firstLine(message))}">${text}</${element}>`,
    '    </testcase>',
  ];
};

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** For elements and attributes alike. What XML 1.0 cannot have at all becomes a replacement character. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"'\t\n\r]/g, (character) => ENTITIES[character] ?? character);
