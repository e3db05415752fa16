// `npm test`: installs, builds and checks everything, and counts what really ran.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSteps } from './steps.mjs';
import { install, pnpm, root } from './workspace.mjs';

const reports = join(root, 'reports');
const vitestReport = join(reports, 'tests.json');
mkdirSync(reports, { recursive: true });
rmSync(vitestReport, { force: true });

const script = (name) => () => pnpm(['--silent', 'run', name]);

const checks = await runSteps([
  { title: 'Install', run: install, essential: true },
  { title: 'Lint and format', run: script('lint') },
  { title: 'Types', run: script('typecheck') },
  { title: 'Package boundaries', run: script('boundaries') },
  { title: 'Build', run: script('build') },
  {
    title: 'Tests',
    show: true,
    run: () =>
      pnpm(
        [
          'exec',
          'vitest',
          'run',
          '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${vitestReport}`,
        ],
        { show: true },
      ),
  },
  { title: 'Unused code and dependencies', run: script('unused') },
  { title: 'Package shape', run: script('shape') },
]);

const tests = countTests();
// The tests count one by one, so the step that ran them does not count once more.
const others = checks.filter((check) => check.title !== 'Tests');
const testsFailed = checks.some((check) => check.title === 'Tests' && !check.passed);
const passed = tests.passed + others.filter((check) => check.passed).length;
let failed = tests.failed + others.filter((check) => !check.passed).length;
// A runner that fell over, or ran nothing, is a failure even when no test says so.
if (tests.failed === 0 && (testsFailed || tests.passed === 0)) failed += 1;

writeFileSync(
  join(reports, 'test-summary.json'),
  `${JSON.stringify({ passed, failed, checks }, null, 2)}\n`,
);
for (const check of checks.filter((each) => !each.passed)) console.log(`failed: ${check.title}`);
console.log(`${tests.skipped} tests skipped, each with its reason above; results in reports/`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function countTests() {
  try {
    const report = JSON.parse(readFileSync(vitestReport, 'utf8'));
    const skipped = report.numPendingTests + report.numTodoTests;
    const broken = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken.length,
      skipped,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
