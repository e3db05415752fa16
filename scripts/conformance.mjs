// `pnpm conformance DIR`: builds what changed, and holds podpath to the test vectors in DIR.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pnpm, root } from './workspace.mjs';

const built = await pnpm(['--silent', 'run', 'build', '--filter=podpath']);
if (built.code === 0) {
  // Paths are meant from where the command was given, which is not where pnpm runs it.
  process.chdir(resolve(process.env.INIT_CWD ?? '.'));
  await import(pathToFileURL(join(root, 'packages', 'cli', 'dist', 'conformance.js')).href);
} else {
  console.error(built.output);
  process.exitCode = 2;
}
