#!/usr/bin/env node
import process from 'node:process';
import { runCli } from './cli.ts';

const OLDEST_NODE = [22, 13] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `podpath needs Node ${OLDEST_NODE.join('.')} or later, and this is ${process.versions.node}\n`,
  );
  process.exit(2);
}

// Whoever reads has seen enough (`podpath … | head`): nothing is wrong.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  outBytes: (bytes) => process.stdout.write(bytes),
  err: (text) => process.stderr.write(text),
  stdin: process.stdin,
  terminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
  progress: process.stderr,
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
