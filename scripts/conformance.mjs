// `pnpm conformance DIR`: builds what changed, and holds podpath to the test vectors in DIR.
import { join } from 'node:path';
import { node, pnpm, root } from './workspace.mjs';

const built = await pnpm(['--silent', 'run', 'build', '--filter=podpath']);
if (built.code === 0) {
  const main = join(root, 'packages', 'cli', 'dist', 'conformance.js');
  process.exitCode = await node([main, ...process.argv.slice(2)]);
} else {
  console.error(built.output);
  process.exitCode = 2;
}
