// Packs the package in the current folder as it would be published, and has publint and attw look at the result.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pnpm, root, run } from './workspace.mjs';

const folder = process.cwd();
const { exports: entries } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const packed = mkdtempSync(join(tmpdir(), 'podpath-pack-'));
const tool = (name, args) => run(join(root, 'node_modules', '.bin', name), args, { cwd: folder });

try {
  await check('pack', pnpm(['pack', '--pack-destination', packed], { cwd: folder }));
  const archive = join(packed, readdirSync(packed)[0]);
  await check('publint', tool('publint', ['--strict', archive]));
  // A package that only brings a command has no types to get wrong. Node 10's resolution knows no exports.
  if (entries !== undefined) await check('attw', tool('attw', ['--profile', 'node16', archive]));
} finally {
  rmSync(packed, { recursive: true, force: true });
}

async function check(name, running) {
  const { code, output } = await running;
  if (code === 0) return;
  console.error(`${name} failed in ${folder}\n${output}`);
  process.exitCode = 1;
}
