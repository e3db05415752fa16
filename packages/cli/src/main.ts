#!/usr/bin/env node
import process from 'node:process';
import { runCli } from './cli.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  outBytes: (bytes) => process.stdout.write(bytes),
  err: (text) => process.stderr.write(text),
  stdin: process.stdin,
  terminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
  progress: process.stderr,
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
