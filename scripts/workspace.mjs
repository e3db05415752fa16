// Installs and builds the workspace with nothing but Node (18 or later) and npm on the machine.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const windows = process.platform === 'win32';
const pnpmVersion = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
).packageManager.split('@')[1];
const stamp = join(root, 'node_modules', '.podpath-installed');

/**
 * Runs a command and resolves to its exit code and output. With `show` the output goes to the terminal as it comes;
 * without, it is kept for whoever wants to print it.
 */
export function run(command, args, { show = false, env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      shell: windows,
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
    });
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
    });
    child.stderr?.on('data', (text) => {
      output += text;
    });
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs a program of the workspace, on the workspace's own Node. */
export const pnpm = (args, options) =>
  run(join(root, 'node_modules', '.bin', windows ? 'pnpm.cmd' : 'pnpm'), args, options);

/**
 * Runs a script on the workspace's own Node, whatever Node runs this, in the folder where the user gave the command. Resolves
 * to its exit code.
 */
export const node = async (args) => {
  const program = join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
  const cwd = process.env.INIT_CWD ?? process.cwd();
  return (await run(program, args, { show: true, cwd })).code;
};

/** Installs what the lockfile says; does nothing when that is already there. */
export async function install() {
  const wanted = lockDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { code: 0, output: '' };
  const result = await run(
    'npx',
    ['--yes', `pnpm@${pnpmVersion}`, 'install', '--frozen-lockfile'],
    {
      env: { CI: 'true' },
    },
  );
  if (result.code === 0) {
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, wanted);
  }
  return result;
}

/** Changes whenever an install could give something else. */
function lockDigest() {
  const files = [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    'benchmarks/package.json',
  ];
  for (const name of readdirSync(join(root, 'packages')))
    files.push(`packages/${name}/package.json`);
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(file).update(readFileSync(path));
  }
  return hash.digest('hex');
}
