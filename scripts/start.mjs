// `npm start`: installs, builds, compares the three plugins on a cluster, and writes the report.
// `npm start -- DIR` does it for the manifests in DIR.
import { join } from 'node:path';
import { runSteps } from './steps.mjs';
import { install, node, pnpm, root } from './workspace.mjs';

const results = await runSteps([
  { title: 'Install', run: install, essential: true },
  { title: 'Build', run: () => pnpm(['--silent', 'run', 'build']), essential: true },
]);

if (results.some((result) => !result.passed)) {
  process.exitCode = 1;
} else {
  const main = join(root, 'packages', 'cli', 'dist', 'main.js');
  process.exitCode = await node([main, 'start', ...process.argv.slice(2)]);
}
