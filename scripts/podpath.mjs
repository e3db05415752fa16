// `pnpm podpath …`: the command line of the workspace, built first when nobody has built it yet.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node, pnpm, root } from './workspace.mjs';

const main = join(root, 'packages', 'cli', 'dist', 'main.js');
let built = { code: 0, output: '' };

if (!existsSync(main)) {
  console.error('building podpath …');
  built = await pnpm(['--silent', 'run', 'build']);
}
if (built.code === 0) {
  // pnpm hands on the `--` of `pnpm bench -- --quick`, which is not meant for the command line.
  const [command, ...rest] = process.argv.slice(2);
  const options = rest[0] === '--' ? rest.slice(1) : rest;
  process.exitCode = await node([main, ...(command === undefined ? [] : [command]), ...options]);
} else {
  console.error(built.output);
  process.exitCode = 2;
}
