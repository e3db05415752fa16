// `pnpm podpath …`: the command line of the workspace, built first when nobody has built it yet.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pnpm, root } from './workspace.mjs';

const main = join(root, 'packages', 'cli', 'dist', 'main.js');

if (!existsSync(main)) {
  console.error('building podpath …');
  const { code, output } = await pnpm(['--silent', 'run', 'build']);
  if (code !== 0) {
    console.error(output);
    process.exit(2);
  }
}
await import(pathToFileURL(main).href);
