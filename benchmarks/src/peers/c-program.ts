import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMPILERS = ['cc', 'gcc', 'clang'] as const;

/** A compiler of C, by its name; `undefined` when there is none. */
export const cCompiler = (): string | undefined =>
  COMPILERS.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

/** Why a peer in C is left out; `undefined` where there is a compiler. */
export const withoutCompiler = (): string | undefined =>
  cCompiler() === undefined ? 'there is no C compiler here (cc, gcc or clang)' : undefined;

/** Builds a program and runs it once; returns what it printed. Throws when it cannot be built or run. */
export function runProgram(
  compiler: string,
  source: string,
  optimisation: '-O2' | '-O3',
  args: readonly string[],
  stdin: Uint8Array,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'podpath-c-'));
  try {
    const file = join(folder, 'peer.c');
    const program = join(folder, 'peer');
    writeFileSync(file, source);
    run(compiler, [optimisation, '-o', program, file], undefined);
    return run(program, args, stdin);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], stdin: Uint8Array | undefined): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...(stdin === undefined ? {} : { input: stdin }),
  });
  if (status === 0) return stdout;
  throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}
